"""The Kazoo API of functions."""
