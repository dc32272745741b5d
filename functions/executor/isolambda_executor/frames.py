"""Write and read frames, which supervisor and worker exchange; no input or output happens here.

A frame is three lengths and three byte strings; ``messages`` defines their contents. Request: head,
source, input. Reply: head, result, error. Ready (the worker takes the next request): head alone.
``connection`` sends and receives them, and waits for that.
"""

import struct
from typing import Final

from isolambda_core.domain.limits import MIB
from isolambda_executor.exchange import LARGE_BYTES, Exchange, Part

FRAME_BYTES_MAX: Final = 16 * MIB
"""No intact worker sends a longer frame."""

_LENGTHS: Final = struct.Struct("!III")
_ELSEWHERE: Final = 1 << 31
"""The bit of a length that says that the part lies in the exchange, and not in the frame."""

Frame = tuple[bytes, bytes, Part]
"""A frame that was received; a worker's last part may lie in the exchange."""
FrameToSend = tuple[bytes, bytes, bytes]


class BrokenPeerError(Exception):
    """The peer is gone, or sent something other than a frame."""


class UnreadError(BrokenPeerError):
    """The peer is gone, and had not read all that was sent to it."""


def encode_frame(
    head: bytes, first: bytes = b"", second: bytes = b"", exchange: Exchange | None = None
) -> bytes:
    """Return the bytes of a frame; a large part goes into the exchange, if there is one."""
    first_length, second_length = len(first), len(second)
    if exchange is not None and first_length + second_length > LARGE_BYTES:
        if exchange.put(second):
            second_length, second = second_length | _ELSEWHERE, b""
        elif exchange.put(first):
            first_length, first = first_length | _ELSEWHERE, b""
    lengths = _LENGTHS.pack(len(head), first_length, second_length)
    return b"".join((lengths, head, first, second))


class FrameParser:
    """Finds the frames in the bytes that a peer sends; :meth:`feed` it with them, in order."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self._exchange = exchange
        self.parts: list[bytes] = []
        """What was received, and is no part of a frame that was taken."""
        self.missing_bytes = _LENGTHS.size
        """How many bytes :meth:`next_frame` needs at least; 0 or less if it has enough to look."""

    def feed(self, data: bytes) -> None:
        """Add what was received; take every frame from :meth:`next_frame` before the next call."""
        self.parts.append(data)
        self.missing_bytes -= len(data)

    def next_frame(self, bytes_max: int = FRAME_BYTES_MAX) -> Frame | None:
        """Remove and return the next frame, or return None until all of it was received.

        Raises:
            BrokenPeerError: it is no frame, or one of more than ``bytes_max`` bytes.
        """
        if self.missing_bytes > 0:
            return None
        data, *more = self.parts
        if more:
            data = b"".join(self.parts)
        head, first, second = _LENGTHS.unpack_from(data)
        if _LENGTHS.size + head + first % _ELSEWHERE + second % _ELSEWHERE > bytes_max:
            raise BrokenPeerError("not a frame")
        begin = _LENGTHS.size + head
        middle = begin + (first if first < _ELSEWHERE else 0)
        end = middle + (second if second < _ELSEWHERE else 0)
        ahead = len(data) - end
        if ahead < 0:
            self.parts, self.missing_bytes = [data], -ahead
            return None
        self.missing_bytes = _LENGTHS.size - ahead
        self.parts = [data[end:]] if ahead else []
        return (
            data[_LENGTHS.size : begin],
            data[begin:middle] if first < _ELSEWHERE else bytes(self._taken(first - _ELSEWHERE)),
            data[middle:end] if second < _ELSEWHERE else self._taken(second - _ELSEWHERE),
        )

    def _taken(self, size: int) -> Part:
        part: Part = b"" if self._exchange is None else self._exchange.take(size)
        if len(part) != size:
            raise BrokenPeerError("not a frame")
        return part
