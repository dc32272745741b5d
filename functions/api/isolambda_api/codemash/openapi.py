"""What the OpenAPI document says of CodeMash's routes; errors are examples of the one table."""

from collections.abc import Mapping
from typing import Any

from isolambda_api.codemash import schemas
from isolambda_api.codemash.errors import (
    InputTooLargeError,
    InvalidFieldError,
    TextsTooLargeError,
    body_of,
    body_of_failure,
)
from isolambda_api.codemash.request import QUALIFIER_PATTERN
from isolambda_api.codemash.routes import VERBS, VERSIONS, route_name
from isolambda_api.http.body import FORM
from isolambda_api.http.errors import (
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    ResponseTooLargeError,
)
from isolambda_api.http.invocation_options import (
    EXECUTION_HEADER,
    VERSION_HEADER,
)
from isolambda_api.http.openapi import (
    SECURED_IN_QUERY,
    request_body,
    responses,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ForbiddenError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.executions.errors import (
    ContextTooLargeError,
    ExecutionInProgressError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
    exceeded,
)
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.ids import GUID_PATTERN
from isolambda_core.domain.limits import (
    BODY_BYTES,
    CONTEXT_BYTES,
    DEFAULT_LIMITS,
    LAMBDA_ANSWER_BYTES,
    PAYLOAD_BYTES,
)

_ID = "3b1c0f4e5d6a7b8c9d0e1f2a3b4c5d6e"
_THROWN = ExecutionError("TypeError", "call.items is undefined", "at function_js:3:14", 3, 14)
_TIMEOUT = exceeded("wall_time_ms", DEFAULT_LIMITS.wall_time_ms, DEFAULT_LIMITS.wall_time_ms + 4)

_ERRORS = (
    InvalidFieldError("Id", "FormatException", "Id must be a GUID"),
    MalformedBodyError("Expecting value at line 1 column 1"),
    TextsTooLargeError(
        Origin(meta={"colour": "green"}), ContextTooLargeError(CONTEXT_BYTES, CONTEXT_BYTES + 1)
    ),
    UnauthorizedError(),
    ForbiddenError(),
    AccountDisabledError(_ID),
    FunctionDisabledError(_ID),
    FunctionNotFoundError(_ID),
    AccountNotFoundError(_ID),
    QualifierNotFoundError("42"),
    InvalidDocumentError([Violation(("callback",), "wrong_format", "https", "http://localhost")]),
    ExecutionInProgressError(),
    IdempotencyKeyReusedError(),
    TooManyRequestsError(0, 1),
    InputTooLargeError("Data", PayloadTooLargeError(PAYLOAD_BYTES, PAYLOAD_BYTES + 1)),
    BodyTooLargeError(BODY_BYTES),
    MediaTypeError(),
    ContentEncodingError(),
    ResponseTooLargeError(LAMBDA_ANSWER_BYTES, LAMBDA_ANSWER_BYTES + 1),
    Exception(),
    ExecutorUnavailableError(),
    ExecutorBusyError(),
    StoreUnavailableError(),
)
_FAILURES = (
    ExecutionResult(_ID, Outcome.EXCEPTION, error=_THROWN),
    ExecutionResult(_ID, Outcome.EXCEEDED_WALL_TIME, error=_TIMEOUT),
)
_HEADERS = (
    {
        "name": "x-cm-projectid",
        "in": "header",
        "description": "The project, a GUID; also in the query, there `ProjectId` as well. "
        "The key's when absent.",
        "schema": {"type": "string", "pattern": GUID_PATTERN},
    },
    {
        "name": "x-affinity-key",
        "in": "header",
        "description": "Any text; of the versions that an alias points to, the same text always "
        "gets the same one.",
        "schema": {"type": "string"},
    },
)
_ANSWER_HEADERS = {
    VERSION_HEADER: {
        "description": "The version that was executed; also when it failed.",
        "schema": {"type": "string"},
    },
    EXECUTION_HEADER: {
        "description": "The execution; also when it failed.",
        "schema": {"type": "string"},
    },
}
_TEXTS = {
    "content": {
        "application/json": {
            "schema": {"type": "object", "additionalProperties": {"type": "string"}}
        }
    }
}
_QUERY = [
    {
        "name": name,
        "in": "query",
        "description": description,
        **form,
    }
    for name, description, form in (
        (
            "Data",
            "The input as JSON text; `Template` is another name of it.",
            {"content": {"application/json": {"schema": {}}}},
        ),
        (
            "Qualifier",
            "A version number or an alias; `$LATEST` when absent.",
            {"schema": {"type": "string", "pattern": QUALIFIER_PATTERN}},
        ),
        ("Meta", "An object of texts as JSON text; the function's `context.meta`.", _TEXTS),
        ("Tokens", "An object of texts as JSON text; the function's `context.tokens`.", _TEXTS),
    )
]


def execute_operation(verb: str) -> dict[str, Any]:
    """Return what FastAPI is to write about one of the routes."""
    reads = (
        request_body(schemas.ExecuteFunctionRequest, FORM, required=False) if verb == "POST" else {}
    )
    examples = [
        *((type(error).__name__, body_of(error)) for error in _ERRORS),
        *((failure.outcome, body_of_failure(failure)) for failure in _FAILURES),
    ]
    return {
        "responses": {
            200: {"model": schemas.ExecuteFunctionResponse, "headers": _ANSWER_HEADERS},
            202: {"model": schemas.SubmittedResponse, "headers": _ANSWER_HEADERS},
            **responses(
                schemas.ErrorResponse, [(status, name, body) for name, (status, body) in examples]
            ),
        },
        "openapi_extra": {**SECURED_IN_QUERY, **reads, "parameters": [*_HEADERS, *_QUERY]},
    }


OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    route_name(verb, version): execute_operation(verb) for version in VERSIONS for verb in VERBS
}
"""By the name of the route."""
REQUEST = schemas.ExecuteFunctionRequest
"""The body of a request, which the route reads by hand."""
