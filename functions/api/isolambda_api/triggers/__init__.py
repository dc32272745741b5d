"""The API of a function's triggers."""
