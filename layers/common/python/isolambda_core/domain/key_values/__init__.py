"""The key-value store of functions: names, values, operations, and what is refused."""
