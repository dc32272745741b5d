"""Use cases of the key-value store."""
