"""What is known of a request and its answer besides what the client sent."""

import re
from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.accounts.rate_limits import RateLimitUsage
from isolambda_core.domain.ids import new_id

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# https://www.w3.org/TR/trace-context: ids of zeros are invalid, and so is version ff; what versions
# after 00 add is behind another dash.
_TRACE_PARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


@dataclass(slots=True)
class RequestContext:
    """One request and its answer.

    ``node`` names the process that answers, ``received_at`` is Unix seconds. ``caller`` is known
    when a key or token was authenticated; ``auth_token`` is the token, never a key. ``tokens`` are
    what the bucket has left. ``template`` is the path as the router knows it, ``-`` before that.
    """

    request_id: str
    node: str
    received_at: int
    caller: Caller | None = None
    auth_token: str | None = None
    tokens: RateLimitUsage = field(default=RateLimitUsage(0, 0))
    template: str = "-"


def context_of(request: Request) -> RequestContext:
    """Return the context that :class:`ApiMiddleware` opened for a request."""
    return cast("RequestContext", request.state.context)


def adopt_request_id(given: str | None, trace_parent: str | None = None) -> str:
    """Return the client's own request id when it is one that is safe to repeat.

    Else the id of the trace that it is in, by its header ``traceparent``; else a new one.
    """
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    trace = _TRACE_PARENT.fullmatch(trace_parent or "")
    return trace[1] if trace else new_id()
