"""What the OpenAPI document says of executions and their records."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.executions import schemas
from isolambda_api.kazoo.openapi import (
    DATA,
    FUNCTION,
    ID,
    PAGING,
    TOO_LARGE,
    operation,
)
from isolambda_core.domain import limits
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.executions.errors import (
    ExecutionInProgressError,
    ExecutionNotFoundError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.records import Status
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    QualifierNotFoundError,
)

EXECUTION = (
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    QualifierNotFoundError("42"),
    ExecutorBusyError(),
    ExecutorUnavailableError(),
    TOO_LARGE,
)
"""What an execution is refused for, whoever asks for it."""

LIST = operation(
    "List executions",
    schemas.ExecutionListResponse,
    *FUNCTION,
    PAGING,
    InvalidDocumentError([Violation(("status",), "enum", list(Status), "done")]),
    InvalidDocumentError([Violation(("created_from",), "type", "integer", "today")]),
    cached=True,
)
FETCH = operation(
    "Fetch an execution",
    schemas.RecordResponse,
    *FUNCTION,
    ExecutionNotFoundError(ID),
    InvalidDocumentError([Violation(("without",), "enum", ["input", "result"], "logs")]),
    TOO_LARGE,
)
ATTEMPTS = operation(
    "List failed executions", schemas.AttemptListResponse, *FUNCTION, PAGING, cached=True
)
EXECUTE = operation(
    "Execute a function",
    schemas.ExecutionResponse,
    *FUNCTION,
    *DATA,
    *EXECUTION,
    FunctionDisabledError(ID),
    InvalidDocumentError([Violation(("validate",), "enum", ["callflow"], "x")]),
    InvalidDocumentError([Violation(("callback",), "wrong_format", "https", "http://localhost")]),
    IdempotencyKeyReusedError(),
    ExecutionInProgressError(),
    reads=schemas.ExecuteRequest,
    required=False,
)
EXECUTE["responses"][202] = {
    "model": schemas.QueuedResponse,
    "description": "The execution is queued; `Location` says where to look it up.",
}

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "execute_function": EXECUTE,
    "list_executions": LIST,
    "fetch_execution": FETCH,
    "list_attempts": ATTEMPTS,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (schemas.ExecuteRequest,)
"""The request bodies, which the routes read by hand."""
