"""What requests and answers about executions and calls hold, as the OpenAPI document tells it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.kazoo.schemas import Closed, Id, Paged, Success
from isolambda_core.domain.execution import Outcome


class ExecuteRequest(BaseModel):
    """The argument of an execution in Kazoo's envelope."""

    data: Annotated[
        dict[str, Any],
        Field(
            description="What the function gets as `call`.",
            examples=[{"Caller-ID-Number": "5551234", "From": "5551234", "To": "100"}],
        ),
    ]


class Call(BaseModel):
    """A call as a switch tells it (K: applications/pivot/doc/requests.md); all keys are text."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"Call-ID": "1@pbx", "From": "5551234", "To": "100", "Digits": "2"}]
        },
    )


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


class ExceededLimit(Closed):
    """Which limit ended an execution; the numbers are in the unit of its name."""

    limit: Annotated[str, Field(examples=["wall_time_ms"])]
    value: int
    used: int


class ExecutionError(Closed):
    """Why there is no result; line and column count from 1 in the function's own source."""

    name: str
    message: str
    stack: str
    line: int | None
    column: int | None
    exceeded: ExceededLimit | None


class LogLine(Closed):
    """One line that the function wrote to its console."""

    level: str
    text: str
    at_ms: Annotated[int, Field(description="Milliseconds since the execution began.")]


class Usage(Closed):
    """What the execution used."""

    wall_ms: float
    cpu_ms: float
    memory_mb: float
    cold: Annotated[bool, Field(description="Whether the isolate was new.")]


class ExecutionData(Closed):
    """What came of an execution."""

    execution_id: Id
    outcome: Outcome
    result: Annotated[Any, Field(description="What the function returned; null for undefined.")]
    error: ExecutionError | None
    logs: list[LogLine]
    usage: Usage
    version: Annotated[str, Field(description="The version that ran.", examples=["$LATEST"])]


class ExecutionAnswer(Success):
    """An execution that ended, whatever its outcome."""

    data: ExecutionData


REQUESTS: tuple[type[BaseModel], ...] = (ExecuteRequest, Call)
"""The request bodies, which the routes read by hand."""
