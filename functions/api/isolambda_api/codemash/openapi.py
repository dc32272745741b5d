"""What the OpenAPI document says of CodeMash's routes; errors are examples of the one table."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute

from isolambda_api.codemash import schemas
from isolambda_api.codemash.errors import OUTCOMES, body_of, body_of_failure
from isolambda_api.codemash.request import QUALIFIER_PATTERN
from isolambda_api.http.body import FORM
from isolambda_api.http.invocation_options import EXECUTION_HEADER, VERSION_HEADER
from isolambda_api.http.openapi import SECURED_IN_QUERY, request_body, responses
from isolambda_api.http.raises import EXAMPLE_ID, errors_of
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
    exceeded,
)
from isolambda_core.domain.limits import DEFAULT_LIMITS

_ALL = (StoreUnavailableError(), Exception())
_WHY: Mapping[Outcome, ExecutionError] = {
    Outcome.EXCEPTION: ExecutionError(
        "TypeError", "call.items is undefined", "at function_js:3:14", 3, 14
    ),
    Outcome.EXCEEDED_WALL_TIME: exceeded(
        "wall_time_ms", DEFAULT_LIMITS.wall_time_ms, DEFAULT_LIMITS.wall_time_ms + 4
    ),
    Outcome.EXCEEDED_MEMORY: exceeded("memory_mb", DEFAULT_LIMITS.memory_mb),
    Outcome.EXCEEDED_RESULT: exceeded(
        "result_bytes", DEFAULT_LIMITS.result_bytes, DEFAULT_LIMITS.result_bytes + 1
    ),
    Outcome.INVALID_RESULT: ExecutionError("TypeError", "a BigInt is not JSON"),
    Outcome.INTERNAL_ERROR: ExecutionError("WorkerDied", "the worker process was ended by SIGKILL"),
}
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


def described(route: APIRoute) -> Mapping[str, Any]:
    """Return what FastAPI is to write about one of the routes."""
    reads = (
        request_body(schemas.ExecuteFunctionRequest, FORM, required=False)
        if route.methods == {"POST"}
        else {}
    )
    return {
        "responses": {
            200: {"model": schemas.ExecuteFunctionResponse, "headers": _ANSWER_HEADERS},
            202: {"model": schemas.SubmittedResponse, "headers": _ANSWER_HEADERS},
            **responses(schemas.ErrorResponse, _examples(route)),
        },
        "openapi_extra": {**SECURED_IN_QUERY, **reads, "parameters": _QUERY},
    }


def _examples(route: APIRoute) -> Iterator[tuple[int, str, Any]]:
    failures = [ExecutionResult(EXAMPLE_ID, outcome, error=_WHY[outcome]) for outcome in OUTCOMES]
    for status, body in (
        *map(body_of, [*errors_of(route.dependant), *_ALL]),
        *map(body_of_failure, failures),
    ):
        yield status, body["responseStatus"]["errorCode"], body


REQUEST = schemas.ExecuteFunctionRequest
"""The body of a request, which the route reads by hand."""
