"""What the OpenAPI document says of executions and their records."""

from isolambda_api.executions import schemas
from isolambda_api.http.invocation_options import EXECUTION_ERRORS, RESPONSE_TOO_LARGE
from isolambda_api.http.raises import EXAMPLE_ID
from isolambda_api.kazoo.openapi import Operation
from isolambda_api.kazoo.pagination import FAULTY_PAGE
from isolambda_core.domain import limits
from isolambda_core.domain.executions.errors import PayloadTooLargeError
from isolambda_core.domain.functions.errors import FunctionDisabledError

EXECUTION = (
    PayloadTooLargeError(limits.PAYLOAD_BYTES, limits.PAYLOAD_BYTES + 1),
    *EXECUTION_ERRORS,
)
"""What an execution is refused for, whoever asks for it."""

OPERATIONS = {
    "execute_function": Operation(
        schemas.ExecutionResponse,
        [
            *EXECUTION,
            FunctionDisabledError(EXAMPLE_ID),
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
    "fetch_execution": Operation(schemas.RecordResponse, [RESPONSE_TOO_LARGE]),
    "list_attempts": Operation(schemas.AttemptListResponse, [FAULTY_PAGE], cached=True),
}
"""By the name of the route."""
