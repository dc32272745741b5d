"""Routes that FastAPI makes ready when they are first asked for."""

from collections.abc import Callable, Iterable
from functools import partial
from threading import RLock
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

_COMPLETING: Final = RLock()


class DeferredRoute(APIRoute):
    """A route of which FastAPI reads the endpoint when something needs more than its path.

    For each route FastAPI reads the parameters of the endpoint and of its dependencies. For all of
    them that takes an eighth of a cold start, and the first request needs one route.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.path, self.endpoint = path, endpoint
        self.methods = set(options["methods"])
        self._initialize = partial(super().__init__, path, endpoint, **options)

    def complete(self) -> None:
        """Let FastAPI read the endpoint now, unless it has done so."""
        with _COMPLETING:
            initialize = vars(self).pop("_initialize", None)
            if initialize is not None:
                initialize()

    def __getattr__(self, name: str) -> Any:
        self.complete()
        return object.__getattribute__(self, name)


def complete_routes(routes: Iterable[BaseRoute]) -> None:
    """Complete every route, as before a snapshot."""
    for route in routes:
        if isinstance(route, DeferredRoute):
            route.complete()
