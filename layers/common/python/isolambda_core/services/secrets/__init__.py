"""The use cases of secrets."""
