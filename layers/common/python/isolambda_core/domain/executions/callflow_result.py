"""The result of a call's function: a callflow, or an error that says why it is none."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from isolambda_core.domain.errors import Problem
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.callflows import callflow_problems
from isolambda_core.domain.json_text import InvalidJsonError, parse

_PROBLEMS_TOLD = 10
_PROBLEM_CHARACTERS = 200
NOT_A_CALLFLOW: Final = "InvalidCallflow"
"""The name of the error of who demanded a callflow and got something else."""


def demand_callflow(result: ExecutionResult, function_id: str) -> ExecutionResult:
    """Return a result as it is when it is a callflow or a failure, else an ``invalid_result``."""
    if result.outcome is not Outcome.OK:
        return result
    problems = list(islice(_result_problems(result.result, function_id), _PROBLEMS_TOLD))
    if not problems:
        return result
    error = ExecutionError(NOT_A_CALLFLOW, "; ".join(problems))
    return replace(result, outcome=Outcome.INVALID_RESULT, result=None, error=error)


def _result_problems(text: str | None, function_id: str) -> Iterator[str]:
    if text is None:
        yield "the function returned nothing"
        return
    try:
        callflow = parse(text)
    except InvalidJsonError as error:
        yield f"the result cannot be read: {error}"
        return
    yield from map(_told, callflow_problems(callflow, function_id))


def _told(problem: Problem) -> str:
    where = ".".join(problem.path) or "the result"
    rule = problem.message or f"{problem.rule} {problem.target or ''}".rstrip()
    # The keys of the path are the function's own, and as long as it likes.
    return f"{where[:_PROBLEM_CHARACTERS]}: {rule}"
