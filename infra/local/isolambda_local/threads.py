"""Call what waits for the database in a thread, so that the event loop serves others meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

_T = TypeVar("_T")


async def in_thread(call: Callable[..., _T], *arguments: object) -> _T:
    """Call in one of the threads of the pool that also serves FastAPI; see ``Blocking``."""
    return await run_in_threadpool(call, *arguments)
