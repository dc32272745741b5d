"""Executions as they end, from the API's ``logs``: a cursor, and a long poll."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import count
from time import monotonic, sleep
from typing import Any

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError, RedirectError, UnreachableError
from isolambda_cli.command import warn
from isolambda_core.domain.limits import LOG_ENTRIES_MAX, LOG_WAIT_S

_PAUSES_S = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Before each attempt to reach a server again; the last one from then on."""
_LONGEST_S = 60.0
"""Before an attempt, whatever a server wants: it follows nothing meanwhile."""
_LEAST_S = 0.5
"""Between two questions, where a server does not wait."""
_FOR_NOW = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


def entries_of(api: Api, *, follow: bool, page_size: int, **query: Any) -> Iterator[dict[str, Any]]:
    """Yield the last ``page_size`` executions, the oldest first; with ``follow``, all after them.

    A server that goes away is asked again until it is back, behind what was yielded before. A line
    on stderr says so.

    Raises:
        ApiError: the API refuses, and not for now alone.
        UnreachableError: the server does not answer the first request.
    """
    found = api.get("logs", page_size=page_size, **query)
    yield from found["entries"]
    while follow:
        before = monotonic()
        found = _asked_again(
            api, after=found["cursor"], wait_s=LOG_WAIT_S, page_size=LOG_ENTRIES_MAX, **query
        )
        yield from found["entries"]
        if not found["entries"] and monotonic() - before < _LEAST_S:
            sleep(_LEAST_S)


def _asked_again(api: Api, **query: Any) -> Any:
    for attempt in count():
        try:
            found = api.get("logs", **query)
        except (ApiError, UnreachableError) as error:
            if not _is_for_now(error):
                raise
            if attempt == 0:
                warn(f"{error}; trying again")
            sleep(_pause_of(error, attempt))
        else:
            if attempt:
                warn(f"{api.url} is back")
            return found
    raise AssertionError  # `count` has no end


def _is_for_now(error: ApiError | UnreachableError) -> bool:
    if isinstance(error, ApiError):
        return error.status in _FOR_NOW
    return not isinstance(error, RedirectError)


def _pause_of(error: ApiError | UnreachableError, attempt: int) -> float:
    wanted = error.retry_after_s if isinstance(error, ApiError) else None
    return min(float(wanted or _PAUSES_S[min(attempt, len(_PAUSES_S) - 1)]), _LONGEST_S)
