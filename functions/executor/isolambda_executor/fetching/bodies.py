"""Bodies of requests and answers, as fast as the slower of isolate and server takes them."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Final

from isolambda_core.domain.limits import FETCH_CREDIT_BYTES, FETCH_GRANT_BYTES, REPLY_BYTES
from isolambda_core.net.cutoff import Cutoff
from isolambda_executor.fetching.request import require_short
from isolambda_executor.frames import BrokenPeerError

_CREDIT_MAX: Final = 1 << 32


class Upload:
    """The streamed body of a request; ``grant`` tells the isolate how much more it may send."""

    def __init__(self, grant: Callable[[int], None]) -> None:
        self._grant = grant
        self._lock = threading.Lock()
        self._granted = FETCH_GRANT_BYTES
        self._pieces: SimpleQueue[bytes | None] = SimpleQueue()
        self._has_ended = False

    def put(self, piece: bytes) -> None:
        """Take a piece from the isolate.

        Raises:
            BrokenPeerError: it is longer than was granted, or comes after the last.
        """
        with self._lock:
            self._granted -= len(piece)
            if self._granted < 0 or self._has_ended:
                raise BrokenPeerError
        self._pieces.put(piece)

    def end(self) -> None:
        """Take the end of the body."""
        self._has_ended = True
        self._pieces.put(None)

    def pieces(self, cutoff: Cutoff) -> Iterator[bytes]:
        """Yield each piece, and grant as much more when the next one is asked for.

        Raises:
            FetchError: the body is too long.
        """
        used = 0
        with cutoff.calling(lambda: self._pieces.put(None)):
            while (piece := self._next(cutoff)) is not None:
                used += len(piece)
                require_short(used)
                if piece:
                    yield piece
                with self._lock:
                    self._granted += len(piece)
                self._grant(len(piece))

    def _next(self, cutoff: Cutoff) -> bytes | None:
        try:
            piece = self._pieces.get(timeout=cutoff.left())
        except Empty:
            raise TimeoutError from None
        cutoff.left()
        return piece


class Credit:
    """How much of an answer's body the isolate takes."""

    def __init__(self) -> None:
        self._bytes = FETCH_CREDIT_BYTES
        self._changed = threading.Condition()

    def add(self, more: object) -> None:
        """Take more credit from the isolate.

        Raises:
            BrokenPeerError: it is no number of bytes.
        """
        if type(more) is not int or not 0 < more < _CREDIT_MAX:
            raise BrokenPeerError
        with self._changed:
            self._bytes = min(self._bytes + more, _CREDIT_MAX)
            self._changed.notify()

    def take(self, wanted: int, cutoff: Cutoff) -> int:
        """Wait for credit, and return how much of what is wanted may be sent in one reply."""
        with cutoff.calling(self._wake), self._changed:
            while not self._bytes:
                self._changed.wait(cutoff.left())
            taken = min(wanted, self._bytes, REPLY_BYTES)
            self._bytes -= taken
            return taken

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()
