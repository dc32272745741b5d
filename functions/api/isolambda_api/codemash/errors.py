"""How CodeMash answers each error, and each outcome that is no success; the one table of it.

ServiceStack's ``responseStatus`` (https://docs.servicestack.net/error-handling). A 401 has a body,
too: the npm client parses one, whatever the status.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import Request, Response

from isolambda_api.codemash.response import answer
from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    MethodNotAllowedError,
    OverloadedError,
    ResponseTooLargeError,
    UnknownPathError,
    headers_of,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ForbiddenError,
    QuotaExceededError,
    StorageFullError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    ContextTooLargeError,
    ExecutionInProgressError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    LoopDetectedError,
    PayloadTooLargeError,
    TooManyExecutionsError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.json_text import dump, dump_readable
from isolambda_core.domain.secrets.errors import (
    MissingSecretError,
    SecretsKeyUnavailableError,
    UnopenedSecretError,
)


class InvalidFieldError(IsolambdaError):
    """A field of the request is malformed; ``code`` is the .NET exception that stands for it."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class InputTooLargeError(PayloadTooLargeError):
    """The input is too long; ``fields`` is the one that it came in."""

    def __init__(self, field: str, error: PayloadTooLargeError) -> None:
        super().__init__(error.limit, error.used)
        self.fields = (field,)


class TextsTooLargeError(ContextTooLargeError):
    """``Meta`` and ``Tokens`` are too long together; ``fields`` are those that came."""

    def __init__(self, origin: Origin, error: ContextTooLargeError) -> None:
        super().__init__(error.limit, error.used)
        texts = {"Meta": origin.meta, "Tokens": origin.tokens}
        self.fields = tuple(name for name, text in texts.items() if text)
        if len(self.fields) > 1:  # the longest first
            lengths = {name: len(dump(text)) for name, text in texts.items()}
            self.fields = tuple(sorted(texts, key=lambda name: lengths[name], reverse=True))


@dataclass(frozen=True, slots=True)
class _Row:
    """How an error is answered."""

    status: int
    code: str | None  # None: the error names it itself
    message: Callable[[Any], str] = str
    meta: Callable[[Any], Mapping[str, str]] = lambda _: {}


def _too_long(error: InputTooLargeError | TextsTooLargeError) -> str:
    verb = "is" if len(error.fields) == 1 else "are"
    names = " and ".join(error.fields)
    return f"{names} {verb} {error.used} bytes long; the limit is {error.limit}"


def _says(message: str) -> Callable[[Exception], str]:
    return lambda _: message


def _quota(error: QuotaExceededError) -> Mapping[str, str]:
    return {"limit": error.quota, "value": str(error.limit), "used": str(error.used)}


def _budget(error: BudgetExhaustedError) -> Mapping[str, str]:
    return {name: str(value) for name, value in error.fields.items() if value is not None}


TABLE: Mapping[type[Exception], _Row] = {
    InvalidFieldError: _Row(400, None),
    InvalidDocumentError: _Row(400, "ArgumentException", lambda e: _message_of(e.violations[0])),
    MalformedBodyError: _Row(
        400, "SerializationException", lambda e: f"The request is not valid JSON: {e.reason}"
    ),
    TextsTooLargeError: _Row(
        400,
        "ArgumentException",
        _too_long,
        lambda e: {"limit": "context_bytes", "value": str(e.limit), "used": str(e.used)},
    ),
    UnauthorizedError: _Row(401, "Unauthorized", _says("The secret key is missing or unknown")),
    ForbiddenError: _Row(
        403, "UnauthorizedAccessException", _says("The secret key is not for this")
    ),
    AccountDisabledError: _Row(403, "ProjectDisabled", _says("Project is disabled")),
    FunctionDisabledError: _Row(403, "FunctionDisabled", _says("Function is disabled")),
    AccountNotFoundError: _Row(404, "ResourceNotFound", _says("Project was not found")),
    FunctionNotFoundError: _Row(404, "ResourceNotFound", _says("Function was not found")),
    QualifierNotFoundError: _Row(
        404, "ResourceNotFound", _says("Version or alias of the function was not found")
    ),
    UnknownPathError: _Row(404, "ResourceNotFound", _says("There is nothing at this address")),
    MethodNotAllowedError: _Row(
        405, "NotSupportedException", _says("The operation does not support this verb")
    ),
    BodyTimeoutError: _Row(408, "RequestTimeout", lambda e: f"The request was cut off: {e}"),
    ExecutionInProgressError: _Row(409, "ExecutionInProgress"),
    InputTooLargeError: _Row(
        413,
        "RequestEntityTooLarge",
        _too_long,
        lambda e: {"limit": "payload_bytes", "value": str(e.limit), "used": str(e.used)},
    ),
    BodyTooLargeError: _Row(
        413,
        "RequestEntityTooLarge",
        lambda e: f"The request must not be more than {e.limit} bytes",
        lambda e: {"limit": "body_bytes", "value": str(e.limit)},
    ),
    MediaTypeError: _Row(415, "NotSupportedException", _says("The request must be JSON or a form")),
    ContentEncodingError: _Row(
        415,
        "NotSupportedException",
        _says("The request must come as it is, without Content-Encoding"),
    ),
    MissingSecretError: _Row(409, "SecretMissing"),
    IdempotencyKeyReusedError: _Row(422, "IdempotencyKeyReused"),
    TooManyRequestsError: _Row(429, "TooManyRequests", str),
    QuotaExceededError: _Row(429, "QuotaExceeded", str, _quota),
    ResponseTooLargeError: _Row(
        500,
        "FunctionResultTooLarge",
        str,
        lambda e: {"limit": "answer_bytes", "value": str(e.limit), "used": str(e.used)},
    ),
    ExecutorUnavailableError: _Row(502, "BadGateway", _says("The executor is not available")),
    TooManyExecutionsError: _Row(429, "TooManyRequests", str),
    BudgetExhaustedError: _Row(429, "BudgetExhausted", str, _budget),
    UnopenedSecretError: _Row(503, "ServiceUnavailable"),
    ExecutorBusyError: _Row(503, "ServiceUnavailable", _says("Every worker is busy; try again")),
    OverloadedError: _Row(503, "ServiceUnavailable", _says("The server is overloaded; try again")),
    SecretsKeyUnavailableError: _Row(503, "ServiceUnavailable"),
    StoreUnavailableError: _Row(503, "ServiceUnavailable", _says("The store is not available")),
    StorageFullError: _Row(507, "InsufficientStorage", str, _quota),
    LoopDetectedError: _Row(508, "LoopDetected", str),
    Exception: _Row(500, "InternalServerError", _says("Something went wrong on the server")),
}

