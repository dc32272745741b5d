"""The result of a call's function: a callflow, or an error that says why it is none."""

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
"""The name of the error of who demanded a callflow and got something else."""


def demand_callflow(result: ExecutionResult, function_id: str) -> ExecutionResult:
    """Return a result as it is when it is a callflow or a failure, else an ``invalid_result``."""
    if result.outcome is not Outcome.OK:
        return result
    violations = list(islice(_check_result(result.result, function_id), _VIOLATIONS_MAX))
    if not violations:
        return result
    error = ExecutionError(NOT_A_CALLFLOW, "; ".join(violations))
    return replace(result, outcome=Outcome.INVALID_RESULT, result=None, error=error)


def _check_result(text: str | None, function_id: str) -> Iterator[str]:
    if text is None:
        yield "the function returned nothing"
        return
    try:
        callflow = parse(text)
    except InvalidJsonError as error:
        yield f"the result cannot be read: {error}"
        return
    yield from map(_told, check_callflow(callflow, function_id))


def _told(violation: Violation) -> str:
    where = ".".join(violation.path) or "the result"
    rule = violation.message or f"{violation.rule} {violation.target or ''}".rstrip()
    # The keys of the path are the function's own, and as long as it likes.
    return f"{where[:_VIOLATION_CHARACTERS]}: {rule}"
