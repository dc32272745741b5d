"""Describe CodeMash's routes for the OpenAPI document; errors are examples of the one table."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute

from isolambda_api.codemash.errors import OUTCOMES, body_of, body_of_failure
from isolambda_api.codemash.schemas import ErrorResponse
from isolambda_api.http.body import FORM
from isolambda_api.http.openapi import SECURED_IN_QUERY, Bodies, operation, responses
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
        "TypeError",
        "call.items is undefined",
        "TypeError: call.items is undefined\n    at function.js:3:14",
        3,
        14,
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


def described(route: APIRoute, bodies: Bodies) -> Mapping[str, Any]:
    """Return what FastAPI is to write about one of the routes."""
    return operation(
        route, bodies, responses(ErrorResponse, _examples(route)), SECURED_IN_QUERY, FORM
    )


def _examples(route: APIRoute) -> Iterator[tuple[int, str, Any]]:
    failures = [ExecutionResult(EXAMPLE_ID, outcome, error=_WHY[outcome]) for outcome in OUTCOMES]
    for status, body in (
        *map(body_of, [*errors_of(route.dependant), *_ALL]),
        *map(body_of_failure, failures),
    ):
        yield status, body["responseStatus"]["errorCode"], body
