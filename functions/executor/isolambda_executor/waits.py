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

_T = TypeVar("_T")

Register = Callable[[Callable[[], None]], None]
"""Takes a callback that is called once, from any thread, when something has happened."""


class Waits(Protocol):
    """Waits for what a supervisor needs.

    ``cancelled``: the errors that any of its waits raises when the coroutine is cancelled.
    """

    cancelled: tuple[type[BaseException], ...]

    def readable(self, end: socket, deadline: float) -> Awaitable[bool]:
        """Return whether there is something to receive, or the peer is gone, by the deadline.

        True may come too early, so receive without waiting, and wait again if there is nothing.

        Raises:
            BrokenPeerError: this process has no descriptor left for that.
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

    async def readable(self, end: socket, deadline: float) -> bool:
        """See ``Waits.readable``."""
        return _poll(end, select.POLLIN, deadline)

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


def _poll(end: socket, event: int, deadline: float) -> bool:
    timeout_s = deadline - time.monotonic()
    if timeout_s <= 0:
        return False
    waiter = select.poll()
    waiter.register(end, event)
    return bool(waiter.poll(timeout_s * 1e3))
