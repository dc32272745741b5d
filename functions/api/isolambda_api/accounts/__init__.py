"""The Kazoo API of accounts."""
