"""How a function's source is stored: as UTF-8, deflated when it is longer than a few kilobytes."""

from isolambda_core.domain.compression import (
    pack,
    unpack,
)
from isolambda_core.domain.limits import KIB

_DEFLATE_ABOVE = 4 * KIB


def encode_source(source: str) -> bytes:
    """Return the source as bytes: one byte that says how, then the text."""
    return pack(source.encode("utf-8", "surrogatepass"), above=_DEFLATE_ABOVE)


def decode_source(stored: bytes) -> str:
    """Return the source that :func:`encode_source` wrote."""
    return unpack(stored).decode("utf-8", "surrogatepass")
