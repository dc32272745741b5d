"""Say which limit an error is about."""

from collections.abc import Mapping
from typing import Final

from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    OverloadedError,
    ResponseTooLargeError,
)
from isolambda_core.domain.accounts.errors import QuotaExceededError, TooManyRequestsError
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    ContextTooLargeError,
    ExecutorBusyError,
    LoopDetectedError,
    PayloadTooLargeError,
    TooManyExecutionsError,
    TooManyFollowersError,
)
from isolambda_local.connections import TooManyConnectionsError

NAMES: Final[Mapping[type[Exception], str]] = {
    BodyTimeoutError: "body_time",
    BodyTooLargeError: "body_bytes",
    BudgetExhaustedError: "budget",
    ContextTooLargeError: "context_bytes",
    ExecutorBusyError: "workers",
    LoopDetectedError: "fetch_hops",
    OverloadedError: "requests_under_way",
    PayloadTooLargeError: "payload_bytes",
    ResponseTooLargeError: "answer_bytes",
    TooManyConnectionsError: "connections",
    TooManyExecutionsError: "executions_at_a_time",
    TooManyFollowersError: "requests_that_wait_for_logs",
    TooManyRequestsError: "requests",
}
"""The limit that each error is about; those of quotas have the name of the quota."""


def limit_of(error: Exception) -> str | None:
    """Return the name of the limit that a request met; None where it failed for another reason."""
    if isinstance(error, QuotaExceededError):
        return error.quota.value
    return next((NAMES[kind] for kind in type(error).__mro__ if kind in NAMES), None)
