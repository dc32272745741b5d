"""Which errors a dependency can raise: declared beside it, read by the OpenAPI document alone."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

_Dependency = TypeVar("_Dependency", bound=Callable[..., Any])
_DECLARED: dict[Callable[..., Any], tuple[Exception, ...]] = {}


def raises(*errors: Exception) -> Callable[[_Dependency], _Dependency]:
    """Declare what a dependency can raise, by an example of each error."""

    def declare(dependency: _Dependency) -> _Dependency:
        _DECLARED[dependency] = errors
        return dependency

    return declare


def errors_of(dependant: Dependant) -> Iterator[Exception]:
    """Return what a route's dependencies can raise, and what they depend on."""
    for dependency in dependant.dependencies:
        yield from errors_of(dependency)
    if dependant.call is not None:
        yield from _DECLARED.get(dependant.call, ())
