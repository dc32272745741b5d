"""The API of replays."""
