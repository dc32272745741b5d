"""What can be wrong on the way to a use case and back; both dialects render these.

RequestError
├── UnknownPathError        nothing answers at this path
├── MethodNotAllowedError   something does, but not to this verb
├── MediaTypeError          the body is neither JSON nor a form
├── ContentEncodingError    the body is compressed, or otherwise encoded
├── NotAcceptableError      the client would not take JSON
├── BodyTooLargeError       the body is over ``limits.BODY_BYTES``
│   └── UnauthenticatedBodyTooLargeError  … without a key, over less than that
└── MalformedBodyError      the body, or JSON text in it, cannot be read
OverloadedError             there is no room for the request now
BodyTimeoutError            the body comes too slowly, or not at all
ResponseTooLargeError       all went well, but the answer does not fit into what carries it
"""

from collections.abc import Sequence

from isolambda_core.domain.accounts.errors import (
    QuotaExceededError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    ExecutionInProgressError,
    ExecutorBusyError,
    TooManyFollowersError,
)
from isolambda_core.domain.limits import BODY_BYTES_PER_S, BODY_SILENCE_S

_RETRY_AFTER_S = 1


class RequestError(IsolambdaError):
    """The request cannot be served, whatever it asks for."""


class UnknownPathError(RequestError):
    """Nothing answers at this path."""


class MethodNotAllowedError(RequestError):
    """The path exists, but not for this verb; ``allowed`` lists those it has."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("method not allowed")
        self.allowed = tuple(allowed)


class MediaTypeError(RequestError):
    """The body's media type is none that the API reads."""

    def __init__(self) -> None:
        super().__init__(
            "the body must be application/json or a form, application/x-www-form-urlencoded"
        )


class ContentEncodingError(RequestError):
    """The body is encoded, and no encoding is read."""

    def __init__(self) -> None:
        super().__init__("the body must come as it is, without Content-Encoding")


class NotAcceptableError(RequestError):
    """The client would not take JSON, and there is nothing else."""

    def __init__(self) -> None:
        super().__init__("the answer is application/json")


class BodyTooLargeError(RequestError):
    """The body is longer than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body must not be more than {limit} bytes")
        self.limit = limit


class UnauthenticatedBodyTooLargeError(BodyTooLargeError):
    """The body is longer than ``limit`` bytes, and the request has no key before it."""


class MalformedBodyError(RequestError):
    """The body, or JSON text in it, cannot be read; ``reason`` says where, and repeats nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OverloadedError(IsolambdaError):
    """There is no room for the request now; nothing of it was done."""

    def __init__(self) -> None:
        super().__init__("the server has too many requests under way; try again")


class BodyTimeoutError(IsolambdaError):
    """The body comes too slowly, or not at all."""

    def __init__(self) -> None:
        super().__init__(
            f"the body came at less than {BODY_BYTES_PER_S} bytes a second, "
            f"or not at all for {BODY_SILENCE_S} s"
        )


class ResponseTooLargeError(IsolambdaError):
    """The answer does not fit into what carries it; both numbers are bytes."""

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"the answer is {used} bytes long; the limit is {limit}")
        self.limit = limit
        self.used = used


def headers_of(error: Exception) -> dict[str, str]:
    """Return the headers that HTTP asks for beside an error, in either dialect."""
    match error:
        case MethodNotAllowedError(allowed=allowed):
            return {"allow": ", ".join(allowed)}
        case UnauthorizedError():
            return {"www-authenticate": "Bearer"}
        case ContentEncodingError():
            return {"accept-encoding": "identity"}
        case (
            TooManyRequestsError(retry_after_s=seconds)
            | QuotaExceededError(retry_after_s=int(seconds))
            | BudgetExhaustedError(retry_after_s=seconds)
        ):
            return {"retry-after": str(seconds)}
        case (
            OverloadedError()
            | ExecutorBusyError()
            | ExecutionInProgressError()
            | TooManyFollowersError()
        ):
            return {"retry-after": str(_RETRY_AFTER_S)}
        case _:
            return {}
