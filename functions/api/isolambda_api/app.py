"""The FastAPI app: both dialects behind one middleware."""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from isolambda_api.accounts import routes as accounts
from isolambda_api.aliases import routes as aliases
from isolambda_api.api_keys import routes as api_keys
from isolambda_api.auth import routes as auth
from isolambda_api.codemash import errors as codemash_errors
from isolambda_api.codemash import routes as codemash
from isolambda_api.events import routes as events
from isolambda_api.executions import execute
from isolambda_api.executions import routes as executions
from isolambda_api.functions import routes as functions
from isolambda_api.http import docs_page, front_page, health
from isolambda_api.http.dialect import Dialect
from isolambda_api.http.middleware import ApiMiddleware, Observe, no_observer
from isolambda_api.http.openapi import DocumentedApi
from isolambda_api.http.services import Services
from isolambda_api.kazoo import errors as kazoo_errors
from isolambda_api.kazoo.authorization import admit
from isolambda_api.kazoo.request import prepare_request
from isolambda_api.pivot import routes as pivot
from isolambda_api.triggers import routes as triggers
from isolambda_api.versions import routes as versions
from isolambda_api.webhooks import routes as webhooks
from isolambda_core import __version__

__all__ = ["Services", "create_app"]

RESOURCES = (
    codemash,
    auth,
    accounts,
    api_keys,
    functions,
    execute,
    executions,
    versions,
    aliases,
    triggers,
    events,
    pivot,
    webhooks,
)

_CODEMASH = re.compile(r"(/v[12])?/serverless(/.*)?", re.DOTALL)
_PIVOT = re.compile(r"/pivot(/.*)?", re.DOTALL)
_WEBHOOKS = re.compile(r"/webhooks(/.*)?", re.DOTALL)

_DESCRIPTION = """
What holds for every route of Kazoo's: `jsonp` in the query names a JavaScript function to give the
answer to; `pretty_print=true`, or the header `X-Pretty-Print`, indents it; `accept` stands for the
header `Accept`; `verb`, in the query or the envelope of a POST, stands for the method. A token may
also come as `auth_token` in the query or the envelope. `X-Request-ID` names the request, and every
answer repeats it. HEAD is answered as GET is, without the body, wherever GET executes nothing. A
body is read of POST, PUT and PATCH; that of any other request is ignored. It comes as it is: one
with a `Content-Encoding` is a 415. Several lines of one header are one list.
"""

CODEMASH = Dialect(codemash_errors.render, reads_by_get=False)
PIVOT = Dialect(kazoo_errors.render, pivot.prepare_request, admit, reads_by_get=False)
WEBHOOKS = Dialect(kazoo_errors.render, webhooks.prepare_request, webhooks.charge)
CROSSBAR = Dialect(kazoo_errors.render, prepare_request, admit)


def create_app(
    services: Services, answer_bytes: int | None = None, observe: Observe = no_observer
) -> FastAPI:
    """Return the app; it holds no state but ``services``.

    ``answer_bytes`` is the longest body, written as a JSON string, that can be carried to a client;
    ``observe`` is told of every request.
    """
    app = DocumentedApi(
        describe=_describe,
        title="Isolambda",
        version=__version__,
        summary="JavaScript functions kept as documents and run safely.",
        description=_DESCRIPTION,
        routes=[
            *front_page.ROUTES,
            *docs_page.routes(),
            *health.router.routes,
            *(route for resource in RESOURCES for route in resource.router.routes),
        ],
        docs_url=None,  # FastAPI's page loads its scripts from another server
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI would answer these two in no dialect; the middleware answers everything.
        exception_handlers={HTTPException: _pass_on, RequestValidationError: _pass_on},
    )
    app.state.services = services
    app.add_middleware(
        ApiMiddleware,
        routes=app.routes,
        dialect_for=dialect_for,
        clock=services.clock,
        answer_bytes=answer_bytes,
        observe=observe,
    )
    return app


def dialect_for(path: str) -> Dialect:
    """Choose the dialect of a path.

    CodeMash under ``[/v1|/v2]/serverless``, Kazoo's pivot under ``/pivot``, webhooks under
    ``/webhooks``, crossbar elsewhere.
    """
    if _CODEMASH.fullmatch(path):
        return CODEMASH
    if _WEBHOOKS.fullmatch(path):
        return WEBHOOKS
    return PIVOT if _PIVOT.fullmatch(path) else CROSSBAR


def _describe() -> tuple[Mapping[str, Mapping[str, Any]], Sequence[type[BaseModel]]]:
    documentation = import_module("isolambda_api.documentation")
    return documentation.OPERATIONS, documentation.REQUESTS


async def _pass_on(_: Request, error: Exception) -> NoReturn:
    raise error
