"""How HTTP functions are reached; what answers them is imported with the first request.

Few installations have any, and no other request needs it.
"""

import re
from collections.abc import Awaitable
from functools import cache
from importlib import import_module
from typing import Any, Final, cast

from fastapi import Request, Response
from starlette.routing import Route

from isolambda_api.http.authentication import charge_rate_limit
from isolambda_api.http.context import context_of
from isolambda_api.http.dialect import Dialect, DirectPath
from isolambda_api.http.fast_path import Answer, PlainRequest, plain_request_of
from isolambda_api.http.services import Services, services_of
from isolambda_core.domain.triggers.types.http import METHODS, PATH_PATTERN

_PREFIX: Final = "/http"
_ENDPOINT: Final = f"{_PREFIX}/{{account_id}}/{{path}}"


async def _prepare_request(request: Request) -> None:
    """Read nothing: the request is the function's."""
    context_of(request).tokens = services_of(request).rates.untouched


def _charge(request: Request) -> None:
    charge_rate_limit(request, services_of(request), None)


def _answer(request: PlainRequest, services: Services) -> Awaitable[Answer]:
    """Answer a request as the function that has the path does."""
    return cast("Awaitable[Answer]", _module("routes").answer_request(request, services))


async def answer_request(request: Request) -> Response:
    """Answer a request that the router found as all others."""
    answer = await _answer(plain_request_of(request), services_of(request))
    return answer.as_response()


def _render_error(request: Request, error: Exception) -> Response:
    return cast("Response", _module("problems").render_error(request, error))


@cache
def _module(name: str) -> Any:
    return import_module(f"isolambda_api.http_functions.{name}")


DIALECT: Final = Dialect(
    (_PREFIX,), _render_error, _prepare_request, _charge, reads_by_get=False, is_plain=True
)
"""The dialect of each function is its own."""
_TEMPLATES: Final = (_ENDPOINT, f"{_ENDPOINT}/{{rest:path}}")
ROUTES: Final = [Route(path, answer_request, methods=METHODS) for path in _TEMPLATES]
"""``openapi.py`` describes them: what is asked and answered there is a function's."""
DIRECT: Final = DirectPath(
    DIALECT,
    re.compile(rf"{_PREFIX}/[0-9a-f]{{32}}/{PATH_PATTERN}(/.*[^/])?"),
    _TEMPLATES,
    frozenset(METHODS),
    _answer,
)
"""The paths of almost all requests; the routes have those that are spelled in another way."""

_OF_HOST: Final = "/{rest:path}"
HOST_ROUTES: Final = [Route(_OF_HOST, answer_request, methods=METHODS)]
"""All that there is on a host of a function's own; see ``hosts.py``."""
HOST_DIRECT: Final = DirectPath(
    DIALECT, re.compile("/(.*)", re.DOTALL), (_OF_HOST, _OF_HOST), frozenset(METHODS), _answer
)


def host_dialect(_: str) -> Dialect:
    """Return the dialect of each path on a host of a function's own."""
    return DIALECT
