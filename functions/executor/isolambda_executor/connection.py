"""Send and receive frames over one Unix socket, and wait for that."""

import array
import fcntl
import select
import socket
import termios
import time
from contextlib import suppress
from typing import Final

from isolambda_core.domain.limits import KIB
from isolambda_executor.frames import (
    FRAME_BYTES_MAX,
    BrokenPeerError,
    Frame,
    FrameParser,
    UnreadError,
)

_CHUNK: Final = 8 * KIB
_LARGE_CHUNK: Final = 256 * KIB


class Connection:
    """One end of the socket; reads ahead, so that a small frame takes one system call."""

    def __init__(self, end: socket.socket) -> None:
        """Take over ``end``."""
        self._socket = end
        self._parser = FrameParser()
        self._waiter = select.poll()
        self._waiter.register(end, select.POLLIN)

    def fileno(self) -> int:
        """Return the descriptor, for ``select``."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end; the peer reads an end of file."""
        self._socket.close()

    def send(self, frame: bytes, timeout_s: float | None = None) -> None:
        """Send an encoded frame within ``timeout_s`` seconds; None: without limit.

        Raises:
            BrokenPeerError: the peer is gone, or did not read in time.
        """
        try:
            if timeout_s is None:
                self._socket.sendall(frame)
            else:
                self._send_within(timeout_s, frame)
        except OSError as error:
            raise BrokenPeerError("cannot send") from error

    def _send_within(self, timeout_s: float, frame: bytes) -> None:
        # A frame that fits the socket's buffer needs no timeout, which is two system calls.
        with suppress(BlockingIOError):
            frame = frame[self._socket.send(frame, socket.MSG_DONTWAIT) :]
        if frame:
            self._socket.settimeout(timeout_s)
            self._socket.sendall(frame)
            self._socket.settimeout(None)

    def receive(self, timeout_s: float | None, bytes_max: int = FRAME_BYTES_MAX) -> Frame:
        """Return the next frame, which must be whole within ``timeout_s`` seconds.

        Raises:
            BrokenPeerError: the peer is gone, or sent no frame, or a longer one.
            TimeoutError: no whole frame came in time.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        parser = self._parser
        while (frame := parser.next_frame(bytes_max)) is None:
            size = min(max(_CHUNK, parser.missing_bytes), _LARGE_CHUNK)
            parser.feed(self._read(size, deadline))
        return frame

    @property
    def is_ahead(self) -> bool:
        """Whether more than the last frame was received."""
        return self._parser.is_ahead

    def is_readable(self) -> bool:
        """Return whether there is something to receive, data or the end of file."""
        return self.is_ahead or bool(self._waiter.poll(0))

    def await_readable(self, timeout_ms: int) -> None:
        """Wait until there is something to receive, or the time is over."""
        if not self.is_ahead:
            self._waiter.poll(timeout_ms)

    def is_read(self) -> bool:
        """Return whether the peer has read all that was sent to it."""
        unread = array.array("i", [0])
        fcntl.ioctl(self._socket, termios.TIOCOUTQ, unread)
        return unread[0] == 0

    def _read(self, size: int, deadline: float | None) -> bytes:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not self._waiter.poll(left * 1e3):
                raise TimeoutError
        try:
            part = self._socket.recv(size)
        except ConnectionResetError as error:  # unix(7): the peer closed with data unread
            raise UnreadError("closed") from error
        except OSError as error:
            raise BrokenPeerError("cannot receive") from error
        if not part:
            raise BrokenPeerError("closed")
        return part
