"""Use cases of accounts, their keys, and who may do what."""
