"""Wait for worker processes: in a thread that blocks, or on an event loop.

The supervisor is written once, as coroutines that wait only by ``Waits``. With ``Blocking`` a
coroutine never suspends, so any thread runs it to its end; with ``loops.OnLoop`` an event loop
serves others meanwhile. A deadline is in seconds of ``time.monotonic``.
"""

import select
import threading
import time
from collections.abc import Awaitable, Callable
from socket import socket
from typing import Final, Protocol, TypeVar

from isolambda_executor.frames import Frame

_T = TypeVar("_T")

Register = Callable[[Callable[[], None]], None]
"""Takes a callback that is called once, from any thread, when something has happened."""


class Receives(Protocol):
    """What frames come by; see ``Connection``."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...

    def next_frame(self, bytes_max: int) -> Frame | None:
        """Return the next frame if it was received together with another."""
        ...

    def receive_part(self, bytes_max: int) -> Frame | None:
        """Receive once, without waiting; return the next frame if that completes it."""
        ...


class Waits(Protocol):
    """Waits for what a supervisor needs.

    ``cancelled``: the errors that any of its waits raises when the coroutine is cancelled.
    """

    cancelled: tuple[type[BaseException], ...]

    def frame(self, end: Receives, deadline: float, bytes_max: int) -> Awaitable[Frame]:
        """Return the next frame, of no more than ``bytes_max`` bytes and whole by the deadline.

        Raises:
            BrokenPeerError: the peer is gone, or sent no frame, or a longer one; or this process
                has no descriptor left for that.
            TimeoutError: no whole frame came in time.
        """
        ...

    def writable(self, end: socket, deadline: float) -> Awaitable[bool]:
        """Return whether there is room to send, or the peer is gone, by the deadline."""
        ...

    async def happened(self, register: Register, timeout_s: float) -> bool:
        """Return whether the callback that ``register`` takes is called within the time."""
        ...

    async def call(self, blocking: Callable[[], _T]) -> _T:
        """Call what starts or ends a process, or takes long, and return its result."""
        ...


class Blocking:
    """Waits in the thread that asks; nothing cancels it."""

    cancelled: tuple[type[BaseException], ...] = ()

    async def frame(self, end: Receives, deadline: float, bytes_max: int) -> Frame:
        """See ``Waits.frame``."""
        frame = end.next_frame(bytes_max)
        while frame is None:
            if not _poll(end, select.POLLIN, deadline):
                raise TimeoutError
            frame = end.receive_part(bytes_max)
        return frame

    async def writable(self, end: socket, deadline: float) -> bool:
        """See ``Waits.writable``."""
        return _poll(end, select.POLLOUT, deadline)

    async def happened(self, register: Register, timeout_s: float) -> bool:
        """See ``Waits.happened``."""
        event = threading.Event()
        register(event.set)
        return event.wait(timeout_s)

    async def call(self, blocking: Callable[[], _T]) -> _T:
        """See ``Waits.call``."""
        return blocking()


BLOCKING: Final = Blocking()


def _poll(end: socket | Receives, event: int, deadline: float) -> bool:
    timeout_s = deadline - time.monotonic()
    if timeout_s <= 0:
        return False
    waiter = select.poll()
    waiter.register(end, event)
    return bool(waiter.poll(timeout_s * 1e3))
