"""How Kazoo answers each error; the one table of it.

Kx: src/cb_context.erl, src/crossbar_util.erl. The two spellings ``bad_identifier`` and ``bad
identifier`` are both real; clients go by the status.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from isolambda_api.http.authentication import NoCredentialsError
from isolambda_api.http.context import RequestContext
from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    MethodNotAllowedError,
    NotAcceptableError,
    OverloadedError,
    ResponseTooLargeError,
    UnauthenticatedBodyTooLargeError,
    UnknownPathError,
    headers_of,
)
from isolambda_api.kazoo.authorization import InvalidAccountIdError
from isolambda_api.kazoo.envelope import failure, failure_envelope
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_api.kazoo.paths import API_AUTH, GoneError, MissingAccountIdError
from isolambda_api.kazoo.request import MissingDataError
from isolambda_api.kazoo.validation import missing_data, too_large_data, violations_data
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountHasChildrenError,
    ApiKeyNotFoundError,
    ForbiddenError,
    QuotaExceededError,
    StorageFullError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import (
    ConflictError,
    InvalidDocumentError,
    IsolambdaError,
    ListTooLongError,
    NotFoundError,
    PreconditionFailedError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.errors import (
    ApprovalUsedError,
    BudgetExhaustedError,
    CallFailedError,
    ExecutionInProgressError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    LoopDetectedError,
    PayloadTooLargeError,
    ReceiptUnavailableError,
    TooManyExecutionsError,
    TooManyFollowersError,
)
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.functions.errors import (
    CallRefusedError,
    ContractFailedError,
    FunctionDisabledError,
    VersionInUseError,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.errors import KeyValueError, NamespacesExceededError
from isolambda_core.domain.secrets.errors import (
    MissingSecretError,
    SecretsKeyUnavailableError,
    UnopenedSecretError,
)
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    SourcesUnavailableError,
    TooManyTriggersError,
    TriggerDisabledError,
    WebhookRefusedError,
)

_GONE = "API version 1 is not supported. Please upgrade your code to use version 2."


class UnknownApiKeyError(IsolambdaError):
    """There is no such key to get a token for.

    Kazoo gives the key back, which may be a good one of somewhere else; here its field is named.
    """


class NoUsersError(UnauthorizedError):
    """The client wants to come in as a user, and there are none here."""


@dataclass(frozen=True, slots=True)
class _Row:
    """How an error is answered; ``data`` builds the key of that name from the error."""

    status: int
    message: str
    data: Callable[[Any], JsonValue]


def _says(message: str) -> Callable[[Exception], JsonValue]:
    return lambda _: {"message": message}


def _with_cause(message: str, cause: str | None) -> JsonValue:
    return {"message": message} if cause is None else {"message": message, "cause": cause}


def _failed_call(result: ExecutionResult) -> JsonValue:
    error = None if result.error is None else result.error.message
    return {
        "message": error or "the function has not answered the call",
        "outcome": result.outcome.value,
        "execution_id": result.execution_id,
    }


def _quota(error: QuotaExceededError) -> JsonValue:
    quota = {"limit": error.quota.value, "value": error.limit, "used": error.used}
    return {"message": str(error), **quota}


def _too_large_without_key(limit: int) -> str:
    return f"a body must not be more than {limit} bytes without a key in a header or in the query"


_NO_USERS = f"there are no users here; send an API key to PUT {API_AUTH}"

TABLE: Mapping[type[Exception], _Row] = {
    InvalidDocumentError: _Row(400, "validation error", violations_data),
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
    KeyValueError: _Row(400, "invalid_request", lambda e: e.details),
    UnknownApiKeyError: _Row(404, "bad identifier", lambda _: ["api_key"]),
    FunctionDisabledError: _Row(400, "disabled", _says("entity disabled")),
    TriggerDisabledError: _Row(400, "disabled", _says("entity disabled")),
    NoCredentialsError: _Row(401, "invalid_credentials", _says("invalid credentials")),
    NoUsersError: _Row(401, "invalid_credentials", _says(_NO_USERS)),
    WebhookRefusedError: _Row(401, "invalid_credentials", lambda e: {"message": str(e)}),
    UnauthorizedError: _Row(401, "invalid credentials", lambda _: {}),
    ForbiddenError: _Row(403, "forbidden", lambda e: _with_cause("forbidden", e.cause)),
    ApiKeyNotFoundError: _Row(
        404,
        "bad_identifier",
        # Who asks by the key itself, in place of its id, does not get it back.
        lambda e: _with_cause("bad identifier", e.identifier if is_id(e.identifier) else None),
    ),
    NotFoundError: _Row(
        404, "bad_identifier", lambda e: {"message": "bad identifier", "cause": e.identifier}
    ),
    MissingAccountIdError: _Row(404, "bad identifier", _says("missing account_id")),
    InvalidAccountIdError: _Row(404, "bad identifier", lambda e: {"message": str(e)}),
    UnknownPathError: _Row(404, "not_found", _says("not found")),
    FaultyRequestError: _Row(404, "faulty_request", lambda e: {"message": str(e)}),
    MethodNotAllowedError: _Row(405, "invalid_method", _says("method not allowed")),
    NotAcceptableError: _Row(406, "not_acceptable", lambda e: {"message": str(e)}),
    BodyTimeoutError: _Row(408, "request_timeout", lambda e: {"message": str(e)}),
    AccountHasChildrenError: _Row(409, "account_has_descendants", _says("account has descendants")),
    ExecutionInProgressError: _Row(409, "execution_in_progress", lambda e: {"message": str(e)}),
    VersionInUseError: _Row(409, "version_in_use", lambda e: {"message": str(e), "cause": e.alias}),
    ApprovalUsedError: _Row(409, "approval_used", lambda e: {"message": str(e)}),
    ReceiptUnavailableError: _Row(409, "receipt_unavailable", lambda e: {"message": str(e)}),
    ContractFailedError: _Row(
        409,
        "contract_failed",
        lambda e: {"message": str(e), "calls": [*e.calls], "schemas": [*e.breaks]},
    ),
    SourceInUseError: _Row(409, "source_in_use", lambda e: {"message": str(e), "cause": e.source}),
    TooManyTriggersError: _Row(409, "too_many_triggers", lambda e: {"message": str(e)}),
    MissingSecretError: _Row(409, "secret_missing", lambda e: {"message": str(e), "cause": e.name}),
    ConflictError: _Row(409, "datastore_conflict", _says("conflicting documents")),
    GoneError: _Row(410, "gone", _says(_GONE)),
    PreconditionFailedError: _Row(
        412,
        "precondition_failed",
        _says("the revision is not one that If-Match or If-None-Match allows"),
    ),
    UnauthenticatedBodyTooLargeError: _Row(
        413, "request_entity_too_large", lambda e: {"message": _too_large_without_key(e.limit)}
    ),
    MediaTypeError: _Row(415, "unsupported_media_type", lambda e: {"message": str(e)}),
    ContentEncodingError: _Row(415, "unsupported_content_encoding", lambda e: {"message": str(e)}),
    ListTooLongError: _Row(416, "range not satisfiable", lambda _: {}),
    ResponseTooLargeError: _Row(416, "range not satisfiable", lambda e: {"message": str(e)}),
    IdempotencyKeyReusedError: _Row(422, "idempotency_key_reused", lambda e: {"message": str(e)}),
    AccountDisabledError: _Row(
        423, "locked", lambda _: {"account": {"disabled": {"message": "account disabled"}}}
    ),
    TooManyRequestsError: _Row(429, "too_many_requests", _says("too many requests")),
    QuotaExceededError: _Row(429, "quota_exceeded", _quota),
    NamespacesExceededError: _Row(429, "quota_exceeded", lambda e: e.details),
    StorageFullError: _Row(507, "insufficient_storage", _quota),
    CallRefusedError: _Row(502, "bad_gateway", lambda e: {"message": str(e)}),
    CallFailedError: _Row(502, "bad_gateway", lambda e: _failed_call(e.result)),
    ExecutorUnavailableError: _Row(502, "bad_gateway", lambda e: {"message": str(e)}),
    TooManyExecutionsError: _Row(
        429,
        "too_many_requests",
        lambda e: {
            "message": str(e),
            "limit": "executions_at_a_time",
            "value": e.limit,
            "used": e.used,
        },
    ),
    BudgetExhaustedError: _Row(429, "budget_exhausted", lambda e: {"message": str(e), **e.fields}),
    TooManyFollowersError: _Row(
        429,
        "too_many_requests",
        lambda e: {"message": str(e), "limit": "requests_that_wait_for_logs", "value": e.limit},
    ),
    ExecutorBusyError: _Row(503, "service_unavailable", lambda e: {"message": str(e)}),
    OverloadedError: _Row(503, "service_unavailable", lambda e: {"message": str(e)}),
    UnopenedSecretError: _Row(
        503, "service_unavailable", lambda e: {"message": str(e), "cause": e.name}
    ),
    SourcesUnavailableError: _Row(503, "service_unavailable", lambda e: {"message": str(e)}),
    LoopDetectedError: _Row(
        508,
        "loop_detected",
        lambda e: {
            "message": str(e),
            "limit": "fetch_hops",
            "value": e.limit,
            "used": e.used,
        },
    ),
    SecretsKeyUnavailableError: _Row(503, "service_unavailable", lambda e: {"message": str(e)}),
    StoreUnavailableError: _Row(503, "datastore_unreachable", _says("datastore timeout")),
    Exception: _Row(500, "unspecified_fault", _says("unspecified fault")),
}


def render_error(request: Request, error: Exception) -> Response:
    """Return Kazoo's answer to any exception; what the table does not know is a 500."""
    row = _row(error)
    return failure(
        request,
        row.data(error),
        status=row.status,
        message=row.message,
        headers=headers_of(error),
    )


def example(error: Exception, context: RequestContext) -> tuple[int, str, dict[str, JsonValue]]:
    """Return the status, the message and the whole envelope of an error, for the documentation."""
    row = _row(error)
    envelope = failure_envelope(context, row.data(error), status=row.status, message=row.message)
    return row.status, row.message, envelope


def _row(error: Exception) -> _Row:
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
