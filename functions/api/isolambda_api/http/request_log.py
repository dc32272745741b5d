"""Log one line for each request, and report it to an observer."""

import logging
from asyncio import get_running_loop
from collections.abc import Callable
from time import perf_counter
from typing import Final

from typing_extensions import override

LOG: Final = logging.getLogger(__name__)
_CLIENT_ERROR: Final = 400
_LINES_S: Final = 0.1
"""How long the lines of plain requests wait for others; at 10 000 a second a megabyte."""

Observe = Callable[[str, int | None, float], None]
"""Receives the template of a request's path, ``-`` where there is none; the status, None where
there was no answer; and the duration in milliseconds."""


def no_observer(_route: str, _status: int | None, _duration_ms: float) -> None:
    """Observe nothing."""


RequestLine = tuple[str, str, int, float, float, str]
"""Verb, route and status of a request, when it began and ended, in seconds of ``perf_counter``, and
its id. It is no class, which takes several times as long to make."""


class RequestLines(list[RequestLine]):
    """The lines of requests that ended at about the same time: the message of one log record.

    All of it is printable. A formatter that knows it makes a line of each request; for any other it
    is a text.
    """

    @override
    def __str__(self) -> str:
        return "\n".join(
            f"{verb} {route} {status} {duration_ms(began, ended)} ms {request_id}"
            for verb, route, status, began, ended, request_id in self
        )


ObserveError = Callable[[Exception], None]
"""Receives each error that a request is answered with."""


def no_error_observer(_error: Exception) -> None:
    """Observe nothing."""


class RequestLog:
    """The lines of requests; a path itself is not in them: a client may put anything into it.

    A request whose status is below 400 is logged at ``success_level``, all others at INFO.
    """

    def __init__(self, observe: Observe, success_level: int) -> None:
        self._observe = observe
        self._success_level = success_level
        self._put_aside = RequestLines()

    def add(self, verb: str, route: str, status: int | None, began: float, request_id: str) -> None:
        """Log a request that began at ``began``, in seconds of ``perf_counter``, and ends now."""
        took_ms = duration_ms(began, perf_counter())
        line = {
            "method": verb,
            "route": route,
            "status": status,
            "duration_ms": took_ms,
            "request_id": request_id,
        }
        succeeded = status is not None and status < _CLIENT_ERROR
        LOG.log(
            self._success_level if succeeded else logging.INFO,
            "%(method)s %(route)s %(status)s %(duration_ms)s ms",
            line,
            extra=line,
        )
        self._observe(route, status, took_ms)

    def add_soon(
        self, verb: str, route: str, status: int | None, began: float, request_id: str
    ) -> None:
        """Log a request as :meth:`add`, together with others that succeed at about the same time.

        A record of ``logging`` takes as long as the rest of a plain execution.
        """
        if status is None or status >= _CLIENT_ERROR:
            self.add(verb, route, status, began, request_id)
            return
        if not self._put_aside:
            get_running_loop().call_later(_LINES_S, self.flush)
        self._put_aside.append((verb, route, status, began, perf_counter(), request_id))

    def flush(self) -> None:
        """Log the requests that :meth:`add_soon` has put aside."""
        put_aside, self._put_aside = self._put_aside, RequestLines()
        if put_aside:
            LOG.log(self._success_level, put_aside)
        if self._observe is not no_observer:
            for _, route, status, began, ended, _ in put_aside:
                self._observe(route, status, duration_ms(began, ended))


def duration_ms(began: float, ended: float) -> float:
    """Return the milliseconds between two times in seconds, with one digit."""
    return int((ended - began) * 10_000 + 0.5) / 10
