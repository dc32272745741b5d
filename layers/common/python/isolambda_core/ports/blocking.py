"""Calls that block, made by coroutines, with and without an event loop."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

_T = TypeVar("_T")


class Blocking(Protocol):
    """Calls what waits for a store, in a way that suits who else uses the event loop."""

    async def __call__(self, call: Callable[..., _T], *arguments: object) -> _T:
        """Return what ``call`` returns; raise what it raises."""
        ...


async def directly(call: Callable[..., _T], *arguments: object) -> _T:
    """Call at once, where the event loop has nothing else to do: a Lambda serves one request."""
    return call(*arguments)


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
