"""Answer the most frequent requests without FastAPI: plain executions that succeed.

A request that is in any way special goes on, with its body, to the route that FastAPI documents;
every rule and every error is written there alone. Both ways give the same answers.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response
from starlette.types import Message, Receive, Scope

from isolambda_api.http.authentication import charge
from isolambda_api.http.context import RequestContext, context_of
from isolambda_api.http.request_log import ObserveError, no_error_observer
from isolambda_api.http.services import Services
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.json_text import InvalidJsonError
from isolambda_core.domain.limits import READ_ON_LOOP_BYTES
from isolambda_core.services.executions.admissions import Admission, AdmissionService
from isolambda_core.services.executions.execution import Resolved

HeaderLines = list[tuple[bytes, bytes]]

SPECIAL_HEADERS: Final = frozenset(
    (
        b"cdn-loop",
        b"content-encoding",
        b"idempotency-key",
        b"prefer",
        b"x-affinity-key",
        b"x-callback-url",
        b"x-pretty-print",
    )
)
"""Headers that ask for something that only the routes do."""
_JSON: Final = (None, b"application/json", b"application/json; charset=utf-8")
_ACCEPTED: Final = (None, b"*/*", b"application/json")


@dataclass(slots=True)
class PlainRequest:
    """A request that is served without FastAPI's, until it turns out to need one."""

    scope: Scope
    receive: Receive
    headers: Mapping[bytes, bytes]
    context: RequestContext

    def as_request(self) -> Request:
        """Return it as the functions have it that serve all requests."""
        state = {**self.scope.get("state", {}), "context": self.context}
        return Request({**self.scope, "state": state}, self.receive)


def plain_request_of(request: Request) -> PlainRequest:
    """Return a request, whose headers have one line each, as what needs no FastAPI takes it."""
    scope = request.scope
    return PlainRequest(scope, request.receive, dict(scope["headers"]), context_of(request))


Requested = tuple[str, str | None, str, bytes | None]
"""Who asks for which function: the key or token, the account and the function.

Without an account, that of the key. The payload is the last, where it is in the query of a GET, and
None where it is in the body.
"""


@dataclass(slots=True)  # frozen, it takes several times as long to make
class Answer:
    """An answer as it is sent, without the headers that every answer has."""

    status: int
    headers: HeaderLines
    body: bytes

    def as_response(self) -> Response:
        """Return it as the endpoint of a route does."""
        response = Response(self.body, self.status)
        response.raw_headers = self.headers
        return response


@dataclass(frozen=True, slots=True)
class FastRoute:
    """A route with a fast path.

    Attributes:
        verb: The only verb.
        path: Matches the whole path.
        template: The path of the documented route.
        cost: The tokens of the rate limit that a request takes; 0 leaves the bucket alone.
        trigger: What causes its executions; see ``Origin``.
        as_callflow: Whether the result must be a callflow.
        find: Returns who asks for what, by path, headers and query; None if the request is special.
        read: Returns the payload in a body; None if the request is special. May raise
            ``InvalidJsonError``.
        execute: Executes an invocation of what it was resolved to, and returns the answer.
        render_error: Answers an error of the execution.
    """

    verb: str
    path: re.Pattern[str]
    template: str
    cost: int
    trigger: str
    as_callflow: bool
    find: Callable[[re.Match[str], Mapping[bytes, bytes], bytes], Requested | None]
    read: Callable[[bytes], bytes | None]
    execute: Callable[[Services, Invocation, Resolved, PlainRequest], Awaitable[Answer]]
    render_error: Callable[[Request, Exception], Response]


@dataclass(frozen=True, slots=True)
class FastPath:
    """The routes that have a fast path, and what serves them.

    ``observe_error`` is called with each error that a request is answered with.
    """

    services: Services
    admissions: AdmissionService
    routes: tuple[FastRoute, ...]
    observe_error: ObserveError = no_error_observer

    def find(self, scope: Scope) -> tuple[FastRoute, re.Match[str]] | None:
        """Return the route of a request, and the match of its path."""
        verb, path = scope["method"], scope["path"]
        for route in self.routes:
            if route.verb == verb and (match := route.path.fullmatch(path)):
                return route, match
        return None

    async def serve(
        self, route: FastRoute, match: re.Match[str], request: PlainRequest
    ) -> Answer | Receive:
        """Execute, and return the answer; or what receives the whole request, which is special."""
        scope, headers, context = request.scope, request.headers, request.context
        if len(headers) != len(scope["headers"]) or not are_plain(headers):
            return request.receive
        try:
            requested = route.find(match, headers, scope["query_string"])
            if requested is None:
                return request.receive
            credential, account_id, function_id, payload = requested
            admission = await self.admissions.admit(credential, account_id, function_id)
        except IsolambdaError:  # which the route reports, before it reads the body
            return request.receive
        context.caller = admission.caller
        if admission.caller.token is not None:
            context.auth_token = credential
        context.template = route.template
        try:
            return await self._execute(route, request, admission, payload)
        except IsolambdaError as error:
            self.observe_error(error)
            return answer_of(route.render_error(request.as_request(), error))

    async def _execute(
        self, route: FastRoute, request: PlainRequest, admission: Admission, payload: bytes | None
    ) -> Answer | Receive:
        message: Message | None = None
        try:
            if payload is None:
                message = await request.receive()
                body = message.get("body", b"")
                if not message.get("more_body") and len(body) <= READ_ON_LOOP_BYTES:
                    payload = route.read(body)
            if payload is None:
                return _replaying(message, request.receive)
            charge(request.scope, request.context, self.services, admission.caller, route.cost)
        except (InvalidJsonError, IsolambdaError):
            return _replaying(message, request.receive)
        function = admission.resolved.function
        invocation = Invocation(
            function.account_id,
            function.id,
            payload,
            origin=Origin(route.trigger, request.context.request_id),
            as_callflow=route.as_callflow,
            tenant=admission.tenant,
        )
        return await route.execute(self.services, invocation, admission.resolved, request)


def are_plain(headers: Mapping[bytes, bytes]) -> bool:
    """Return whether headers ask for nothing but JSON in the usual form."""
    return (
        SPECIAL_HEADERS.isdisjoint(headers)
        and headers.get(b"content-type") in _JSON
        and headers.get(b"accept") in _ACCEPTED
    )


def credential_of(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the key or token in one of the two usual headers; None if it may be elsewhere."""
    token = headers.get(b"x-auth-token")
    authorization = headers.get(b"authorization")
    if token is not None and authorization is None:
        return token.decode("latin-1") or None
    if token is None and authorization is not None and authorization[:7] == b"Bearer ":
        return authorization[7:].decode("latin-1") or None
    return None


def answer_of(response: Response) -> Answer:
    """Return a response as an answer."""
    return Answer(response.status_code, response.raw_headers, bytes(response.body))


def _replaying(message: Message | None, receive: Receive) -> Receive:
    """Return what receives a request of which ``message`` was received already."""
    if message is None:
        return receive
    messages = [message]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
