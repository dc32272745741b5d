"""How tools are reached; what answers is imported with the first request.

Few installations serve models, and no other request needs it.
"""

import re
from importlib import import_module
from typing import Any, Final, cast

from fastapi import Request, Response
from starlette.routing import Route

from isolambda_api.http.authentication import charge_rate_limit
from isolambda_api.http.context import context_of
from isolambda_api.http.dialect import Dialect
from isolambda_api.http.services import services_of
from isolambda_api.kazoo.paths import ACCOUNT, ACCOUNTS

_VERBS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""All of them come here, so that a wrong one is answered as the protocol says."""


async def _prepare_request(request: Request) -> None:
    """Read nothing: what is answered has no envelope."""
    context_of(request).tokens = services_of(request).rates.untouched


def _charge(request: Request) -> None:
    charge_rate_limit(request, services_of(request), None)


async def answer_message(request: Request) -> Response:
    """Answer a message of a client."""
    return cast("Response", await (await _imported(request, "routes")).answer_message(request))


async def _answer_call(request: Request) -> Response:
    return cast("Response", await (await _imported(request, "internal")).answer_call(request))


async def _imported(request: Request, name: str) -> Any:
    """Return a module; at first others are answered meanwhile, as it takes half a second."""
    if name not in _modules:
        blocking = services_of(request).invocations.blocking
        _modules[name] = await blocking(_module, name)
    return _modules[name]


def _render_error(request: Request, error: Exception) -> Response:
    return cast("Response", _module("errors").render_error(request, error))


def _module(name: str) -> Any:
    return import_module(f"isolambda_api.mcp.{name}")


_modules: Final[dict[str, Any]] = {}
"""Those that are imported as a whole."""


DIALECT: Final = Dialect(
    (),
    _render_error,
    _prepare_request,
    _charge,
    reads_by_get=False,
    is_plain=True,
    pattern=re.compile(rf"{ACCOUNTS}/[^/]*/mcp(?:/code)?"),
)
"""The dialect of two paths of each account."""
ROUTES: Final = [
    Route(f"{ACCOUNT}/mcp", answer_message, methods=_VERBS),
    Route(f"{ACCOUNT}/mcp/code", answer_message, methods=_VERBS),
    Route("/internal/tools", _answer_call, methods=["POST"]),  # in the dialect of `/internal`
]
"""They stand in no OpenAPI document: the protocol has a description of its own."""
