"""What answers about records of executions hold, as the OpenAPI document tells it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from isolambda_api.executions.schemas import (
    ExecutionError,
    ExecutionSummary,
    LogLine,
)
from isolambda_api.functions.schemas import (
    Closed,
    Id,
    Paged,
    Success,
)
from isolambda_core.domain.executions.execution import Outcome


class ExecutionListAnswer(Paged):
    """A page of executions, by default the newest first."""

    data: list[ExecutionSummary]


class RecordData(ExecutionSummary):
    """An execution with what went in, and all that came of it."""

    error: ExecutionError | None  # type: ignore[assignment]
    logs: list[LogLine]
    input: Annotated[Any, Field(description="What the function got; absent when left out.")] = None
    result: Annotated[
        Any, Field(description="What it returned; null for undefined, absent when left out.")
    ] = None


class RecordAnswer(Success):
    """One execution."""

    data: RecordData


class Attempt(Closed):
    """An execution that failed."""

    execution_id: Id
    function_id: Id
    version: str
    result: Literal["failure"]
    reason: Outcome
    client_error: Annotated[str | None, Field(description="The message of the error.")]
    timestamp: Annotated[int, Field(description="Gregorian seconds.")]


class AttemptListAnswer(Paged):
    """A page of executions that failed, the newest first."""

    data: list[Attempt]
