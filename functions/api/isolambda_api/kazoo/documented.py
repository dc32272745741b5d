"""What the OpenAPI document says of the functions API and of the pivot door."""

from isolambda_api.errors import AnswerTooLargeError, MalformedBodyError, MediaTypeError
from isolambda_api.kazoo import execution_schemas, schemas
from isolambda_api.kazoo.operations import (
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
from isolambda_api.kazoo.pages import FaultyRequestError
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    CallFailedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    FunctionDisabledError,
    FunctionExistsError,
    InvalidDocumentError,
    ListTooLongError,
    PayloadTooLargeError,
    Problem,
    QualifierNotFoundError,
    RevisionConflictError,
)
from isolambda_core.domain.execution import ExecutionError, ExecutionResult, Outcome

_TOO_LARGE = AnswerTooLargeError(limits.LAMBDA_ANSWER_BYTES, limits.LAMBDA_ANSWER_BYTES + 1)
_PAGE = FaultyRequestError("invalid page size")
_EXECUTION = (
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    FunctionDisabledError(ID),
    QualifierNotFoundError("42"),
    ExecutorBusyError(),
    ExecutorUnavailableError(),
    _TOO_LARGE,
)
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
ATTEMPTS = operation(
    "List failed executions", execution_schemas.AttemptListAnswer, *FUNCTION, _PAGE, cached=True
)
EXECUTE = operation(
    "Execute a function",
    execution_schemas.ExecutionAnswer,
    *FUNCTION,
    *DATA,
    *_EXECUTION,
    InvalidDocumentError([Problem(("validate",), "enum", ["callflow"], "x")]),
    reads=execution_schemas.ExecuteRequest,
    required=False,
)
PIVOT_GET = operation(
    "Answer a call in a query", schemas.Callflow, *FUNCTION, *_EXECUTION, _FAILED_CALL
)
PIVOT_POST = operation(
    "Answer a call",
    schemas.Callflow,
    *FUNCTION,
    *_EXECUTION,
    _FAILED_CALL,
    MalformedBodyError("the form is not UTF-8"),
    MediaTypeError(),
    reads=execution_schemas.Call,
    required=False,
)
