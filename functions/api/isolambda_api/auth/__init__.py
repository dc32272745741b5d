"""The Kazoo API of tokens."""
