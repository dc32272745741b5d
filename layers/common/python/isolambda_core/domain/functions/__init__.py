"""Functions, their versions and aliases, and what of their source is checked."""
