"""Calls of tools as tasks of the event loop that executes what calls, without a thread for each."""

import asyncio
import threading
from asyncio import AbstractEventLoop, Task
from dataclasses import dataclass, field
from functools import partial

from isolambda_executor.handlers import Call, Start


@dataclass(slots=True)
class CallsOnLoop:
    """The calls under way, some of which outlast the executions that began them."""

    _tasks: set[Task[None]] = field(default_factory=set)

    def start(self) -> Start | None:
        """Return what starts calls on the loop that runs in this thread, or None without one."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return None
        return partial(self._start, loop, threading.get_ident())

    async def ended(self) -> None:
        """Return once all calls of the running loop have ended, with those that they make."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, loop: AbstractEventLoop, thread: int, call: Call) -> None:
        if threading.get_ident() == thread:
            self._begin(loop, call)
        else:  # long messages are read in another
            loop.call_soon_threadsafe(self._begin, loop, call)

    def _begin(self, loop: AbstractEventLoop, call: Call) -> None:
        task = loop.create_task(call())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
