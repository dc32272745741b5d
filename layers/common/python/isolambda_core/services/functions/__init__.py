"""Use cases of functions, their versions and aliases."""
