"""Call what waits for the database in a thread, so that the event loop serves others meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from anyio.to_thread import current_default_thread_limiter
from starlette.concurrency import run_in_threadpool
from typing_extensions import override

from isolambda_core.domain.limits import WAITING_FOR_THREAD

_T = TypeVar("_T")


class ThreadsInContext(ThreadPoolExecutor):
    """Threads that call in the context of who asks, so that log lines have the id of its request.

    An event loop's own do not.
    """

    @override
    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        return super().submit(partial(copy_context().run, fn, *args, **kwargs))


def is_overloaded() -> bool:
    """Return whether a further call would wait behind too many others for a thread."""
    waiting: int = current_default_thread_limiter().statistics().tasks_waiting
    return waiting >= WAITING_FOR_THREAD


async def in_thread(call: Callable[..., _T], *arguments: object) -> _T:
    """Call in one of the threads of the pool that also serves FastAPI; see ``Blocking``."""
    return await run_in_threadpool(call, *arguments)


async def in_thread_aside(call: Callable[..., _T], *arguments: object) -> _T:
    """Call in a thread that is none of the pool, which others may have filled; see ``Blocking``."""
    return await asyncio.to_thread(call, *arguments)
