"""Check a long JSON text, cut into pieces, one after the other.

The check of a piece takes little memory, which it uses again for the next one. A long text as a
whole takes several times its size, fresh from the kernel, and mostly longer for that than for the
check itself.
"""

import re
import sqlite3
from codecs import utf_8_decode
from collections.abc import Iterator
from contextlib import closing

from isolambda_core.domain.limits import KIB

_HEAD_BYTES = 4 * KIB
"""What is looked at for the first cut."""
_PIECE_BYTES = 64 * KIB
_PART_BYTES = 32 * KIB
"""So many bytes are decoded at a time."""
_SHORT_BYTES = 512 * KIB
"""A text of no more bytes is sooner checked as a whole."""
_BETWEEN = (b"},{", b"],[", b'},"')
"""What stands between two objects or arrays, of an array or of an object."""
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes({*range(256)} - {*b"[]{}"})
_CLOSING = bytes.maketrans(b"[{", b"]}")


def is_json(encoded: bytes) -> bool:
    """Return whether SQLite finds that bytes are JSON; it follows fewer levels than we do.

    It makes no Python objects, so that it takes a tenth of the time, in which other threads go on.

    Raises:
        UnicodeDecodeError: they are not UTF-8, at which it does not look.
    """
    if b"\x00" in encoded:  # it looks no further
        return False
    with closing(sqlite3.connect(":memory:")) as sqlite:

        def is_json_to_sqlite(text: bytes) -> bool:
            [found] = sqlite.execute("SELECT json_valid(CAST(? AS TEXT))", (text,)).fetchone()
            return bool(found)

        _check_utf8(encoded)
        return all(map(is_json_to_sqlite, pieces_of(encoded))) or is_json_to_sqlite(encoded)


def _check_utf8(encoded: bytes) -> None:
    """Check a long text in parts: its characters at once would take fresh memory of the kernel."""
    view, at = memoryview(encoded), 0
    while at < len(encoded):
        end = at + _PART_BYTES
        try:
            _, read = utf_8_decode(view[at:end], "strict", end >= len(encoded))
        except UnicodeDecodeError as error:
            error.start += at
            error.end += at
            raise
        at += read


def pieces_of(encoded: bytes) -> Iterator[bytes]:
    """Yield pieces of a text in UTF-8, or the text itself: it is JSON if each of them is.

    If one of them is not, the text may be JSON all the same: where to cut is guessed.

    Every cut is at a comma between two values of one array, or of one object. The first piece ends
    with brackets that close all that is open at the first cut, so it is JSON only if just these are
    open there, and no string. Every other piece begins with brackets that open the same again, of
    which the innermost is enough, since a middle piece ends with the one that closes it.
    """
    head = b"" if len(encoded) <= _SHORT_BYTES else encoded[:_HEAD_BYTES]
    between = max(_BETWEEN, key=head.count)
    cut = head.rfind(between) + 1
    levels = _open_at_end(head[:cut])
    if not levels:
        yield encoded
        return
    outer, inner = levels[:-1], levels[-1:]
    view = memoryview(encoded)
    yield head[:cut] + levels.translate(_CLOSING)[::-1]
    while len(encoded) - cut > _PIECE_BYTES:
        following = encoded.rfind(between, cut + 1, cut + _PIECE_BYTES) + 1
        if not following:
            break
        yield b"".join((inner, view[cut + 1 : following], inner.translate(_CLOSING)))
        cut = following
    yield b"".join((outer.replace(b"{", b'{"":'), inner, view[cut + 1 :]))


def _open_at_end(text: bytes) -> bytes:
    """Return the brackets that JSON leaves open at its end; anything if it is not JSON."""
    brackets = _STRINGS.sub(b"", text).translate(None, _NO_BRACKETS)
    while (fewer := brackets.replace(b"[]", b"").replace(b"{}", b"")) != brackets:
        brackets = fewer
    return brackets
