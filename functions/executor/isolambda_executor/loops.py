"""Wait for worker processes on an event loop; see ``waits``."""

import math
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from socket import socket
from typing import TYPE_CHECKING, Final, TypeVar

from isolambda_executor.frames import BrokenPeerError, Frame
from isolambda_executor.waits import Receives, Register

if TYPE_CHECKING:
    import asyncio
    from types import ModuleType

_T = TypeVar("_T")

_TIMER_S: Final = 0.001
"""The shortest time that a timer of a loop is set for; uvloop's count milliseconds."""


class _Reader:
    """A descriptor that a loop reads, and what waits for a frame: ``ready``, by ``deadline``."""

    __slots__ = ("bytes_max", "deadline", "descriptor", "ready")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.ready: asyncio.Future[Frame]
        self.deadline = math.inf
        self.bytes_max = 0


class OnLoop:
    """Waits on one event loop, in whose thread alone it is used; close it.

    The loop goes on reading a connection between two waits, which spares system calls, and what
    waits wakes when its frame is whole. It reads a descriptor of its own, so any thread may close
    the connection at any time. Whatever comes while nothing waits ends that: another thread uses
    the worker, or the worker is gone.
    """

    def __init__(self, loop: "asyncio.AbstractEventLoop") -> None:
        self._loop = loop
        self.cancelled: tuple[type[BaseException], ...] = (_asyncio().CancelledError,)
        self._readers: dict[Receives, _Reader] = {}
        # One timer for all that wait to read: most read long before their deadlines.
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf

    def frame(self, end: Receives, deadline: float, bytes_max: int) -> "asyncio.Future[Frame]":
        """See ``Waits.frame``."""
        reader = self._readers.get(end)
        if reader is None:
            reader = self._read(end)
        frame = end.next_frame(bytes_max)
        ready = reader.ready = self._loop.create_future()
        if frame is not None:
            ready.set_result(frame)
            return ready
        reader.deadline, reader.bytes_max = deadline, bytes_max
        if deadline < self._timer_at:
            self._set_timer(deadline)
        return ready

    async def writable(self, end: socket, deadline: float) -> bool:
        """See ``Waits.writable``."""
        ready = self._loop.create_future()
        self._loop.add_writer(end, _settle, ready, True)
        try:
            return await self._within(ready, deadline - time.monotonic())
        finally:
            self._loop.remove_writer(end)

    async def happened(self, register: Register, timeout_s: float) -> bool:
        """See ``Waits.happened``."""
        ready, here = self._loop.create_future(), threading.get_ident()

        def wake() -> None:
            # A loop that is called from its own thread would wake itself by system calls.
            if threading.get_ident() == here and not self._loop.is_closed():
                _settle(ready, True)
            else:
                self._call_soon(_settle, ready, True)

        register(wake)
        return await self._within(ready, timeout_s)

    async def call(self, blocking: Callable[[], _T]) -> _T:
        """See ``Waits.call``."""
        return await self._loop.run_in_executor(None, blocking)

    def close(self) -> None:
        """Read nothing any more; call it when nothing waits. Safe for threads."""
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._end)
        else:
            self._end()

    def _call_soon(self, callback: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)

    async def _within(self, ready: "asyncio.Future[bool]", timeout_s: float) -> bool:
        timer = self._loop.call_later(timeout_s, _settle, ready, False)
        try:
            return await ready
        finally:
            timer.cancel()

    def _read(self, end: Receives) -> _Reader:
        try:
            reader = _Reader(os.dup(end.fileno()))
        except OSError as error:  # this process has too many open
            raise BrokenPeerError("no descriptor is left to read it") from error
        self._loop.add_reader(reader.descriptor, self._came, end, reader)
        self._readers[end] = reader
        return reader

    def _came(self, end: Receives, reader: _Reader) -> None:
        ready = reader.ready
        if ready.done():
            self._end_reading(end)
            return
        try:
            frame = end.receive_part(reader.bytes_max)
        except BrokenPeerError as error:
            ready.set_exception(error)
        else:
            if frame is not None:
                ready.set_result(frame)

    def _end_reading(self, end: Receives) -> None:
        reader = self._readers.pop(end)
        if not self._loop.is_closed():
            self._loop.remove_reader(reader.descriptor)
        os.close(reader.descriptor)

    def _set_timer(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        wait_s = max(deadline - time.monotonic(), _TIMER_S)
        self._timer = self._loop.call_later(wait_s, self._look_at_deadlines)

    def _look_at_deadlines(self) -> None:
        self._timer, self._timer_at = None, math.inf
        now, following = time.monotonic(), math.inf
        for reader in self._readers.values():
            if reader.ready.done():
                continue
            if reader.deadline > now:
                following = min(following, reader.deadline)
            else:
                reader.ready.set_exception(TimeoutError())
        if following < math.inf:
            self._set_timer(following)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for end in list(self._readers):
            self._end_reading(end)


class Loops:
    """The event loops that execute, each with what waits on it; close them.

    Safe for threads.
    """

    def __init__(self) -> None:
        self._waits: dict[asyncio.AbstractEventLoop, OnLoop] = {}

    def running(self) -> OnLoop:
        """Return what waits on the loop that runs in this thread.

        Raises:
            RuntimeError: no loop runs.
        """
        loop = _asyncio().get_running_loop()
        waits = self._waits.get(loop)
        return self._begin(loop) if waits is None else waits

    def close(self) -> None:
        """Close what waits on any loop."""
        while self._waits:
            self._waits.popitem()[1].close()

    def _begin(self, loop: "asyncio.AbstractEventLoop") -> OnLoop:
        for ended in [each for each in list(self._waits) if each.is_closed()]:
            if (waits := self._waits.pop(ended, None)) is not None:
                waits.close()
        return self._waits.setdefault(loop, OnLoop(loop))


@cache
def _asyncio() -> "ModuleType":
    # A process with a loop has it already. In a Lambda neither supervisor nor worker has one.
    import asyncio  # noqa: PLC0415

    return asyncio


def _settle(ready: "asyncio.Future[bool]", result: bool) -> None:
    if not ready.done():
        ready.set_result(result)
