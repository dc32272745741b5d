"""Send and receive frames over one Unix socket, and wait for that."""

import array
import fcntl
import select
import socket
import termios
from collections.abc import Awaitable
from typing import Final

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.limits import KIB
from isolambda_executor.exchange import Exchange
from isolambda_executor.frames import (
    FRAME_BYTES_MAX,
    BrokenPeerError,
    Frame,
    FrameParser,
    UnreadError,
)
from isolambda_executor.waits import BLOCKING, Waits

_CHUNK: Final = 8 * KIB
_LARGE_CHUNK: Final = 256 * KIB


class Connection:
    """One end of the socket; reads ahead, so that a small frame takes one system call.

    The worker calls :meth:`send` and :meth:`receive`; the supervisor, which trusts no peer, calls
    :meth:`send_by` and :meth:`receive_by`, whose deadlines are in seconds of ``time.monotonic``.
    """

    def __init__(self, end: socket.socket, exchange: Exchange | None = None) -> None:
        """Take over ``end``; large parts of frames may come through the exchange."""
        self._socket = end
        self._parser = FrameParser(exchange)
        self._waiter = select.poll()
        self._waiter.register(end, select.POLLIN)
        self._unsent: bytes | memoryview = b""

    def fileno(self) -> int:
        """Return the descriptor, for ``select``."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end; the peer reads an end of file."""
        self._socket.close()

    def send(self, frame: bytes) -> None:
        """Send an encoded frame, however long the peer takes to read it.

        Raises:
            BrokenPeerError: the peer is gone.
        """
        try:
            self._socket.sendall(frame)
        except OSError as error:
            raise BrokenPeerError("cannot send") from error

    async def send_by(self, deadline: float, frame: bytes, waits: Waits) -> None:
        """Send an encoded frame by a deadline.

        Raises:
            BrokenPeerError: the peer is gone, or did not read in time.
        """
        if self._unsent:
            frame, self._unsent = b"".join((self._unsent, frame)), b""
        rest = memoryview(frame)
        try:
            while rest:
                try:
                    rest = rest[self._socket.send(rest, socket.MSG_DONTWAIT) :]
                except BlockingIOError:
                    if not await waits.writable(self._socket, deadline):
                        raise BrokenPeerError("does not read") from None
        except OSError as error:
            raise BrokenPeerError("cannot send") from error

    def send_now(self, frame: memoryview) -> memoryview:
        """Send the part of a frame that there is room for, and return the rest: send that next.

        :meth:`send_by` sends what is left of the frame first, if it comes in between.

        Raises:
            BrokenPeerError: the peer is gone.
        """
        try:
            self._unsent = frame[self._socket.send(frame, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            return frame
        except OSError as error:
            raise BrokenPeerError("cannot send") from error
        return self._unsent

    def await_writable(self, deadline: float) -> bool:
        """Return whether there is room to send, or the peer is gone, by a deadline."""
        try:
            return complete(BLOCKING.writable(self._socket, deadline))
        except ValueError:  # another thread has closed it
            return False

    def receive(self) -> Frame:
        """Return the next frame.

        Raises:
            BrokenPeerError: the peer is gone, or sent no frame.
        """
        while (frame := self._parser.next_frame(FRAME_BYTES_MAX)) is None:
            self._read()
        return frame

    def receive_now(self) -> Frame | None:
        """Return the next frame, or None if it has not come as a whole.

        Raises:
            BrokenPeerError: the peer is gone, or sent no frame.
        """
        parser = self._parser
        while parser.missing_bytes > 0 or (frame := parser.next_frame()) is None:
            if not self._read(socket.MSG_DONTWAIT):
                return None
        return frame

    def receive_by(self, deadline: float, bytes_max: int, waits: Waits) -> Awaitable[Frame]:
        """Return the next frame, of no more than ``bytes_max`` bytes and whole by a deadline.

        Raises:
            BrokenPeerError: the peer is gone, or sent no frame, or a longer one.
            TimeoutError: no whole frame came in time.
        """
        return waits.frame(self, deadline, bytes_max)

    def next_frame(self, bytes_max: int) -> Frame | None:
        """Return the next frame if it was received together with another.

        Raises:
            BrokenPeerError: it is no frame, or one longer than ``bytes_max``.
        """
        return self._parser.next_frame(bytes_max)

    def receive_part(self, bytes_max: int) -> Frame | None:
        """Receive once, without waiting; return the next frame if that completes it.

        Raises:
            BrokenPeerError: the peer is gone, or sent no frame, or one longer than ``bytes_max``.
        """
        self._read(socket.MSG_DONTWAIT)
        return self._parser.next_frame(bytes_max)

    @property
    def is_ahead(self) -> bool:
        """Whether more than the last frame was received."""
        return bool(self._parser.parts)

    def is_readable(self) -> bool:
        """Return whether there is something to receive, data or the end of file."""
        return self.is_ahead or bool(self._waiter.poll(0))

    def await_readable(self, timeout_ms: float) -> bool:
        """Return whether there is something to receive, or the peer is gone, in time."""
        return self.is_ahead or bool(self._waiter.poll(timeout_ms))

    def is_read(self) -> bool:
        """Return whether the peer has read all that was sent to it."""
        unread = array.array("i", [0])
        fcntl.ioctl(self._socket, termios.TIOCOUTQ, unread)
        return unread[0] == 0

    def _read(self, flags: int = 0) -> bool:
        """Read what is missing, or a part of it; return False if nothing has come."""
        missing = self._parser.missing_bytes
        size = _CHUNK if missing <= _CHUNK else min(missing, _LARGE_CHUNK)
        try:
            part = self._socket.recv(size, flags)
        except BlockingIOError:
            return False
        except ConnectionResetError as error:  # unix(7): the peer closed with data unread
            raise UnreadError("closed") from error
        except OSError as error:
            raise BrokenPeerError("cannot receive") from error
        if not part:
            raise BrokenPeerError("closed")
        self._parser.feed(part)
        return True
