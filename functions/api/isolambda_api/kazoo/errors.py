"""How Kazoo answers each error; the one table of it.

Kx: src/cb_context.erl, src/crossbar_util.erl. The two spellings ``bad_identifier`` and ``bad
identifier`` are both real; clients go by the status.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from isolambda_api.auth import NoCredentialsError
from isolambda_api.errors import (
    AnswerTooLargeError,
    BodyTooLargeError,
    MalformedBodyError,
    MediaTypeError,
    MethodNotAllowedError,
    UnknownPathError,
    headers_of,
)
from isolambda_api.exchange import Exchange
from isolambda_api.kazoo.envelope import MissingDataError, failure, failure_envelope
from isolambda_api.kazoo.pages import FaultyRequestError
from isolambda_api.kazoo.validation import missing_data, problems_data, too_large_data
from isolambda_core.domain.errors import (
    ConflictError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    ForbiddenError,
    FunctionDisabledError,
    InvalidDocumentError,
    IsolambdaError,
    NotFoundError,
    PayloadTooLargeError,
    StoreUnavailableError,
    UnauthorizedError,
)
from isolambda_core.domain.json_text import JsonValue

_VERSION_1 = re.compile(r"/v1(/.*)?")
_GONE = "API version 1 is not supported. Please upgrade your code to use version 2."


class InvalidAccountIdError(IsolambdaError):
    """The account id in the path has not the length of one."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"invalid account_id '{account_id}'")


class GoneError(IsolambdaError):
    """The path is one of version 1 of the API."""


@dataclass(frozen=True, slots=True)
class _Row:
    """How an error is answered; ``data`` builds the key of that name from the error."""

    status: int
    message: str
    data: Callable[[Any], JsonValue]


def _says(message: str) -> Callable[[Exception], JsonValue]:
    return lambda _: {"message": message}


_TABLE: Mapping[type[Exception], _Row] = {
    InvalidDocumentError: _Row(400, "validation error", lambda e: problems_data(e.problems)),
    MissingDataError: _Row(400, "validation error", lambda e: missing_data(e.body)),
    MalformedBodyError: _Row(
        400,
        "validation error",
        lambda e: {
            "json": {
                "invalid": {
                    "message": "All JSON must be valid",
                    "target": "body",
                    "cause": e.reason,
                }
            }
        },
    ),
    BodyTooLargeError: _Row(400, "validation error", lambda e: too_large_data(e.limit, None)),
    PayloadTooLargeError: _Row(400, "validation error", lambda e: too_large_data(e.limit, e.used)),
    FunctionDisabledError: _Row(400, "disabled", _says("entity disabled")),
    NoCredentialsError: _Row(401, "invalid_credentials", _says("invalid credentials")),
    UnauthorizedError: _Row(401, "invalid credentials", lambda _: {}),
    ForbiddenError: _Row(403, "forbidden", _says("forbidden")),
    NotFoundError: _Row(
        404, "bad_identifier", lambda e: {"message": "bad identifier", "cause": e.identifier}
    ),
    InvalidAccountIdError: _Row(404, "bad identifier", lambda e: {"message": str(e)}),
    UnknownPathError: _Row(404, "not_found", _says("not found")),
    FaultyRequestError: _Row(404, "faulty_request", lambda e: {"message": str(e)}),
    MethodNotAllowedError: _Row(405, "invalid_method", _says("method not allowed")),
    ConflictError: _Row(409, "datastore_conflict", _says("conflicting documents")),
    GoneError: _Row(410, "gone", _says(_GONE)),
    MediaTypeError: _Row(415, "unsupported_media_type", lambda e: {"message": str(e)}),
    AnswerTooLargeError: _Row(416, "range not satisfiable", lambda e: {"message": str(e)}),
    ExecutorUnavailableError: _Row(502, "bad_gateway", lambda e: {"message": str(e)}),
    ExecutorBusyError: _Row(503, "service_unavailable", lambda e: {"message": str(e)}),
    StoreUnavailableError: _Row(503, "datastore_unreachable", _says("datastore timeout")),
    Exception: _Row(500, "unspecified_fault", _says("unspecified fault")),
}


def render(request: Request, error: Exception) -> Response:
    """Return Kazoo's answer to any exception; what the table does not know is a 500."""
    if isinstance(error, UnknownPathError) and _VERSION_1.fullmatch(request.url.path):
        error = GoneError()
    row = _row(error)
    return failure(
        request,
        row.data(error),
        status=row.status,
        message=row.message,
        headers=headers_of(error),
    )


def example(error: Exception, exchange: Exchange) -> tuple[int, str, dict[str, JsonValue]]:
    """Return the status, the message and the whole envelope of an error, for the documentation."""
    row = _row(error)
    envelope = failure_envelope(exchange, row.data(error), status=row.status, message=row.message)
    return row.status, row.message, envelope


def _row(error: Exception) -> _Row:
    return next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)
