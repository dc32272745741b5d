"""Wait for worker processes: in a thread that blocks, or on an event loop.

The supervisor is written once, as coroutines that wait only by ``Waits``. With ``Blocking`` a
coroutine never suspends, so any thread runs it to its end; with ``OnLoop`` an event loop serves
others meanwhile.
"""

import select
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio

_T = TypeVar("_T")

Register = Callable[[Callable[[], None]], None]
"""Takes a callback that is called once, from any thread, when something has happened."""


class Waits(Protocol):
    """Waits for what a supervisor needs.

    ``cancelled``: the errors that any of its waits raises when the coroutine is cancelled.
    """

    cancelled: tuple[type[BaseException], ...]

    async def readable(self, descriptor: int, timeout_s: float) -> bool:
        """Return whether there is something to receive, or the peer is gone, within the time."""
        ...

    async def writable(self, descriptor: int, timeout_s: float) -> bool:
        """Return whether there is room to send, or the peer is gone, within the time."""
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

    async def readable(self, descriptor: int, timeout_s: float) -> bool:
        """See ``Waits.readable``."""
        return _poll(descriptor, select.POLLIN, timeout_s)

    async def writable(self, descriptor: int, timeout_s: float) -> bool:
        """See ``Waits.writable``."""
        return _poll(descriptor, select.POLLOUT, timeout_s)

    async def happened(self, register: Register, timeout_s: float) -> bool:
        """See ``Waits.happened``."""
        event = threading.Event()
        register(event.set)
        return event.wait(timeout_s)

    async def call(self, blocking: Callable[[], _T]) -> _T:
        """See ``Waits.call``."""
        return blocking()


class OnLoop:
    """Waits on the event loop that runs."""

    def __init__(self) -> None:
        # A process with a loop has it already. In a Lambda neither supervisor nor worker has one.
        import asyncio  # noqa: PLC0415

        self._loop = asyncio.get_running_loop()
        self.cancelled: tuple[type[BaseException], ...] = (asyncio.CancelledError,)

    async def readable(self, descriptor: int, timeout_s: float) -> bool:
        """See ``Waits.readable``."""
        ready = self._loop.create_future()
        self._loop.add_reader(descriptor, _settle, ready, True)
        try:
            return await self._within(ready, timeout_s)
        finally:
            self._loop.remove_reader(descriptor)

    async def writable(self, descriptor: int, timeout_s: float) -> bool:
        """See ``Waits.writable``."""
        ready = self._loop.create_future()
        self._loop.add_writer(descriptor, _settle, ready, True)
        try:
            return await self._within(ready, timeout_s)
        finally:
            self._loop.remove_writer(descriptor)

    async def happened(self, register: Register, timeout_s: float) -> bool:
        """See ``Waits.happened``."""
        ready = self._loop.create_future()
        register(lambda: self._call_soon(_settle, ready, True))
        return await self._within(ready, timeout_s)

    async def call(self, blocking: Callable[[], _T]) -> _T:
        """See ``Waits.call``."""
        return await self._loop.run_in_executor(None, blocking)

    def _call_soon(self, callback: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)

    async def _within(self, ready: "asyncio.Future[bool]", timeout_s: float) -> bool:
        timer = self._loop.call_later(timeout_s, _settle, ready, False)
        try:
            return await ready
        finally:
            timer.cancel()


BLOCKING: Final = Blocking()


def _poll(descriptor: int, event: int, timeout_s: float) -> bool:
    if timeout_s <= 0:
        return False
    waiter = select.poll()
    waiter.register(descriptor, event)
    return bool(waiter.poll(timeout_s * 1e3))


def _settle(ready: "asyncio.Future[bool]", result: bool) -> None:
    if not ready.done():
        ready.set_result(result)
