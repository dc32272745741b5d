"""What is known of a request and its answer besides what the client sent."""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol, cast

from fastapi import Request

from isolambda_api.http.bodies_under_way import BodyUnderWay
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.accounts.rate_limits import RateLimitUsage
from isolambda_core.domain.ids import new_id

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# https://www.w3.org/TR/trace-context: ids of zeros are invalid, and so is version ff; what versions
# after 00 add is behind another dash.
_TRACE_PARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
    r"(?:-.*)?"
)


class ReusableBody(Protocol):
    """The body of an answer but for what belongs to one request; see ``ResponseCache``."""

    @property
    def etag(self) -> str:
        """The revision of the answer, without quotes."""
        ...

    @property
    def size(self) -> int:
        """The bytes that it holds."""
        ...

    def complete(self, context: "RequestContext") -> bytes:
        """Return the whole body of an answer to a request."""
        ...


@dataclass(slots=True)
class RequestContext:
    """One request and its answer.

    ``node`` names the process that answers, ``received_at`` is Unix seconds. ``caller`` is known
    when a key or token was authenticated; ``auth_token`` is the token, never a key. ``tokens`` are
    what the bucket has left. ``template`` is the path as the router knows it, ``-`` before that,
    and ``verbs`` are what it takes. ``credential`` is what ``caller`` was authenticated by, and
    ``account`` the one in the path, once the caller reaches it. ``body`` is what the request holds
    of the bytes of bodies under way, and ``reusable`` the body of a read that succeeded. ``cors``
    are headers for pages of other origins, where a trigger says which.
    """

    request_id: str
    node: str
    received_at: int
    caller: Caller | None = None
    auth_token: str | None = None
    tokens: RateLimitUsage = field(default=RateLimitUsage(0, 0))
    template: str = "-"
    verbs: Set[str] = frozenset()
    is_charged: bool = False
    credential: str | None = field(default=None, repr=False)
    account: Account | None = None
    body: BodyUnderWay | None = None
    reusable: ReusableBody | None = None
    cors: Sequence[tuple[str, str]] = ()

    @property
    def tenant(self) -> str | None:
        """The tenant that the request is for; None while no key or token was authenticated."""
        if self.account is not None:
            return self.account.tenant
        return None if self.caller is None else self.caller.account_id

    @property
    def key_id(self) -> str | None:
        """The id of the caller's API key; None while no key or token was authenticated."""
        return None if self.caller is None else self.caller.api_key.id


def context_of(request: Request) -> RequestContext:
    """Return the context that :class:`ApiMiddleware` opened for a request."""
    return cast("RequestContext", request.state.context)


def adopt_request_id(
    given: str | None, trace_parent: str | None = None, new: Callable[[], str] = new_id
) -> str:
    """Return the client's own request id when it is one that is safe to repeat.

    Else the id of the trace that it is in, by its header ``traceparent``; else a ``new`` one.
    """
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    trace = _TRACE_PARENT.fullmatch(trace_parent) if trace_parent else None
    return trace[1] if trace else new()


def trace_parent_of(given: str) -> tuple[str, str, int] | None:
    """Return the ids of the trace and of the span in a ``traceparent``, and its flags.

    None for one that is malformed.
    """
    parent = _TRACE_PARENT.fullmatch(given)
    return None if parent is None else (parent[1], parent[2], int(parent[3], 16))
