"""Run coroutines without an event loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


def complete(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of a coroutine that never waits for an event loop, without one.

    Raises:
        RuntimeError: it waits for one.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: _T = end.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine waits for an event loop")
