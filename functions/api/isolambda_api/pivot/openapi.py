"""What the OpenAPI document says of the pivot."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from isolambda_api.executions import schemas as execution_schemas
from isolambda_api.executions.openapi import EXECUTION
from isolambda_api.functions import schemas
from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    NotAcceptableError,
)
from isolambda_api.kazoo.openapi import (
    FUNCTION,
    ID,
    operation,
)
from isolambda_core.domain import limits
from isolambda_core.domain.executions.errors import (
    CallFailedError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.errors import (
    CallRefusedError,
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


def _call(summary: str, *errors: Exception, reads: type[BaseModel] | None = None) -> dict[str, Any]:
    call = operation(
        summary,
        schemas.Callflow,
        *(error for error in FUNCTION if not isinstance(error, NotAcceptableError)),
        *EXECUTION,
        CallRefusedError(ID),
        _FAILED_CALL,
        *errors,
        reads=reads,
        required=False,
    )
    extra = call["openapi_extra"]
    return {**call, "openapi_extra": {**extra, "parameters": [*extra["parameters"], _KEY]}}


PIVOT_GET = _call("Answer a call in a query")
PIVOT_POST = _call(
    "Answer a call",
    MalformedBodyError("the body must be an object or a form"),
    BodyTooLargeError(limits.BODY_BYTES),
    MediaTypeError(),
    ContentEncodingError(),
    reads=execution_schemas.Call,
)

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "answer_call_in_query": PIVOT_GET,
    "answer_call": PIVOT_POST,
}
"""By the name of the route."""
REQUESTS: tuple[type[BaseModel], ...] = (execution_schemas.Call,)
"""The request bodies, which the routes read by hand."""
