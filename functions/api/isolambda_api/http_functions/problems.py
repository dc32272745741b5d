"""How HTTP functions answer errors to their clients, who are strangers (RFC 9457).

No stack, no message of an error of the function, and no name of what is inside.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    MalformedBodyError,
    MethodNotAllowedError,
    OverloadedError,
    ResponseTooLargeError,
    UnknownPathError,
    headers_of,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    ForbiddenError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import NotFoundError, StoreUnavailableError
from isolambda_core.domain.executions.errors import (
    BudgetExhaustedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    InputNotAcceptedError,
    LoopDetectedError,
    PayloadTooLargeError,
    TooManyExecutionsError,
)
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.triggers.errors import (
    KeysUnavailableError,
    TokenRefusedError,
    TriggerDisabledError,
    WebhookRefusedError,
)
from isolambda_core.services.executions.http_functions import (
    HttpExecutionFailedError,
    NoHttpAnswerError,
)

MEDIA_TYPE: Final = "application/problem+json"
OUTCOMES: Final[Mapping[Outcome, int]] = {
    Outcome.EXCEPTION: 500,
    Outcome.EXCEEDED_WALL_TIME: 504,
    Outcome.EXCEEDED_MEMORY: 500,
    Outcome.EXCEEDED_RESULT: 502,
    Outcome.INVALID_RESULT: 502,
    Outcome.INTERNAL_ERROR: 500,
}
TABLE: Final[Mapping[type[Exception], tuple[int, str]]] = {
    MalformedBodyError: (400, "bad_request"),
    InputNotAcceptedError: (400, "bad_request"),
    UnauthorizedError: (401, "unauthorized"),
    ForbiddenError: (403, "forbidden"),
    NotFoundError: (404, "not_found"),
    UnknownPathError: (404, "not_found"),
    MethodNotAllowedError: (405, "method_not_allowed"),
    BodyTimeoutError: (408, "request_timeout"),
    BodyTooLargeError: (413, "too_large"),
    PayloadTooLargeError: (413, "too_large"),
    TooManyRequestsError: (429, "too_many_requests"),
    TooManyExecutionsError: (429, "too_many_requests"),
    BudgetExhaustedError: (429, "budget_exhausted"),
    NoHttpAnswerError: (502, "no_answer"),
    ResponseTooLargeError: (502, "exceeded_result"),
    AccountDisabledError: (503, "disabled"),
    FunctionDisabledError: (503, "disabled"),
    TriggerDisabledError: (503, "disabled"),
    KeysUnavailableError: (503, "unavailable"),
    UnusableSecretError: (503, "unavailable"),
    StoreUnavailableError: (503, "unavailable"),
    ExecutorBusyError: (503, "unavailable"),
    ExecutorUnavailableError: (503, "unavailable"),
    OverloadedError: (503, "unavailable"),
    LoopDetectedError: (508, "loop_detected"),
    Exception: (500, "internal_error"),
}
_TOLD: Final = (
    BodyTooLargeError,
    BodyTimeoutError,
    LoopDetectedError,
    InputNotAcceptedError,
    MalformedBodyError,
    NoHttpAnswerError,
    TokenRefusedError,
    WebhookRefusedError,
)
"""Errors whose message says what the client has to know, and nothing else."""
_NO_KEY: Final = "X-Auth-Token or Authorization: Bearer has no key or token that is valid"


def render_error(request: Request, error: Exception) -> Response:
    """Return the answer to any exception; what the table does not know is a 500."""
    fields: dict[str, JsonValue] = {}
    match error:
        case HttpExecutionFailedError(result=result):
            status, code = OUTCOMES[result.outcome], result.outcome.value
            fields["execution_id"] = result.execution_id
        case _:
            status, code = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if isinstance(error, _TOLD):
        fields["detail"] = str(error)
    elif isinstance(error, UnauthorizedError):
        fields["detail"] = _NO_KEY
    if isinstance(error, NoHttpAnswerError):
        fields["execution_id"] = error.execution_id
    problem = {"title": HTTPStatus(status).phrase, "status": status, "code": code, **fields}
    headers = {**headers_of(error), **dict(context_of(request).cors), "cache-control": "no-store"}
    if isinstance(error, TokenRefusedError):
        headers["www-authenticate"] = 'Bearer error="invalid_token"'
    elif isinstance(error, WebhookRefusedError):
        headers["www-authenticate"] = "Signature"
    return Response(dump(problem), status, headers, MEDIA_TYPE)
