"""The API of the secrets of accounts and functions."""
