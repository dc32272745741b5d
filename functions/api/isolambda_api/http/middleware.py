"""What is done for every request, whichever dialect it speaks."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property
from time import perf_counter

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isolambda_api.http.context import (
    RequestContext,
    adopt_request_id,
)
from isolambda_api.http.dialect import Dialect
from isolambda_api.http.errors import (
    MethodNotAllowedError,
    ResponseTooLargeError,
    UnknownPathError,
)
from isolambda_api.http.headers import joined
from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.ids import new_id
from isolambda_core.ports.clock import Clock

_LOG = logging.getLogger(__name__)
_SERVER_ERROR = 500
_CLIENT_LEFT = 499  # nobody gets this; it is what the log says, as nginx does

# Kx: src/api_resource.erl; the last eight of the headers allowed are ours.
_CORS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": (
        "content-type, depth, user-agent, x-http-method-override, x-file-size, x-requested-with, "
        "if-modified-since, x-file-name, cache-control, x-auth-token, x-kazoo-cluster-id, "
        "if-match, authorization, x-cm-projectid, x-request-id, if-none-match, "
        "x-affinity-key, prefer, idempotency-key, x-callback-url"
    ),
    "access-control-expose-headers": (
        "content-type, x-auth-token, x-request-id, x-kazoo-cluster-id, location, etag, "
        "x-function-version, x-execution-id, preference-applied, idempotent-replayed"
    ),
    "access-control-max-age": "86400",
}

Observe = Callable[[str, int | None, float], None]
"""What is told of a request: the template of its path, ``-`` where there is none; the status, None
where there was no answer; and how long it took, in milliseconds."""


def no_observer(_route: str, _status: int | None, _duration_ms: float) -> None:
    """Observe nothing."""


class ApiMiddleware:
    """The outermost layer of the app, plain ASGI.

    Joins the lines of each header, makes the request's context, finds the route, renders every
    exception, answers preflights, serves HEAD as GET, adds the request id and the headers of CORS
    to the response, and logs one line. Nothing else in the app handles exceptions: a handler for
    ``Exception`` would answer, but Starlette raises the exception again after it.

    Args:
        routes: All routes of the app, in the order in which they are matched.
        dialect_for: Chooses the dialect of a path.
        answer_bytes: The longest body, as a JSON string, that whatever carries answers takes; None
            where nothing limits it.
        observe: Is told of each request once it was served.
    """

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        dialect_for: Callable[[str], Dialect],
        clock: Clock,
        answer_bytes: int | None,
        observe: Observe,
    ) -> None:
        self._app = app
        self._answer_bytes = answer_bytes
        self._paths = _Paths(routes, dialect_for)
        self._dialect_for = dialect_for
        self._clock = clock
        self._observe = observe

    @cached_property
    def _node(self) -> str:
        # Not before the first request: many processes may start from a snapshot of this one.
        return new_id()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
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
        answer = _ResponseSender(send, request_id, self._answer_bytes, has_body=not is_head)
        began = perf_counter()
        route = await self._serve(scope, receive, answer)
        duration_ms = round((perf_counter() - began) * 1000, 1)
        line = {
            "method": "HEAD" if is_head else scope["method"],
            "route": route,
            "status": answer.status,
            "duration_ms": duration_ms,
            "request_id": request_id,
        }
        # The path itself is not logged: a client may have put anything into it.
        _LOG.info(
            "%(method)s %(route)s %(status)s %(duration_ms)s ms %(request_id)s", line, extra=line
        )
        self._observe(route, answer.status, duration_ms)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_ResponseSender") -> str:
        route = "-"
        dialect = self._dialect_for(scope["path"])
        request = Request(scope, receive)
        try:
            if scope["method"] == "OPTIONS":
                route, verbs = self._paths.find(scope["path"])
                await _preflight(verbs)(scope, receive, answer.send)
                return route
            if scope["method"] == "HEAD" and dialect.reads_by_get:
                scope["method"] = "GET"
            await dialect.open(request)
            route = await self._route(dialect, request)
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = _CLIENT_LEFT
        except Exception as error:  # the one place where whatever went wrong gets its answer
            if answer.status is not None:
                raise
            response = dialect.render(request, error)
            if response.status_code >= _SERVER_ERROR:
                _LOG.exception("%s %s failed: %s", scope["method"], route, answer.request_id)
            await response(scope, receive, answer.send)
        return route

    async def _route(self, dialect: Dialect, request: Request) -> str:
        try:
            route, verbs = self._paths.find(request.scope["path"])
            _require(request.scope["method"], verbs)
        except (UnknownPathError, MethodNotAllowedError):
            await run_in_threadpool(dialect.admit, request)
            raise
        return route


class _ResponseSender:
    """Sends an answer with the headers that every answer has, and remembers its status.

    The start of an answer is held back until its body, which is in one piece, has come: an answer
    that cannot be carried still becomes an error. An answer to HEAD tells how long its body would
    be, and goes without it.
    """

    def __init__(
        self, send: Send, request_id: str, body_bytes: int | None, *, has_body: bool
    ) -> None:
        self._send = send
        self._has_body = has_body
        self._body_bytes = body_bytes
        self._start: Message | None = None
        self.request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        """Send a message of ASGI.

        Raises:
            AnswerTooLargeError: the body is too long to be carried; nothing was sent.
        """
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.request_id
            headers["x-content-type-options"] = "nosniff"
            headers.update(_CORS)
            self._start = message
            return
        if self._start is not None:
            self._require_room(message.get("body", b""))
            start, self._start = self._start, None
            self.status = start["status"]
            await self._send(start)
        await self._send(message if self._has_body else {**message, "body": b""})

    def _require_room(self, body: bytes) -> None:
        # Lambda writes the body as a JSON string, in which a character is six at the most.
        if self._body_bytes is None or len(body) * 6 <= self._body_bytes:
            return
        used = len(json.dumps(body.decode(), ensure_ascii=False).encode())
        if used > self._body_bytes:
            raise ResponseTooLargeError(self._body_bytes, used)


class _Paths:
    """The verbs of each path.

    The first path that matches decides, whatever the verb: ``…/functions/samples`` is never the
    function called "samples". Starlette would go on looking for one that takes the verb. HEAD is a
    verb of what GET reads.
    """

    def __init__(self, routes: Iterable[BaseRoute], dialect_for: Callable[[str], Dialect]) -> None:
        self._verbs: dict[str, tuple[re.Pattern[str], set[str]]] = {}
        for route in routes:
            if isinstance(route, Route):
                _, verbs = self._verbs.setdefault(route.path, (route.path_regex, set()))
                verbs |= route.methods or set()
                if "GET" in verbs and dialect_for(route.path).reads_by_get:
                    verbs.add("HEAD")

    def find(self, path: str) -> tuple[str, Set[str]]:
        """Return the template of the path, and its verbs.

        Raises:
            UnknownPathError: no template matches.
        """
        for template, (pattern, verbs) in self._verbs.items():
            if pattern.match(path):
                return template, verbs
        raise UnknownPathError


def _require(verb: str, verbs: Set[str]) -> None:
    if verb not in verbs:
        raise MethodNotAllowedError(sorted(verbs))


def _preflight(verbs: Set[str]) -> Response:
    allowed = ", ".join(sorted({*verbs, "OPTIONS"}))
    return Response(headers={"allow": allowed, "access-control-allow-methods": allowed})
