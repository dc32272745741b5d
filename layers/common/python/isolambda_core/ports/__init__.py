"""The interfaces between services and adapters. Each repository passes ``tests/contract``."""
