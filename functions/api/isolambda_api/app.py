"""The FastAPI app: both dialects behind one middleware."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from isolambda_api.accounts import routes as accounts
from isolambda_api.accounts import usage
from isolambda_api.aliases import routes as aliases
from isolambda_api.api_keys import routes as api_keys
from isolambda_api.approvals import routes as approvals
from isolambda_api.audit import routes as audit
from isolambda_api.auth import routes as auth
from isolambda_api.codemash import errors as codemash_errors
from isolambda_api.codemash import fast_execute as fast_codemash
from isolambda_api.codemash import routes as codemash
from isolambda_api.events import routes as events
from isolambda_api.executions import execute, fast_execute, logs, receipts
from isolambda_api.executions import routes as executions
from isolambda_api.functions import routes as functions
from isolambda_api.http import docs_page, front_page, health, plain_files
from isolambda_api.http.bodies_under_way import BodiesUnderWay
from isolambda_api.http.dialect import Dialect
from isolambda_api.http.fast_path import FastPath
from isolambda_api.http.middleware import ApiMiddleware
from isolambda_api.http.openapi import Documentation, DocumentedApi
from isolambda_api.http.request_log import (
    Observe,
    ObserveError,
    RequestLog,
    no_error_observer,
    no_observer,
)
from isolambda_api.http.response_cache import ResponseCache
from isolambda_api.http.router import Router
from isolambda_api.http.services import Services
from isolambda_api.http_functions import dialect as http_functions
from isolambda_api.kazoo import errors as kazoo_errors
from isolambda_api.kazoo import paths
from isolambda_api.kazoo.authorization import authenticate
from isolambda_api.kazoo.preparation import prepare_request
from isolambda_api.key_values import internal as internal_key_values
from isolambda_api.key_values import routes as key_values
from isolambda_api.mcp import dialect as mcp
from isolambda_api.pivot import fast_call
from isolambda_api.pivot import routes as pivot
from isolambda_api.replays import routes as replays
from isolambda_api.saved_calls import routes as saved_calls
from isolambda_api.secrets import routes as secrets
from isolambda_api.shadows import routes as shadows
from isolambda_api.triggers import routes as triggers
from isolambda_api.versions import routes as versions
from isolambda_api.webhooks import routes as webhooks
from isolambda_core import __version__

if TYPE_CHECKING:
    from isolambda_core.domain.traces import Tell

__all__ = ["Services", "create_app"]

RESOURCES = (
    codemash,
    auth,
    accounts,
    usage,
    api_keys,
    functions,
    execute,
    executions,
    receipts,
    logs,
    versions,
    aliases,
    saved_calls,
    replays,
    approvals,
    audit,
    shadows,
    secrets,
    triggers,
    key_values,
    internal_key_values,
    events,
    pivot,
    webhooks,
)

_DESCRIPTION = """
What holds for every route of Kazoo's: `jsonp` in the query names a JavaScript function to give the
answer to; `pretty_print=true`, or the header `X-Pretty-Print`, indents it; `accept` stands for the
header `Accept`; `verb`, in the query or the envelope of a POST, stands for the method. A token may
also come as `auth_token` in the query or the envelope. `X-Request-ID` names the request, and every
answer repeats it. HEAD is answered as GET is, without the body, wherever GET executes nothing. A
body is read of POST, PUT and PATCH; that of any other request is ignored. It comes as it is: one
with a `Content-Encoding` is a 415. Several lines of one header are one list.

What is at `/http/{account}/{path}` and below is answered by the function that has the path in a
trigger of type `http`. No route here is `/v2/accounts/{account}/mcp`, where clients of the Model
Context Protocol send their messages.
"""

_CODEMASH = Dialect(codemash.PREFIXES, codemash_errors.render_error, reads_by_get=False)
_WEBHOOKS = Dialect(
    (webhooks.PREFIX,), kazoo_errors.render_error, webhooks.prepare_request, webhooks.charge
)
_INTERNAL = Dialect(
    (internal_key_values.PREFIX,),
    kazoo_errors.render_error,
    internal_key_values.prepare_request,
    internal_key_values.charge,
    reads_by_get=False,
)
_PIVOT = Dialect(
    (pivot.PREFIX,),
    kazoo_errors.render_error,
    pivot.prepare_request,
    pivot.authenticate_call,
    reads_by_get=False,
)
_CROSSBAR = Dialect(
    ("",),
    kazoo_errors.render_error,
    prepare_request,
    authenticate,
    resolve=paths.resolve,
    unknown_pattern=paths.UNKNOWN_BELOW_ACCOUNT,
    unknown_path=paths.unknown_path,
)
_VERSION_1 = replace(_CROSSBAR, prefixes=("/v1",), unknown_path=paths.gone)
_FAST = (fast_execute.FAST, fast_codemash.FAST, fast_call.FAST)
_DIALECTS = (
    _CODEMASH,
    _WEBHOOKS,
    _PIVOT,
    http_functions.DIALECT,
    mcp.DIALECT,
    _INTERNAL,
    _VERSION_1,
)


class _Api(DocumentedApi):
    """An app that is served by :class:`ApiMiddleware` alone, without FastAPI's own layers."""

    def __init__(self, serve: Callable[[FastAPI], ASGIApp], **options: Any) -> None:
        super().__init__(**options)
        self._serve = serve

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # FastAPI's own looks for its telemetry with each request.
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    @override
    def build_middleware_stack(self) -> ASGIApp:
        return self._serve(self)


