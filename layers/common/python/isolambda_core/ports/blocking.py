"""Calls that block, made by coroutines."""

from collections.abc import Callable
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Blocking(Protocol):
    """Calls what waits for a store, in a way that suits who else uses the event loop."""

    async def __call__(self, call: Callable[..., _T], *arguments: object) -> _T:
        """Return what ``call`` returns; raise what it raises."""
        ...


async def directly(call: Callable[..., _T], *arguments: object) -> _T:
    """Call at once, where the event loop has nothing else to do: a Lambda serves one request."""
    return call(*arguments)
