"""Bodies of responses, by their length, in chunks, or up to the end of the connection."""

import re
from collections.abc import Iterator
from typing import Final

from isolambda_core.domain.limits import CHUNK_BYTES_MIN, CHUNKS
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.heads import ResponseHead, read_headers
from isolambda_core.net.incoming import Incoming

_END: Final = b"\r\n"
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[\t ]*;[\t -~\x80-\xff]*)?")
_SIZE_BYTES: Final = 256
"""Longest line before a chunk, extensions included."""
_TRAILER_BYTES: Final = 16 * 1024
_PIECE: Final = 64 * 1024


def read_body(incoming: Incoming, head: ResponseHead, most: int) -> Iterator[bytes]:
    """Yield a body piece by piece, each of up to 64 KiB, as they come.

    Raises:
        TooLargeError: it has more than ``most`` bytes.
        ProtocolError: it breaks off, or is not in chunks where it should be.
    """
    if head.length is not None and head.length > most:
        raise _too_large(most, head.length)
    if head.is_chunked:
        yield from _chunked(incoming, most)
    elif head.length is not None:
        yield from _counted(incoming, head.length)
    else:
        yield from _rest(incoming, most)


def _counted(incoming: Incoming, left: int) -> Iterator[bytes]:
    while left:
        piece = incoming.some(min(left, _PIECE))
        if not piece:
            raise ProtocolError("the server closed the connection before the end of its answer")
        left -= len(piece)
        yield piece


def _rest(incoming: Incoming, most: int) -> Iterator[bytes]:
    used = 0
    while piece := incoming.some(_PIECE):
        used += len(piece)
        if used > most:
            raise _too_large(most, used)
        yield piece


def _chunked(incoming: Incoming, most: int) -> Iterator[bytes]:
    """Yield chunks that came together as one piece, and wait for none with a piece in hand."""
    used = chunks = 0
    pieces: list[bytes] = []
    while size := _size(incoming):
        used += size
        chunks += 1
        _check_chunks(chunks, used, most)
        for piece in _counted(incoming, size):
            pieces.append(piece)
            if incoming.held < len(_END) or len(piece) == _PIECE:
                yield b"".join(pieces)
                pieces.clear()
        if incoming.until(_END, 0) is None:
            raise ProtocolError("a chunk of the answer does not end where it should")
        if pieces and not incoming.holds(_END):
            yield b"".join(pieces)
            pieces.clear()
    if pieces:
        yield b"".join(pieces)
    _skip_trailer(incoming)


def _check_chunks(chunks: int, used: int, most: int) -> None:
    if used > most:
        raise _too_large(most, used)
    if chunks > CHUNKS and used < chunks * CHUNK_BYTES_MIN:
        least = f"{CHUNKS} chunks of less than {CHUNK_BYTES_MIN} bytes"
        raise ProtocolError(f"the answer has more than {least}")


def _skip_trailer(incoming: Incoming) -> None:
    left = _TRAILER_BYTES
    while line := incoming.until(_END, left):
        left -= len(line)
        list(read_headers([line]))
    if line is None:
        raise TooLargeError("the trailer of the answer", _TRAILER_BYTES, _TRAILER_BYTES)


def _size(incoming: Incoming) -> int:
    line = incoming.until(_END, _SIZE_BYTES)
    if line is None:
        raise ProtocolError(f"the line before a chunk is over {_SIZE_BYTES} bytes")
    found = _SIZE.fullmatch(line)
    if found is None:
        raise ProtocolError("the size of a chunk is no number")
    return int(found[1], 16)


def _too_large(most: int, used: int) -> TooLargeError:
    return TooLargeError("the body of the answer", most, used)
