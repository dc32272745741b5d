"""What the OpenAPI document says of executions and their records."""

from isolambda_api.executions import schemas
from isolambda_api.kazoo.ids import EXAMPLE_ID
from isolambda_api.kazoo.openapi import TOO_LARGE, Operation
from isolambda_api.kazoo.pagination import FAULTY_PAGE
from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.errors import (
    ExecutionInProgressError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.functions.errors import FunctionDisabledError, QualifierNotFoundError

EXECUTION = (
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    QualifierNotFoundError("42"),
    ExecutorBusyError(),
    ExecutorUnavailableError(),
    TOO_LARGE,
)
"""What an execution is refused for, whoever asks for it."""

OPERATIONS = {
    "execute_function": Operation(
        schemas.ExecutionResponse,
        [
            *EXECUTION,
            FunctionDisabledError(EXAMPLE_ID),
            InvalidDocumentError(
                [Violation(("callback",), "wrong_format", "https", "http://localhost")]
            ),
            IdempotencyKeyReusedError(),
            ExecutionInProgressError(),
        ],
        reads=schemas.ExecuteRequest,
        required=False,
        also={
            202: {
                "model": schemas.QueuedResponse,
                "description": "The execution is queued; `Location` says where to look it up.",
            }
        },
    ),
    "list_executions": Operation(schemas.ExecutionListResponse, cached=True),
    "fetch_execution": Operation(schemas.RecordResponse, [TOO_LARGE]),
    "list_attempts": Operation(schemas.AttemptListResponse, [FAULTY_PAGE], cached=True),
}
"""By the name of the route."""
