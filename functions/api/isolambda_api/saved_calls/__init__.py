"""The API of the saved calls of a function."""
