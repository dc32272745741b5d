"""What a server sends, read by lines and by lengths."""

from typing import Final

from isolambda_core.domain.limits import ANSWER_PIECE_BYTES_MIN, ANSWER_PIECES
from isolambda_core.net.connection import Connection
from isolambda_core.net.errors import ProtocolError

_PIECE: Final = 64 * 1024
_SMALL: Final = 16 * 1024
"""A piece of TLS; of shorter ones, more may have come."""


class Incoming:
    """What comes on a connection for one request; its methods raise as ``Connection`` does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held = b""
        self._at = 0
        self._pieces = 0
        self.received = 0
        """How many bytes came."""

    @property
    def held(self) -> int:
        """How many bytes came that have not been read."""
        return len(self._held) - self._at

    def holds(self, end: bytes) -> bool:
        """Return whether ``end`` is among what has not been read."""
        return self._held.find(end, self._at) >= 0

    def some(self, most: int) -> bytes:
        """Return up to so many bytes, as many as came at once; none at the end."""
        if not self.held:
            self._receive()
        some = self._held[self._at : self._at + most]
        self._at += len(some)
        return some

    def until(self, end: bytes, most: int) -> bytes | None:
        """Return what comes before ``end``, and read that too; None if it takes more than ``most``.

        Raises:
            ProtocolError: the connection ends before.
        """
        looked = 0
        while (found := self._held.find(end, self._at + looked)) < 0:
            if self.held >= most + len(end):
                return None
            looked = max(0, self.held - len(end) + 1)
            if not self._receive():
                raise ProtocolError("the server closed the connection within its answer")
        if found - self._at > most:
            return None
        before, self._at = self._held[self._at : found], found + len(end)
        return before

    def begins(self, with_bytes: bytes) -> bool:
        """Return whether it goes on with these bytes."""
        while self.held < len(with_bytes) and with_bytes.startswith(self._held[self._at :]):
            if not self._receive():
                return False
        return self._held.startswith(with_bytes, self._at)

    def _receive(self) -> bool:
        """Hold more; return whether there is more."""
        pieces, came = [self._held[self._at :]], 0
        while piece := self._next(came):
            pieces.append(piece)
            came += len(piece)
            # TLS gives one record at a time, however small.
            if len(piece) >= _SMALL or came >= _PIECE or not self._connection.has_arrived():
                break
        self._held, self._at = b"".join(pieces), 0
        self._count(came)
        return came > 0

    def _next(self, came: int) -> bytes:
        try:
            return self._connection.receive(_PIECE)
        except OSError:
            if came:  # which comes first; the connection fails again
                return b""
            raise

    def _count(self, came: int) -> None:
        self.received += came
        if not self.received:
            raise ConnectionResetError("the server closed the connection without an answer")
        self._pieces += 1
        if self._pieces > ANSWER_PIECES and self.received < self._pieces * ANSWER_PIECE_BYTES_MIN:
            least = f"{ANSWER_PIECES} pieces of less than {ANSWER_PIECE_BYTES_MIN} bytes"
            raise ProtocolError(f"the answer comes in more than {least}")
