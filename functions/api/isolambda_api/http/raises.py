"""What a route raises and reads by hand, declared beside its code for the OpenAPI document.

FastAPI builds a validator for each parameter of each route, at every cold start: headers that many
routes read are declared here instead.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

from isolambda_core.domain.accounts.errors import QuotaExceededError, quota_exceeded
from isolambda_core.domain.accounts.quotas import RULES, Quota

EXAMPLE_ID = "3b1c0f4e5d6a7b8c9d0e1f2a3b4c5d6e"
"""The id in every example."""

_Call = TypeVar("_Call", bound=Callable[..., Any])
_RAISED: dict[Callable[..., Any], tuple[Exception, ...]] = {}
_READ: dict[Callable[..., Any], tuple[Mapping[str, Any], ...]] = {}


def raises(*errors: Exception) -> Callable[[_Call], _Call]:
    """Declare what an endpoint or a dependency can raise, by an example of each error."""

    def declare(call: _Call) -> _Call:
        _RAISED[call] = errors
        return call

    return declare


def reads(*parameters: Mapping[str, Any]) -> Callable[[_Call], _Call]:
    """Declare what parameters an endpoint or a dependency reads by hand, in OpenAPI's form."""

    def declare(call: _Call) -> _Call:
        _READ[call] = parameters
        return call

    return declare


def full(quota: Quota) -> QuotaExceededError:
    """Return an example of the error for a tenant that has all of a quota."""
    return quota_exceeded(quota, RULES[quota].limit)


def errors_of(dependant: Dependant) -> Iterator[Exception]:
    """Return what a route's dependencies and its endpoint can raise, in the order of the calls."""
    for call in _calls_of(dependant):
        yield from _RAISED.get(call, ())


def parameters_of(dependant: Dependant) -> Iterator[Mapping[str, Any]]:
    """Return the parameters that a route's dependencies and its endpoint read by hand."""
    for call in _calls_of(dependant):
        yield from _READ.get(call, ())


def _calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for dependency in dependant.dependencies:
        yield from _calls_of(dependency)
    if dependant.call is not None:
        yield dependant.call
