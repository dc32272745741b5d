"""The Kazoo API of an account's API keys."""
