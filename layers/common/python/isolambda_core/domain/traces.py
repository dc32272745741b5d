"""What a collector of traces gets: spans and log lines, and the request that is under way.

Nothing here holds a source, an input, a result, a path, a query or a secret.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from secrets import token_hex
from typing import Final

from isolambda_core.domain.ids import is_id

Attributes = Mapping[str, str | int | float | bool]

_SPAN_BYTES: Final = 8
_NO_TRACE: Final = "0" * 32
_VERBS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class SpanKind(Enum):
    """What a span is to those around it, as OpenTelemetry has it."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"


@dataclass(slots=True)
class Span:
    """Something that was done; ids are lower-case hexadecimal, times Unix nanoseconds.

    ``error`` says in a word why it failed, None where it did not.
    """

    name: str
    kind: SpanKind
    trace_id: str
    span_id: str
    parent_id: str | None
    began_ns: int
    ended_ns: int
    attributes: Attributes = field(default_factory=dict)
    error: str | None = None


@dataclass(slots=True)
class LogEntry:
    """A line of the log; ``level`` is one of ``logging``.

    ``span_id`` is that of the request under way, and ``trace_id`` its trace, if they are known.
    """

    at_ns: int
    level: int
    text: str
    trace_id: str | None = None
    span_id: str | None = None
    attributes: Attributes = field(default_factory=dict)


Tell = Callable[[Span | LogEntry], None]
"""Takes what is to be sent, at once and without waiting for anything."""


@dataclass(slots=True)
class Trace:
    """The request that is under way, as its spans and those below it know it.

    ``trace_id`` and ``parent_id`` are its client's, None without a client that traces.
    ``is_sampled``: whether spans are made of it.
    """

    trace_id: str | None = None
    parent_id: str | None = None
    is_sampled: bool = True
    span_id: str = field(default_factory=lambda: token_hex(_SPAN_BYTES))

    def id_for(self, request_id: str) -> str:
        """Return the id of the trace, which is that of the request where a client has none."""
        if self.trace_id is None:
            self.trace_id = trace_id_of(request_id) or token_hex(16)
        return self.trace_id

    def parent_for(self, request_id: str) -> str:
        """Return what :meth:`below` makes the trace of, for what is done later.

        It is written as a ``traceparent`` (https://www.w3.org/TR/trace-context).
        """
        return f"00-{self.id_for(request_id)}-{self.span_id}-{int(self.is_sampled):02x}"

    @staticmethod
    def below(parent: str) -> "Trace":
        """Return the trace of what is done below the span that :meth:`parent_for` returned."""
        _, trace_id, span_id, flags = parent.split("-")
        return Trace(trace_id, is_sampled=flags == "01", span_id=span_id)


under_way: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The request that this context serves, where requests are traced."""


def new_span_id() -> str:
    """Return an id for a span that no other has."""
    return token_hex(_SPAN_BYTES)


def span_id_of(execution_id: str) -> str:
    """Return the id for the span of an execution that others are below before it has ended."""
    return execution_id[-2 * _SPAN_BYTES :]


def trace_id_of(request_id: str) -> str | None:
    """Return the id of the trace that a request id names; None where it is no such id."""
    return request_id if is_id(request_id) and request_id != _NO_TRACE else None


def verb_of(method: str) -> str:
    """Return a method of HTTP, or what stands for all that a client may invent."""
    return method if method in _VERBS else "_OTHER"