def create_app(  # noqa: PLR0913 - everything that differs between AWS and one machine
    services: Services,
    answer_bytes: int | None = None,
    observe: Observe = no_observer,
    success_level: int = logging.INFO,
    *,
    is_overloaded: Callable[[], bool] = bool,
    bodies: BodiesUnderWay | None = None,
    observe_error: ObserveError = no_error_observer,
    tell: "Tell | None" = None,
) -> FastAPI:
    """Return the app; it holds no state but ``services``.

    ``answer_bytes`` is the longest body, written as a JSON string, that can be carried to a client;
    ``observe`` is called after every request; one that succeeds is logged at ``success_level``;
    ``is_overloaded`` tells whether a request would wait too long for its turn; ``bodies`` bounds
    the bodies under way, by default those of this process alone; ``observe_error`` is called with
    each error that a request is answered with; ``tell`` takes a span of every request, by default
    none is made.
    """
    admissions, changes = services.admissions, services.changes

    def serve(app: FastAPI) -> ASGIApp:
        middleware = partial(
            ApiMiddleware,
            lifespan=app.router,
            services=services,
            answer_bytes=answer_bytes,
            is_overloaded=is_overloaded,
            observe_error=observe_error,
        )
        api = partial(
            middleware,
            router=Router(app.routes, dialect_for),
            dialect_for=dialect_for,
            direct_path=http_functions.DIRECT,
            fast_path=(
                FastPath(services, admissions, _FAST, observe_error) if admissions else None
            ),
            responses=ResponseCache(changes) if changes else None,
        )
        functions = partial(
            middleware,
            router=Router(http_functions.HOST_ROUTES, http_functions.host_dialect),
            dialect_for=http_functions.host_dialect,
            direct_path=http_functions.HOST_DIRECT,
        )

        def serve_all(log: RequestLog) -> ASGIApp:
            if not services.function_hosts:
                return api(log=log)
            # Few servers have such hosts.
            from isolambda_api.http_functions.hosts import FunctionHosts  # noqa: PLC0415

            return FunctionHosts(services.function_hosts, functions(log=log), api(log=log))

        if tell is None:
            return serve_all(RequestLog(observe, success_level))
        # A server without a collector does without.
        from isolambda_api.http.tracing import TracedApp, TracedRequestLog  # noqa: PLC0415

        return TracedApp(serve_all(TracedRequestLog(observe, success_level, tell)))

    app = _Api(
        serve=serve,
        documentation=_documentation,
        title="Isolambda",
        version=__version__,
        summary="JavaScript functions kept as documents and run safely.",
        description=_DESCRIPTION,
        routes=[
            *http_functions.ROUTES,
            *mcp.ROUTES,
            *front_page.ROUTES,
            *docs_page.routes(),
            *plain_files.ROUTES,
            *receipts.ROUTES,
            *health.router.routes,
            *(route for resource in RESOURCES for route in resource.router.routes),
        ],
        docs_url=None,  # FastAPI's page loads its scripts from another server
        redoc_url=None,
    )
    app.state.services = services
    app.state.bodies = bodies or BodiesUnderWay()
    return app


def dialect_for(path: str) -> Dialect:
    """Return the dialect of a path: crossbar's where no other has the prefix."""
    return next((dialect for dialect in _DIALECTS if dialect.owns(path)), _CROSSBAR)


def _documentation() -> Documentation:
    documentation = import_module("isolambda_api.documentation")
    bodies = documentation.bodies_of(RESOURCES)

    def describe(route: APIRoute) -> Mapping[str, Any]:
        described: Mapping[str, Any] = documentation.describe(
            route, dialect_for(route.path), bodies
        )
        return described

    paths = import_module("isolambda_api.http_functions.openapi")
    requests = documentation.requests_of(bodies)
    return Documentation(describe, requests, paths.PATHS, paths.SCHEMAS)
