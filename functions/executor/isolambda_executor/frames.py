"""Write and read frames, which supervisor and worker exchange; no input or output happens here.

A frame is three lengths and three byte strings; ``messages`` defines their contents. Request: head,
source, input. Reply: head, result, error. Ready (the worker takes the next request): head alone.
``connection`` sends and receives them, and waits for that.
"""

import struct
from typing import Final

from isolambda_core.domain.limits import MIB

FRAME_BYTES_MAX: Final = 16 * MIB
"""No intact worker sends a longer frame."""

_LENGTHS: Final = struct.Struct("!III")

Frame = tuple[bytes, bytes, bytes]


class BrokenPeerError(Exception):
    """The peer is gone, or sent something other than a frame."""


class UnreadError(BrokenPeerError):
    """The peer is gone, and had not read all that was sent to it."""


def encode_frame(head: bytes, first: bytes = b"", second: bytes = b"") -> bytes:
    """Return the bytes of a frame."""
    lengths = _LENGTHS.pack(len(head), len(first), len(second))
    return b"".join((lengths, head, first, second))


class FrameParser:
    """Finds the frames in the bytes that a peer sends; :meth:`feed` it with them, in order."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.missing_bytes = _LENGTHS.size
        """How many bytes :meth:`next_frame` needs at least; 0 or less if it has enough to look."""

    def feed(self, data: bytes) -> None:
        """Add what was received; take every frame from :meth:`next_frame` before the next call."""
        self._parts.append(data)
        self.missing_bytes -= len(data)

    def next_frame(self, bytes_max: int = FRAME_BYTES_MAX) -> Frame | None:
        """Remove and return the next frame, or return None until all of it was received.

        Raises:
            BrokenPeerError: it is no frame, or one of more than ``bytes_max`` bytes.
        """
        if self.missing_bytes > 0:
            return None
        data, *more = self._parts
        if more:
            data = b"".join(self._parts)
        lengths = _LENGTHS.unpack_from(data)
        second = _LENGTHS.size + lengths[0]
        third = second + lengths[1]
        end = third + lengths[2]
        if end > bytes_max:
            raise BrokenPeerError("not a frame")
        ahead = len(data) - end
        if ahead < 0:
            self._parts, self.missing_bytes = [data], -ahead
            return None
        self.missing_bytes = _LENGTHS.size - ahead
        self._parts = [data[end:]] if ahead else []
        return data[_LENGTHS.size : second], data[second:third], data[third:end]

    @property
    def is_ahead(self) -> bool:
        """Whether more than the last frame was received."""
        return bool(self._parts)
