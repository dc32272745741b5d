"""What the OpenAPI document says of the functions API and of the pivot door."""

from typing import Any

from pydantic import BaseModel

from isolambda_api.executions import schemas as execution_schemas
from isolambda_api.functions import schemas
from isolambda_api.http.errors import (
    AnswerTooLargeError,
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    NotAcceptableError,
)
from isolambda_api.kazoo.openapi import (
    ACCOUNT,
    ANYBODY,
    CALLER,
    DATA,
    DOCUMENT,
    FILTERS,
    FUNCTION,
    ID,
    REVISION,
    operation,
)
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    ListTooLongError,
    Problem,
    RevisionConflictError,
)
from isolambda_core.domain.executions.errors import (
    CallFailedError,
    ExecutionInProgressError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.errors import (
    CallRefusedError,
    FunctionDisabledError,
    FunctionExistsError,
    QualifierNotFoundError,
)

_TOO_LARGE = AnswerTooLargeError(limits.LAMBDA_ANSWER_BYTES, limits.LAMBDA_ANSWER_BYTES + 1)
_PAGE = FaultyRequestError("invalid page size")
_EXECUTION = (
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    QualifierNotFoundError("42"),
    ExecutorBusyError(),
    ExecutorUnavailableError(),
    _TOO_LARGE,
)
_KEY = {
    "name": "key",
    "in": "query",
    "description": "An API key of the account, best one that may only execute.",
    "schema": {"type": "string"},
}
_FAILED_CALL = CallFailedError(
    ExecutionResult(
        ID, Outcome.EXCEPTION, error=ExecutionError("TypeError", "call.items is undefined")
    )
)

LIST = operation(
    "List functions",
    schemas.FunctionListAnswer,
    *ACCOUNT,
    _PAGE,
    *FILTERS,
    ListTooLongError(),
    _TOO_LARGE,
    cached=True,
)
CREATE = operation(
    "Create a function",
    schemas.FunctionAnswer,
    *ACCOUNT,
    *DOCUMENT,
    FunctionExistsError(),
    status=201,
    reads=schemas.FunctionRequest,
)
ENABLE = operation(
    "Enable functions that failed",
    schemas.EnabledAnswer,
    *ACCOUNT,
    *DATA,
    InvalidDocumentError([Problem(("re-enable",), "required", None, "re-enable")]),
    RevisionConflictError(),
    reads=schemas.EnableRequest,
)
SYSTEM = operation("List functions of the system", schemas.FunctionListAnswer, *CALLER, cached=True)
OPEN_SAMPLES = operation(
    "Show samples to anybody",
    schemas.SampleListAnswer,
    *ANYBODY,
    *FILTERS,
    cached=True,
    secured=False,
)
SAMPLES = operation("Show samples", schemas.SampleListAnswer, *ACCOUNT, *FILTERS, cached=True)
FETCH = operation("Fetch a function", schemas.FunctionAnswer, *FUNCTION, cached=True)
CHANGE = operation(
    "Replace a function",
    schemas.FunctionAnswer,
    *FUNCTION,
    *DOCUMENT,
    *REVISION,
    reads=schemas.FunctionRequest,
)
PATCH = operation(
    "Change a part of a function",
    schemas.FunctionAnswer,
    *FUNCTION,
    *DOCUMENT,
    *REVISION,
    reads=schemas.FunctionPatchRequest,
    required=False,
)
REMOVE = operation("Delete a function", schemas.FunctionAnswer, *FUNCTION, *REVISION)
EXECUTE = operation(
    "Execute a function",
    execution_schemas.ExecutionAnswer,
    *FUNCTION,
    *DATA,
    *_EXECUTION,
    FunctionDisabledError(ID),
    InvalidDocumentError([Problem(("validate",), "enum", ["callflow"], "x")]),
    InvalidDocumentError([Problem(("callback",), "wrong_format", "https", "http://localhost")]),
    IdempotencyKeyReusedError(),
    ExecutionInProgressError(),
    reads=execution_schemas.ExecuteRequest,
    required=False,
)
EXECUTE["responses"][202] = {
    "model": execution_schemas.SubmittedAnswer,
    "description": "The execution is queued; `Location` says where to look it up.",
}


def _door(summary: str, *errors: Exception, reads: type[BaseModel] | None = None) -> dict[str, Any]:
    door = operation(
        summary,
        schemas.Callflow,
        *(error for error in FUNCTION if not isinstance(error, NotAcceptableError)),
        *_EXECUTION,
        CallRefusedError(ID),
        _FAILED_CALL,
        *errors,
        reads=reads,
        required=False,
    )
    extra = door["openapi_extra"]
    return {**door, "openapi_extra": {**extra, "parameters": [*extra["parameters"], _KEY]}}


PIVOT_GET = _door("Answer a call in a query")
PIVOT_POST = _door(
    "Answer a call",
    MalformedBodyError("the body must be an object or a form"),
    BodyTooLargeError(limits.BODY_BYTES),
    MediaTypeError(),
    ContentEncodingError(),
    reads=execution_schemas.Call,
)
