"""How a request asks for an execution: now or later, once, and with which callback."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from isolambda_api.http.errors import ResponseTooLargeError
from isolambda_api.http.headers import prefers
from isolambda_api.http.raises import full, raises
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    ExecutionInProgressError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    LoopDetectedError,
    PayloadTooLargeError,
    TooManyExecutionsError,
)
from isolambda_core.domain.limits import (
    CALLBACK_URL_CHARACTERS,
    FETCH_HOPS,
    IDEMPOTENCY_KEY_CHARACTERS,
    IDEMPOTENCY_S,
    LAMBDA_ANSWER_BYTES,
    PAYLOAD_BYTES,
)

_RESPOND_ASYNC = "respond-async"
VERSION_HEADER = "x-function-version"
"""Names the version that ran, where the body cannot."""
EXECUTION_HEADER = "x-execution-id"
"""Names the execution, where the body cannot."""
PAYLOAD_TOO_LARGE = PayloadTooLargeError(PAYLOAD_BYTES, PAYLOAD_BYTES + 1)
RESPONSE_TOO_LARGE = ResponseTooLargeError(LAMBDA_ANSWER_BYTES, LAMBDA_ANSWER_BYTES + 1)
LOOP_DETECTED = LoopDetectedError(FETCH_HOPS, FETCH_HOPS + 1)
BUDGET_EXHAUSTED = BudgetExhaustedError("executions", "day", 9, 9, "2026-12-01T00:00:00Z", 60)
EXECUTION_ERRORS = (
    TooManyExecutionsError(2, 2),
    BUDGET_EXHAUSTED,
    ExecutorBusyError(),
    ExecutorUnavailableError(),
    RESPONSE_TOO_LARGE,
    LOOP_DETECTED,
)
"""Examples of what an endpoint that executes a function can raise, whatever the function."""

AFFINITY_KEY = {
    "name": "x-affinity-key",
    "in": "header",
    "description": "Any text; of the versions that an alias points to, the same text always gets "
    "the same one.",
    "schema": {"type": "string"},
}
"""The header of :func:`affinity_of`, for the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class InvocationOptions:
    """``respond_async``: the response waits for no execution; ``key`` is the idempotency key."""

    respond_async: bool
    key: str | None
    callback_url: str | None

    def headers(self, *, replayed: bool) -> dict[str, str]:
        """Return what the answer says of how it was served."""
        applied = {"preference-applied": _RESPOND_ASYNC} if self.respond_async else {}
        again = {"idempotent-replayed": "true"} if replayed else {}
        return {**applied, **again}


def affinity_of(request: Request) -> str | None:
    """Return what keeps a caller on one of the versions that an alias points to."""
    return request.headers.get("x-affinity-key")


def _no_callback() -> InvalidDocumentError:
    alone = f"only with Prefer: {_RESPOND_ASYNC}"
    return InvalidDocumentError([Violation(("callback",), "error", None, None, message=alone)])


# The use case raises all but the first: it looks at the key, and where the callback goes.
@raises(
    _no_callback(),
    InvalidDocumentError([Violation(("callback",), "wrong_format", "https", "http://localhost")]),
    IdempotencyKeyReusedError(),
    ExecutionInProgressError(),
    full(Quota.WAITING_EXECUTIONS),
    full(Quota.RECORD_BYTES),
)
async def _options(
    prefer: Annotated[
        str | None,
        Header(
            description="`respond-async`: answer 202 at once, and execute later (RFC 7240).",
            json_schema_extra={"examples": [_RESPOND_ASYNC]},
        ),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="The same key and the same request get the same answer, for "
            f"{IDEMPOTENCY_S} s, from one execution.",
            json_schema_extra={"minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARACTERS},
        ),
    ] = None,
    callback_url: Annotated[
        str | None,
        Header(
            alias="x-callback-url",
            description="With `Prefer: respond-async` alone: the URL to which the API posts the "
            "result, signed as standardwebhooks.com describes. `https`, without user and fragment.",
            json_schema_extra={"format": "uri", "maxLength": CALLBACK_URL_CHARACTERS},
        ),
    ] = None,
) -> InvocationOptions:
    respond_async = prefers(prefer, _RESPOND_ASYNC)
    if callback_url is not None and not respond_async:
        raise _no_callback()
    return InvocationOptions(respond_async, idempotency_key, callback_url)


RequestedOptions = Annotated[InvocationOptions, Depends(_options)]
"""How a request asks for its execution."""


def hops_of(request: Request) -> int:
    """Return how many fetches of functions, each for the one before, led to a request.

    Raises:
        LoopDetectedError: they are more than ``limits.FETCH_HOPS``.
    """
    header = request.headers.get("cdn-loop")
    return 0 if header is None else hops_in_header(header)


def hops_in_header(header: str) -> int:
    """Return what :func:`hops_of` does, of the header ``CDN-Loop``.

    Raises:
        LoopDetectedError: they are more than ``limits.FETCH_HOPS``.
    """
    from isolambda_core.domain.executions.hops import hops_in  # noqa: PLC0415 - few requests have it

    hops = hops_in(header)
    if hops > FETCH_HOPS:
        raise LoopDetectedError(FETCH_HOPS, hops)
    return hops
