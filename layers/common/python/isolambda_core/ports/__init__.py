"""What the use cases ask of the world. Every adapter of a repository passes ``tests/contract``."""
