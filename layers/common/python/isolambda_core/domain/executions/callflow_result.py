"""Check that the result of a function is a callflow."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.callflows import check_callflow
from isolambda_core.domain.json_text import InvalidJsonError, parse

_VIOLATIONS_MAX = 10
_VIOLATION_CHARACTERS = 200
NOT_A_CALLFLOW: Final = "InvalidCallflow"
"""Name of the error when the caller demands a callflow and the result is none."""


def demand_callflow(result: ExecutionResult, function_id: str) -> ExecutionResult:
    """Return the result if it is a callflow or a failure, and an ``invalid_result`` otherwise."""
    if result.outcome is not Outcome.OK:
        return result
    violations = list(islice(_check_result(result.result, function_id), _VIOLATIONS_MAX))
    if not violations:
        return result
    error = ExecutionError(NOT_A_CALLFLOW, "; ".join(violations))
    return replace(result, outcome=Outcome.INVALID_RESULT, result=None, error=error)


def _check_result(encoded: bytes | None, function_id: str) -> Iterator[str]:
    if encoded is None:
        yield "the function returned nothing"
        return
    try:
        callflow = parse(encoded)
    except InvalidJsonError as error:
        yield f"the result cannot be read: {error}"
        return
    yield from map(_describe, check_callflow(callflow, function_id))


def _describe(violation: Violation) -> str:
    where = ".".join(violation.path) or "the result"
    rule = violation.message or f"{violation.rule} {violation.target or ''}".rstrip()
    # The function chooses the keys of the path, which may have any length.
    return f"{where[:_VIOLATION_CHARACTERS]}: {rule}"
