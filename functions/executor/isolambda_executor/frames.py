"""Send and receive frames between supervisor and worker, over one Unix socket.

A frame is three lengths and three byte strings; ``messages`` defines their contents. Request: head,
source, input. Reply: head, result, error. Ready (the worker takes the next request): head alone.
"""

import array
import fcntl
import select
import socket
import struct
import termios
import time
from contextlib import suppress
from typing import Final

from isolambda_core.domain.limits import KIB, MIB

FRAME_BYTES_MAX: Final = 16 * MIB
"""No intact worker sends a longer frame."""

_LENGTHS: Final = struct.Struct("!III")
_CHUNK: Final = 8 * KIB
_LARGE_CHUNK: Final = 256 * KIB

Frame = tuple[bytes, bytes, bytes]


class BrokenPeerError(Exception):
    """The peer is gone, or sent something other than a frame."""


class UnreadError(BrokenPeerError):
    """The peer is gone, and had not read all that was sent to it."""


class Connection:
    """One end of the socket; reads ahead, so that a small frame takes one system call."""

    def __init__(self, end: socket.socket) -> None:
        """Take over ``end``."""
        self._socket = end
        self._ahead = b""
        self._waiter = select.poll()
        self._waiter.register(end, select.POLLIN)

    def fileno(self) -> int:
        """Return the descriptor, for ``select``."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end; the peer reads an end of file."""
        self._socket.close()

    def send(
        self,
        head: bytes,
        first: bytes = b"",
        second: bytes = b"",
        *,
        timeout_s: float | None = None,
    ) -> None:
        """Send a whole frame within ``timeout_s`` seconds; None: without limit.

        Raises:
            BrokenPeerError: the peer is gone, or did not read in time.
        """
        lengths = _LENGTHS.pack(len(head), len(first), len(second))
        frame = b"".join((lengths, head, first, second))
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
        ahead = self._ahead or self._read(_CHUNK, deadline)
        while len(ahead) < _LENGTHS.size:
            ahead += self._read(_CHUNK, deadline)
        lengths = _LENGTHS.unpack_from(ahead)
        end = _LENGTHS.size + sum(lengths)
        if end > bytes_max:
            raise BrokenPeerError("not a frame")
        if len(ahead) < end:
            ahead = self._read_up_to(end, ahead, deadline)
        self._ahead = ahead[end:]
        second = _LENGTHS.size + lengths[0]
        third = second + lengths[1]
        return ahead[_LENGTHS.size : second], ahead[second:third], ahead[third:end]

    @property
    def is_ahead(self) -> bool:
        """Whether more than the last frame was received."""
        return bool(self._ahead)

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

    def _read_up_to(self, size: int, ahead: bytes, deadline: float | None) -> bytes:
        parts, missing = [ahead], size - len(ahead)
        while missing > 0:
            parts.append(self._read(_LARGE_CHUNK, deadline))
            missing -= len(parts[-1])
        return b"".join(parts)

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