OUTCOMES: Mapping[Outcome, tuple[int, str | None]] = {
    Outcome.EXCEPTION: (500, None),  # the code is JavaScript's name of what was thrown
    Outcome.EXCEEDED_WALL_TIME: (504, "FunctionTimeout"),
    Outcome.EXCEEDED_MEMORY: (500, "FunctionOutOfMemory"),
    Outcome.EXCEEDED_RESULT: (500, "FunctionResultTooLarge"),
    Outcome.INVALID_RESULT: (500, "FunctionInvalidResult"),
    Outcome.INTERNAL_ERROR: (500, "FunctionInternalError"),
}
"""The status and the code of each outcome but ``ok``."""


def render_error(_: Request, error: Exception) -> Response:
    """Return CodeMash's answer to any exception; what the table does not know is a 500."""
    status, body = body_of(error)
    return answer(body, status, headers_of(error))


def body_of(error: Exception) -> tuple[int, Mapping[str, Any]]:
    """Return the status and the body that answer an exception."""
    row = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    message = row.message(error)
    if isinstance(error, InvalidDocumentError):
        fields = [
            _field("ArgumentException", ".".join(p.keys), _message_of(p)) for p in error.violations
        ]
        return row.status, _response_status("ArgumentException", message, {}, *fields)
    if isinstance(error, InvalidFieldError):
        field = _field(error.code, error.field, message)
        return row.status, _response_status(error.code, message, {}, field)
    code = str(row.code)
    named = error.fields if isinstance(error, InputTooLargeError | TextsTooLargeError) else ()
    fields = [_field(code, name, message) for name in named]
    return row.status, _response_status(code, message, row.meta(error), *fields)


def body_of_failure(result: ExecutionResult) -> tuple[int, Mapping[str, Any]]:
    """Return the status and the body that answer an execution with any outcome but ``ok``."""
    status, code = OUTCOMES[result.outcome]
    error = result.error or ExecutionError(name="Error", message="")
    meta = {"executionId": result.execution_id}
    if error.exceeded is not None:
        limit = asdict(error.exceeded)
        meta |= {key: str(value) for key, value in limit.items() if value is not None}
    if result.outcome in (Outcome.EXCEPTION, Outcome.INVALID_RESULT):
        meta |= {
            "line": "" if error.line is None else str(error.line),
            "column": "" if error.column is None else str(error.column),
            "stack": error.stack,
            **({} if error.file is None else {"file": error.file}),
        }
        # A value of ``meta`` is a text.
        meta |= {key: dump_readable(value) for key, value in error.details.items()}
    return status, _response_status(code or error.name, error.message, meta)


def _field(code: str, name: str, message: str) -> Mapping[str, Any]:
    return {"errorCode": code, "fieldName": name, "message": message, "meta": {}}


def _message_of(violation: Violation) -> str:
    return violation.message or f"{violation.rule} {violation.target}"


def _response_status(
    code: str, message: str, meta: Mapping[str, str], *errors: Mapping[str, Any]
) -> Mapping[str, Any]:
    return {
        "responseStatus": {
            "errorCode": code,
            "message": message,
            "errors": errors,
            "meta": meta,
        }
    }
