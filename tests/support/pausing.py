"""Coroutines that wait until a test resumes them, without an event loop."""

from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

_T = TypeVar("_T")


class Pause:
    """Waits until the coroutine is resumed."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def resumed(coroutine: Coroutine[Any, Any, _T]) -> _T | None:
    """Return what a coroutine returns, or None when it waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: _T = end.value
        return result
    return None
