"""What is done for every request, whichever dialect it speaks."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from time import perf_counter

from fastapi import Request, Response
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from isolambda_api.http.authentication import actor_of
from isolambda_api.http.context import (
    RequestContext,
    adopt_request_id,
    context_of,
)
from isolambda_api.http.dialect import Dialect, DirectPath
from isolambda_api.http.errors import OverloadedError
from isolambda_api.http.fast_path import Answer, FastPath, FastRoute, PlainRequest
from isolambda_api.http.headers import joined
from isolambda_api.http.health import ALWAYS_ANSWERED
from isolambda_api.http.request_log import ObserveError, RequestLog, no_error_observer
from isolambda_api.http.response_cache import PlainRead, ResponseCache
from isolambda_api.http.response_sender import ON_EVERY_ANSWER, ResponseSender
from isolambda_api.http.router import UNKNOWN, PathMatch, Router
from isolambda_api.http.services import Services
from isolambda_core.domain.acting import act_as
from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.errors import IsolambdaError, kind_of
from isolambda_core.domain.ids import NewIds, new_id

_LOG = logging.getLogger(__name__)
_OK = 200
_SERVER_ERROR = 500
_CLIENT_LEFT = 499  # for the log alone, as nginx has it: no client receives it


class ApiMiddleware:
    """The one layer between the server and the routes, plain ASGI.

    Joins the lines of each header, makes the request's context, finds the route and calls it,
    renders every exception, answers preflights, serves HEAD as GET, adds the request id and the
    headers of CORS to the response, and logs one line. Nothing else handles exceptions, and nothing
    else looks at the path: ``scope`` has ``route``, ``endpoint`` and ``path_params``.

    Args:
        lifespan: Serves every other kind of connection.
        router: Finds the route of a path and a verb.
        dialect_for: Chooses the dialect of a path.
        services: Its catalog lets the reads of a request come from memory.
        answer_bytes: The longest body, as a JSON string, that whatever carries answers takes; None
            where nothing limits it.
        log: Has one line of each request.
        is_overloaded: Tells whether a request would wait too long for its turn.
        direct_path: Knows the paths whose requests need no router.
        fast_path: Answers plain executions; None where the routes answer all requests.
        responses: Answers plain reads again; None where the routes answer all requests.
        observe_error: Is called with each error that a request is answered with.
    """

    def __init__(  # noqa: PLR0913 - it is what all requests need
        self,
        lifespan: ASGIApp,
        router: Router,
        dialect_for: Callable[[str], Dialect],
        services: Services,
        *,
        answer_bytes: int | None,
        log: RequestLog,
        is_overloaded: Callable[[], bool],
        direct_path: DirectPath,
        fast_path: FastPath | None = None,
        responses: ResponseCache | None = None,
        observe_error: ObserveError = no_error_observer,
    ) -> None:
        self._observe_error = observe_error
        self._is_overloaded = is_overloaded
        self._direct_path = direct_path
        self._fast_path = fast_path
        self._responses = responses
        self._lifespan = lifespan
        self._endpoint = AsyncExitStackMiddleware(_call_route)  # FastAPI's routes ask for its stack
        self._answer_bytes = answer_bytes
        self._router = router
        self._dialect_for = dialect_for
        self._services = services
        self._catalog = services.catalog
        self._clock = services.clock
        self._log = log
        self._new_id = NewIds()

    @cached_property
    def _node(self) -> str:
        # Not before the first request: many processes may start from a snapshot of this one.
        return new_id()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._lifespan(scope, receive, send)
            self._log.flush()
            return
        if self._fast_path is not None and (found := self._fast_path.find(scope)):
            passed_on = await self._serve_fast(self._fast_path, found, scope, receive, send)
            if passed_on is None:
                return
            receive = passed_on
        responses = self._responses
        read = None if responses is None else responses.plain_read(scope)
        if read is not None and await self._serve_again(read, scope, receive, send):
            return
        if await self._serve_directly(scope, receive, send):
            return
        scope = {**scope, "headers": joined(scope["headers"])}
        headers = Headers(scope=scope)
        request_id = adopt_request_id(headers.get("x-request-id"), headers.get("traceparent"))
        correlate(request_id)
        context = RequestContext(request_id, self._node, self._clock.now())
        scope = {
            **scope,
            "path": scope["path"].removesuffix("/") or "/",
            "state": {**scope.get("state", {}), "context": context},
        }
        is_head = scope["method"] == "HEAD"
        dialect = self._dialect_for(scope["path"])
        answer = ResponseSender(send, request_id, self._answer_bytes, dialect, has_body=not is_head)
        began = perf_counter()
        act_as(partial(actor_of, scope, context))
        try:
            with self._catalog.reading():
                route = await self._serve(dialect, scope, receive, answer)
        finally:
            if context.body is not None:
                context.body.release()
        if responses is not None and read is not None and answer.status == _OK:
            responses.keep(read, scope["endpoint"], context)
        verb = "HEAD" if is_head else scope["method"]
        self._log.add(verb, route, answer.status, began, request_id)

    async def _serve_directly(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request whose path is known beforehand; return whether it is one."""
        direct_path = self._direct_path
        template = direct_path.template_of(scope)
        if template is None:
            return False
        headers = dict(scope["headers"])
        # A header of several lines is to be joined.
        if len(headers) != len(scope["headers"]) or self._is_overloaded():
            return False
        request = self._open(scope, receive, headers)
        context, verb = request.context, scope["method"]
        context.template = template
        answer = ResponseSender(
            send,
            context.request_id,
            self._answer_bytes,
            direct_path.dialect,
            has_body=verb != "HEAD",
        )
        began = perf_counter()
        act_as(partial(actor_of, scope, context))
        try:
            with self._catalog.reading():
                await answer.send_plain(await direct_path.answer(request, self._services))
        except Exception as error:
            failed = request.as_request()
            await self._answer_error(direct_path.dialect, template, failed, error, answer)
        finally:
            if context.body is not None:
                context.body.release()
        self._log.add_soon(verb, template, answer.status, began, context.request_id)
        return True

    async def _serve_fast(
        self,
        fast_path: FastPath,
        found: tuple[FastRoute, re.Match[str]],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> Receive | None:
        """Answer a plain execution; return what receives the whole request if it is special."""
        route, match = found
        began = perf_counter()
        headers = dict(scope["headers"])
        request = self._open(scope, receive, headers)
        try:
            served = await fast_path.serve(route, match, request)
        except Exception as error:  # a fault of ours; the body is read, so no route can
            await self._fail(route, request, error, began, send)
            return None
        if not isinstance(served, Answer):
            return served
        await self._send(served, route.verb, request.context, began, send)
        return None

    async def _fail(
        self, route: FastRoute, opened: PlainRequest, error: Exception, began: float, send: Send
    ) -> None:
        """Answer and count a request that failed, as the routes do."""
        request_id, template = opened.context.request_id, opened.context.template
        dialect = self._dialect_for(opened.scope["path"])
        answer = ResponseSender(send, request_id, self._answer_bytes, dialect, has_body=True)
        await self._answer_error(dialect, template, opened.as_request(), error, answer)
        self._log.add(route.verb, template, answer.status, began, request_id)

    async def _serve_again(
        self, read: PlainRead, scope: Scope, receive: Receive, send: Send
    ) -> bool:
        """Answer a plain read as its route did before; return whether that is possible."""
        if read.response is None:
            return False
        began = perf_counter()
        request = self._open(scope, receive, read.headers)
        answer = read.response.answer(read.credential, request, self._services)
        if answer is None:
            return False
        await self._send(answer, "GET", request.context, began, send)
        return True

    def _open(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> PlainRequest:
        given, trace_parent = headers.get(b"x-request-id"), headers.get(b"traceparent")
        request_id = adopt_request_id(
            None if given is None else given.decode("latin-1"),
            None if trace_parent is None else trace_parent.decode("latin-1"),
            self._new_id,
        )
        context = RequestContext(request_id, self._node, self._clock.now())
        correlate(request_id)
        return PlainRequest(scope, receive, headers, context)

    async def _send(
        self, answer: Answer, verb: str, context: RequestContext, began: float, send: Send
    ) -> None:
        status, request_id = answer.status, context.request_id
        lines = [*answer.headers, (b"x-request-id", request_id.encode()), *ON_EVERY_ANSWER]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": answer.body})
        self._log.add_soon(verb, context.template, status, began, request_id)

    async def _serve(
        self, dialect: Dialect, scope: Scope, receive: Receive, answer: ResponseSender
    ) -> str:
        route = UNKNOWN
        request = Request(scope, receive)
        try:
            match = self._router.match(scope["path"], dialect)
            route = match.template
            if scope["method"] == "OPTIONS" and not dialect.is_plain:
                response = _preflight(match)
                await response(scope, receive, answer.send)
                return route
            if scope["method"] == "HEAD" and dialect.reads_by_get:
                scope["method"] = "GET"
            await self._route(dialect, request, match)
            if dialect.is_plain:
                response = await scope["endpoint"](request)
                await response(scope, receive, answer.send)
            else:
                await self._endpoint(scope, receive, answer.send)
        except Exception as error:  # whatever went wrong gets its answer
            await self._answer_error(dialect, route, request, error, answer)
        return route

    async def _answer_error(
        self,
        dialect: Dialect,
        route: str,
        request: Request,
        error: Exception,
        answer: ResponseSender,
    ) -> None:
        """Answer a request that failed, if it has no answer yet: the one place where that is."""
        if isinstance(error, ClientDisconnect):
            answer.status = _CLIENT_LEFT
            return
        if answer.status is not None:
            raise error
        self._observe_error(error)
        response = dialect.render_error(request, error)
        if response.status_code >= _SERVER_ERROR:
            line = {"method": request.method, "route": route, "reason": kind_of(error)}
            foreseen = isinstance(error, IsolambdaError)
            _LOG.log(
                logging.WARNING if foreseen else logging.ERROR,
                "%(method)s %(route)s failed: %(reason)s",
                line,
                extra=line,
                exc_info=None if foreseen else error,
            )
        await response(request.scope, request.receive, answer.send)

    async def _route(self, dialect: Dialect, request: Request, match: PathMatch) -> None:
        """Find the route, which may depend on the body, and put it into the scope."""
        scope, context = request.scope, context_of(request)
        scope["path_params"] = match.params
        context.template, context.verbs = match.template, match.verbs
        if match.template not in ALWAYS_ANSWERED and self._is_overloaded():
            raise OverloadedError
        await dialect.prepare(request)
        route = match.routes.get(scope["method"])
        if route is None:
            await run_in_threadpool(dialect.authorize, request)
            raise match.refusal
        scope["route"] = route
        scope["endpoint"] = route.endpoint


async def _call_route(scope: Scope, receive: Receive, send: Send) -> None:
    await scope["route"].handle(scope, receive, send)


def _preflight(match: PathMatch) -> Response:
    if not match.verbs:
        raise match.refusal
    allowed = ", ".join(sorted({*match.verbs, "OPTIONS"}))
    return Response(headers={"allow": allowed, "access-control-allow-methods": allowed})
