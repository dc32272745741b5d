"""Objects that are made when they are first used, by what is imported then."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

Made = TypeVar("Made")


class _Late:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


def late(make: Callable[[], Made]) -> Made:
    """Return what stands for the object that ``make`` returns, and has each of its attributes.

    ``make`` is called at the first of them: once, or by several threads that come at once, so it
    returns an object of which there may be two.
    """
    return cast("Made", _Late(make))
