"""What the OpenAPI document says of the records of executions."""

from isolambda_api.executions import record_schemas as schemas
from isolambda_api.http.errors import AnswerTooLargeError
from isolambda_api.kazoo.openapi import (
    FUNCTION,
    ID,
    operation,
)
from isolambda_api.kazoo.pagination import FaultyRequestError
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Problem,
)
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.records import Status
from isolambda_core.domain.limits import LAMBDA_ANSWER_BYTES

_PAGE = FaultyRequestError("invalid page size")

LIST = operation(
    "List executions",
    schemas.ExecutionListAnswer,
    *FUNCTION,
    _PAGE,
    InvalidDocumentError([Problem(("status",), "enum", list(Status), "done")]),
    InvalidDocumentError([Problem(("created_from",), "type", "integer", "today")]),
    cached=True,
)
FETCH = operation(
    "Fetch an execution",
    schemas.RecordAnswer,
    *FUNCTION,
    ExecutionNotFoundError(ID),
    InvalidDocumentError([Problem(("without",), "enum", ["input", "result"], "logs")]),
    AnswerTooLargeError(LAMBDA_ANSWER_BYTES, LAMBDA_ANSWER_BYTES + 1),
)
ATTEMPTS = operation(
    "List failed executions", schemas.AttemptListAnswer, *FUNCTION, _PAGE, cached=True
)
