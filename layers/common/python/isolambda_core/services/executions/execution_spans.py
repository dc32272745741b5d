"""Spans of executions and of their fetches, made of what is known when they have ended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from time import time_ns
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.traces import (
    Attributes,
    Span,
    SpanKind,
    Tell,
    Trace,
    new_span_id,
    span_id_of,
    trace_id_of,
    under_way,
    verb_of,
)

_NS_PER_MS: Final = 1_000_000
_HOST_CHARACTERS: Final = 255
_SERVER_ERROR: Final = 500
_AUTHORITY: Final = re.compile(r"([^:]+|\[[^\]]+\]):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class ExecutionSpans:
    """Tells of each execution that ends; one without a request is a trace of its own.

    One that was queued is below the request that queued it.
    """

    tell: Tell

    def observe(self, invocation: Invocation, result: ExecutionResult) -> None:
        """Tell of an execution and of its fetches; see ``ObserveExecution``."""
        trace = under_way.get()
        queued_by = invocation.origin.trace_parent
        if trace is None and queued_by is not None:
            trace = Trace.below(queued_by)
        if trace is not None and not trace.is_sampled:
            return
        for span in _spans_of(invocation, result, trace, time_ns()):
            self.tell(span)


def _spans_of(
    invocation: Invocation, result: ExecutionResult, trace: Trace | None, now_ns: int
) -> Iterator[Span]:
    request_id = invocation.origin.request_id
    if trace is None:
        trace_id, parent_id = trace_id_of(request_id) or result.execution_id, None
    else:
        trace_id, parent_id = trace.id_for(request_id), trace.span_id
    began_ns = now_ns - round(result.usage.wall_ms * _NS_PER_MS)
    failed = result.outcome is not Outcome.OK
    execution = Span(
        "execution",
        SpanKind.INTERNAL,
        trace_id,
        # One that is attempted again has as many spans as attempts, and calls no tools.
        new_span_id() if invocation.tools is None else span_id_of(result.execution_id),
        parent_id,
        began_ns,
        now_ns,
        _attributes_of(invocation, result),
        result.outcome.value if failed else None,
    )
    yield execution
    ended_ns = began_ns
    for fetch in result.fetches:
        # The record says how long a fetch took and which one ended before it, and not when it
        # began: it has the earliest times that are possible.
        took_ns = round(fetch.ms * _NS_PER_MS)
        ended_ns = min(now_ns, max(ended_ns, began_ns + took_ns))
        yield _span_of(fetch, execution, max(began_ns, ended_ns - took_ns), ended_ns)


def _attributes_of(invocation: Invocation, result: ExecutionResult) -> Attributes:
    usage = result.usage
    return {
        "isolambda.execution_id": result.execution_id,
        "isolambda.account_id": invocation.account_id,
        "isolambda.function_id": invocation.function_id,
        "isolambda.trigger": invocation.origin.trigger,
        "isolambda.outcome": result.outcome.value,
        "isolambda.cpu_ms": usage.cpu_ms,
        "isolambda.memory_mb": usage.memory_mb,
        "isolambda.cold": usage.cold,
    }


def _span_of(fetch: FetchRecord, execution: Span, began_ns: int, ended_ns: int) -> Span:
    verb = verb_of(fetch.method)
    attributes: dict[str, str | int | float | bool] = {
        "http.request.method": verb,
        **_server_of(fetch.host),
        "http.request.body.size": fetch.sent_bytes,
        "http.response.body.size": fetch.received_bytes,
        "isolambda.start": "earliest",
    }
    error = fetch.error
    if fetch.status is not None:
        attributes["http.response.status_code"] = fetch.status
        if error is None and fetch.status >= _SERVER_ERROR:
            error = str(fetch.status)
    return Span(
        f"fetch {verb}",
        SpanKind.CLIENT,
        execution.trace_id,
        new_span_id(),
        execution.span_id,
        began_ns,
        ended_ns,
        attributes,
        error,
    )


def _server_of(host: str) -> Attributes:
    """Return the attributes of a host, which may have a port behind it."""
    found = _AUTHORITY.fullmatch(host)
    if found is None:
        return {"server.address": host[:_HOST_CHARACTERS]}
    return {"server.address": found[1][:_HOST_CHARACTERS], "server.port": int(found[2])}
