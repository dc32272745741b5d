"""How a function's source is stored: as UTF-8, deflated when it is longer than a few kilobytes."""

import zlib

from isolambda_core.domain.limits import KIB

_DEFLATE_ABOVE = 4 * KIB
_PLAIN, _DEFLATED = b"\x00", b"\x01"


def encode_source(source: str) -> bytes:
    """Return the source as bytes: one byte that says how, then the text."""
    plain = source.encode("utf-8", "surrogatepass")
    if len(plain) <= _DEFLATE_ABOVE:
        return _PLAIN + plain
    return _DEFLATED + zlib.compress(plain)


def decode_source(stored: bytes) -> str:
    """Return the source that :func:`encode_source` wrote."""
    form, text = stored[:1], stored[1:]
    plain = text if form == _PLAIN else zlib.decompress(text)
    return plain.decode("utf-8", "surrogatepass")
