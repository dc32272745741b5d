"""Compress bytes for the store: one byte names the form, and long texts are deflated."""

import zlib

from isolambda_core.domain.limits import KIB, MIB

_PLAIN, _DEFLATED, _MODULES = b"\x00", b"\x01", b"\x02"
_INFLATED_MAX = 32 * MIB
"""More than any stored value inflates to."""
_DEFLATE_SOURCES_ABOVE = 4 * KIB


def compress(plain: bytes, *, above: int, level: int = zlib.Z_DEFAULT_COMPRESSION) -> bytes:
    """Return bytes for :func:`decompress`, deflated if they are longer than ``above``."""
    if len(plain) <= above:
        return _PLAIN + plain
    return _DEFLATED + zlib.compress(plain, level)


def decompress(stored: bytes) -> bytes:
    """Return the bytes that :func:`compress` stored.

    Raises:
        zlib.error: they are damaged, or inflate to more than any stored value.
    """
    form, rest = stored[:1], stored[1:]
    return rest if form == _PLAIN else inflate(rest)


def inflate(deflated: bytes) -> bytes:
    """Return the inflated bytes.

    Raises:
        zlib.error: they are damaged, or inflate to more than any stored value.
    """
    inflater = zlib.decompressobj()
    plain = inflater.decompress(deflated, _INFLATED_MAX)
    if not inflater.eof:
        raise zlib.error("cut short, or inflates beyond anything of ours")
    return plain


def encode_modules(text: str) -> bytes:
    """Return the JSON of modules as bytes, deflated: one byte for the form, then the text."""
    return _MODULES + zlib.compress(text.encode())


def holds_modules(stored: bytes) -> bool:
    """Return whether :func:`encode_modules` wrote bytes, and not :func:`encode_source`."""
    return stored[:1] == _MODULES


def decode_modules(stored: bytes) -> str:
    """Return the JSON that :func:`encode_modules` wrote."""
    return inflate(stored[1:]).decode()


def encode_source(source: str) -> bytes:
    """Return a source as bytes: one byte for the form, then the text."""
    return compress(source.encode("utf-8", "surrogatepass"), above=_DEFLATE_SOURCES_ABOVE)


def decode_source(stored: bytes) -> str:
    """Return the source that :func:`encode_source` wrote."""
    return decompress(stored).decode("utf-8", "surrogatepass")
