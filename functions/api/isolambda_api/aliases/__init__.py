"""The API of a function's aliases."""
