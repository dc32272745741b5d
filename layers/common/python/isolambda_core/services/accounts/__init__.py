"""Use cases of accounts, their keys, and authorization."""
