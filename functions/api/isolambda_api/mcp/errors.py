"""How errors are answered: as JSON-RPC has them, with the status that HTTP has for them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    ContentEncodingError,
    MethodNotAllowedError,
    NotAcceptableError,
    OverloadedError,
    ResponseTooLargeError,
    UnknownPathError,
    headers_of,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    ForbiddenError,
    QuotaExceededError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import IsolambdaError, NotFoundError, StoreUnavailableError
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    LoopDetectedError,
    TooManyExecutionsError,
)
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.secrets.errors import SecretsKeyUnavailableError

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
HEADER_MISMATCH: Final = -32020
UNSUPPORTED_VERSION: Final = -32022
REFUSED: Final = -32000
"""What the protocol leaves to servers: the request was not let in, or there is no room for it."""
JSON: Final = "application/json"


class QueryNotAllowedError(IsolambdaError):
    """The query holds something, which may be a key that must not be there."""

    def __init__(self) -> None:
        super().__init__(
            "the URL must have no query: a key goes into the header Authorization, as Bearer KEY"
        )


class OriginNotAllowedError(IsolambdaError):
    """A page of another origin sent the request."""

    def __init__(self) -> None:
        super().__init__("Origin is not one of this server")


class JsonRequiredError(IsolambdaError):
    """The message says that it is something else than JSON."""

    def __init__(self) -> None:
        super().__init__("Content-Type must be application/json")


class MessageError(IsolambdaError):
    """A message that cannot be answered as it wants, with the code and data that the protocol has.

    ``status`` is that of the HTTP answer.
    """

    def __init__(
        self, code: int, message: str, status: int = 400, data: JsonValue | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.data = code, status, data


_TABLE: Final[Mapping[type[Exception], tuple[int, int, str | None]]] = {
    QueryNotAllowedError: (400, REFUSED, None),
    UnauthorizedError: (
        401,
        REFUSED,
        "Authorization: Bearer, or X-Auth-Token, has no key or token that is valid",
    ),
    ForbiddenError: (403, REFUSED, "the key may not do this"),
    OriginNotAllowedError: (403, REFUSED, None),
    NotFoundError: (404, REFUSED, None),
    UnknownPathError: (404, REFUSED, "not found"),
    MethodNotAllowedError: (405, REFUSED, "messages come by POST"),
    NotAcceptableError: (406, REFUSED, None),
    BodyTimeoutError: (408, REFUSED, None),
    BodyTooLargeError: (413, REFUSED, None),
    JsonRequiredError: (415, REFUSED, None),
    ContentEncodingError: (415, REFUSED, None),
    AccountDisabledError: (423, REFUSED, "the account is disabled"),
    TooManyRequestsError: (429, REFUSED, "too many requests"),
    TooManyExecutionsError: (429, REFUSED, None),
    BudgetExhaustedError: (429, REFUSED, None),
    QuotaExceededError: (429, REFUSED, None),
    ResponseTooLargeError: (500, INTERNAL_ERROR, None),
    LoopDetectedError: (508, REFUSED, None),
    ExecutorUnavailableError: (502, INTERNAL_ERROR, None),
    ExecutorBusyError: (503, INTERNAL_ERROR, None),
    OverloadedError: (503, INTERNAL_ERROR, None),
    SecretsKeyUnavailableError: (503, INTERNAL_ERROR, None),
    StoreUnavailableError: (503, INTERNAL_ERROR, "the store does not answer"),
    Exception: (500, INTERNAL_ERROR, "internal error"),
}
"""The status, the code and the message of each error; None for the message of the error itself."""


def render_error(request: Request, error: Exception) -> Response:
    """Return the answer to any exception, to the message that the request has, if it is known."""
    data: JsonValue | None = None
    if isinstance(error, MessageError):
        status, code, message, data = error.status, error.code, str(error), error.data
    else:
        status, code, given = next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)
        message = str(error) if given is None else given
    if isinstance(error, BudgetExhaustedError):
        data = {"error_code": "budget_exhausted", **error.fields}
    fields: dict[str, JsonValue] = {"code": code, "message": message or HTTPStatus(status).phrase}
    if data is not None:
        fields["data"] = data
    body: JsonValue = {
        "jsonrpc": "2.0",
        "id": getattr(request.state, "message_id", None),
        "error": fields,
    }
    headers = {**headers_of(error), "cache-control": "no-store"}
    return Response(dump(body), status, headers, JSON)
