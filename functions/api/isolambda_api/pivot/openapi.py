"""What the OpenAPI document says of the pivot."""

from isolambda_api.executions.openapi import EXECUTION
from isolambda_api.executions.schemas import Call
from isolambda_api.functions.schemas import Callflow
from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
)
from isolambda_api.http.raises import EXAMPLE_ID
from isolambda_api.kazoo.openapi import Operation
from isolambda_core.domain import limits
from isolambda_core.domain.executions.errors import CallFailedError
from isolambda_core.domain.executions.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.functions.errors import CallRefusedError

_KEY = {
    "name": "key",
    "in": "query",
    "description": "An API key of the account, best one that may only execute.",
    "schema": {"type": "string"},
}
_THROWN = ExecutionError("TypeError", "call.items is undefined")
_REFUSED = (
    *EXECUTION,
    CallRefusedError(EXAMPLE_ID),
    CallFailedError(ExecutionResult(EXAMPLE_ID, Outcome.EXCEPTION, error=_THROWN)),
)
_UNREADABLE = (
    MalformedBodyError("the body must be an object or a form"),
    BodyTooLargeError(limits.BODY_BYTES),
    MediaTypeError(),
    ContentEncodingError(),
)

OPERATIONS = {
    "answer_call_in_query": Operation(Callflow, _REFUSED, parameters=[_KEY], in_envelope=False),
    "answer_call": Operation(
        Callflow,
        [*_REFUSED, *_UNREADABLE],
        reads=Call,
        required=False,
        parameters=[_KEY],
        in_envelope=False,
    ),
}
"""By the name of the route."""
