"""The API of a function's versions."""
