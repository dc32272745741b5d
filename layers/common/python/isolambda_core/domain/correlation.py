"""Give each log line the id of its request, in every Lambda that serves it."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def correlate(request_id: str) -> None:
    """Set the request id of all later log lines in this context."""
    _request_id.set(request_id)


def correlation_id() -> str | None:
    """Return the request id of this context; None where there is no request."""
    return _request_id.get() or None


def request_filter(level: Callable[[], int]) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that gives each line the id of its request, ``correlation_id``.

    It drops lines below ``level()``. The loggers cannot, because each request may have another
    level.
    """

    def mark(line: logging.LogRecord) -> bool:
        line.correlation_id = correlation_id()
        return line.levelno >= level()

    return mark
