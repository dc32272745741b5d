"""Which errors a route can raise: declared beside what raises them, for the OpenAPI document."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

EXAMPLE_ID = "3b1c0f4e5d6a7b8c9d0e1f2a3b4c5d6e"
"""The id in every example."""

_Call = TypeVar("_Call", bound=Callable[..., Any])
_DECLARED: dict[Callable[..., Any], tuple[Exception, ...]] = {}


def raises(*errors: Exception) -> Callable[[_Call], _Call]:
    """Declare what an endpoint or a dependency can raise, by an example of each error."""

    def declare(call: _Call) -> _Call:
        _DECLARED[call] = errors
        return call

    return declare


def errors_of(dependant: Dependant) -> Iterator[Exception]:
    """Return what a route's dependencies and its endpoint can raise, in the order of the calls."""
    for dependency in dependant.dependencies:
        yield from errors_of(dependency)
    if dependant.call is not None:
        yield from _DECLARED.get(dependant.call, ())
