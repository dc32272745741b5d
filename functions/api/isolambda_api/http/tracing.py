"""Spans of requests: made when an answer is sent, of what its log line has."""

import logging
from dataclasses import dataclass
from time import perf_counter, time_ns
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from isolambda_api.http.context import trace_parent_of
from isolambda_api.http.request_log import LOG, Observe, RequestLog, duration_ms
from isolambda_core.domain.traces import LogEntry, Span, SpanKind, Tell, Trace, under_way, verb_of

_NAME: Final = b"traceparent"
_SAMPLED: Final = 1
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TracedApp:
    """Serves each request as part of the trace of its client, or as a trace of its own.

    Of a client that says it keeps no spans of a trace, none are made here either.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; other kinds of connection pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = under_way.set(_trace_of(scope))
        try:
            await self.app(scope, receive, send)
        finally:
            under_way.reset(token)


class TracedRequestLog(RequestLog):
    """Tells of each request besides; see ``RequestLog``."""

    def __init__(self, observe: Observe, success_level: int, tell: Tell) -> None:
        super().__init__(observe, success_level)
        self._tell = tell

    @override
    def add(self, verb: str, route: str, status: int | None, began: float, request_id: str) -> None:
        super().add(verb, route, status, began, request_id)
        self._tell_of(verb, route, status, began, request_id)

    @override
    def add_soon(
        self, verb: str, route: str, status: int | None, began: float, request_id: str
    ) -> None:
        super().add_soon(verb, route, status, began, request_id)
        if status is not None and status < _CLIENT_ERROR:  # else it was added
            self._tell_of(verb, route, status, began, request_id)
            self._tell_line_of(verb, route, status, began, request_id)

    def _tell_line_of(
        self, verb: str, route: str, status: int, began: float, request_id: str
    ) -> None:
        """Tell of the line by itself: those that are logged together are of many traces."""
        level = self._success_level
        if level < logging.INFO or not LOG.isEnabledFor(level):
            return
        took_ms = duration_ms(began, perf_counter())
        trace = under_way.get()
        attributes: dict[str, str | int | float | bool] = {
            "code.namespace": LOG.name,
            "method": verb,
            "route": route,
            "status": status,
            "duration_ms": took_ms,
            "request_id": request_id,
        }
        self._tell(
            LogEntry(
                time_ns(),
                level,
                f"{verb} {route} {status} {took_ms} ms",
                None if trace is None else trace.id_for(request_id),
                None if trace is None else trace.span_id,
                attributes,
            )
        )

    def _tell_of(
        self, verb: str, route: str, status: int | None, began: float, request_id: str
    ) -> None:
        trace = under_way.get()
        if trace is None or not trace.is_sampled:
            return
        now_ns = time_ns()
        name = verb_of(verb)
        attributes: dict[str, str | int | float | bool] = {
            "http.request.method": name,
            "http.route": route,
            "isolambda.request_id": request_id,
        }
        if status is not None:
            attributes["http.response.status_code"] = status
        self._tell(
            Span(
                f"{name} {route}",
                SpanKind.SERVER,
                trace.id_for(request_id),
                trace.span_id,
                trace.parent_id,
                now_ns - round((perf_counter() - began) * _NS_PER_S),
                now_ns,
                attributes,
                _error_of(status),
            )
        )


def _trace_of(scope: Scope) -> Trace:
    given = [value for name, value in scope["headers"] if name == _NAME]
    # Two of them are no parent, as one that is malformed.
    parent = trace_parent_of(given[0].decode("latin-1")) if len(given) == 1 else None
    if parent is None:
        return Trace()
    trace_id, span_id, flags = parent
    return Trace(trace_id, span_id, is_sampled=bool(flags & _SAMPLED))


def _error_of(status: int | None) -> str | None:
    if status is None:
        return "no_answer"
    return str(status) if status >= _SERVER_ERROR else None
