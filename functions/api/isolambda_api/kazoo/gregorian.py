"""Kazoo's time: seconds since the year 0 (Kx: doc/filters.md)."""

_UNIX_EPOCH = 62_167_219_200


def gregorian(unix_seconds: int) -> int:
    """Return Unix seconds as Gregorian seconds."""
    return unix_seconds + _UNIX_EPOCH


def unix(gregorian_seconds: int) -> int:
    """Return Gregorian seconds as Unix seconds."""
    return gregorian_seconds - _UNIX_EPOCH
