"""Cut a long JSON text into pieces that can be checked one after the other.

The check of a piece takes little memory, which it uses again for the next one. A long text as a
whole takes several times its size, fresh from the kernel, and mostly longer for that than for the
check itself.
"""

import re
from collections.abc import Iterator

from isolambda_core.domain.limits import KIB

_HEAD_BYTES = 4 * KIB
"""What is looked at for the first cut."""
_PIECE_BYTES = 64 * KIB
_SHORT_BYTES = 512 * KIB
"""A text of no more bytes is sooner checked as a whole."""
_BETWEEN = (b"},{", b"],[", b'},"')
"""What stands between two objects or arrays, of an array or of an object."""
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes({*range(256)} - {*b"[]{}"})
_CLOSING = bytes.maketrans(b"[{", b"]}")


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
