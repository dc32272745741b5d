"""Use cases of tools that code calls."""
