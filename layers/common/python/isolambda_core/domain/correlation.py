"""Which request the lines of a log belong to, through every Lambda that has a part in it."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def correlate(request_id: str) -> None:
    """Let what is logged from here on, in this context, belong to a request."""
    _request_id.set(request_id)


def request_filter(level: Callable[[], int]) -> Callable[[logging.LogRecord], bool]:
    """Return a filter that gives each line the id of its request, ``correlation_id``.

    It drops lines below ``level()``; their loggers cannot, where each request may have another
    level.
    """

    def mark(line: logging.LogRecord) -> bool:
        line.correlation_id = _request_id.get() or None
        return line.levelno >= level()

    return mark
