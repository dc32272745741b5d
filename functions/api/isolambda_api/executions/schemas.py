"""Models of requests and responses about executions, for the OpenAPI document."""

from types import NoneType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.schemas import (
    Closed,
    Id,
    Paged,
    Success,
)
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.records import (
    CallbackStatus,
    Status,
)
from isolambda_core.domain.limits import INPUT_DEPTH


class ExecuteRequest(BaseModel):
    """The argument of an execution in Kazoo's envelope."""

    data: Annotated[
        dict[str, Any],
        Field(
            description=f"What the function gets as `call`; at most {INPUT_DEPTH} levels.",
            examples=[{"Caller-ID-Number": "5551234", "From": "5551234", "To": "100"}],
        ),
    ]


class ExceededLimit(Closed):
    """Which limit ended an execution; the numbers are in the unit of its name."""

    limit: Annotated[str, Field(examples=["wall_time_ms"])]
    value: int
    used: Annotated[int | None, Field(description="Null where more was asked for, and refused.")]


class CarriedValue(Closed):
    """What stands in the place of an error and is none."""

    value: Annotated[Any, Field(description="As JSON, or as the console shows it.")]


class _Carrier(Closed):
    name: str
    message: str
    stack: Annotated[str, Field(description="With the frames in the function's own source.")]
    line: int | None
    column: int | None
    file: Annotated[
        str | SkipJsonSchema[None],
        Field(
            description="Where line and column are, if the function is modules.",
            default_factory=NoneType,
        ),
    ]
    fields: Annotated[
        dict[str, Any] | SkipJsonSchema[None],
        Field(description="The error's own, as JSON.", default_factory=NoneType),
    ]
    cause: Annotated[
        "CarriedError | CarriedValue | SkipJsonSchema[None]", Field(default_factory=NoneType)
    ]
    errors: Annotated[
        "list[CarriedError | CarriedValue] | SkipJsonSchema[None]",
        Field(description="Those of an AggregateError.", default_factory=NoneType),
    ]
    error: Annotated[
        "CarriedError | CarriedValue | SkipJsonSchema[None]", Field(default_factory=NoneType)
    ]
    suppressed: Annotated[
        "CarriedError | CarriedValue | SkipJsonSchema[None]",
        Field(
            description="What `error` suppressed, in a SuppressedError.", default_factory=NoneType
        ),
    ]


class CarriedError(_Carrier):
    """An error that another one carries."""


class ExecutionError(_Carrier):
    """Why there is no result; line and column count from 1 in the function's own source.

    What an error carries besides is there where there is any, within a bound.
    """

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
    fetches: Annotated[int, Field(description="Requests to other hosts, with those of redirects.")]


class Fetch(Closed):
    """One request of the function to another host; of its URL there is no more than the host."""

    method: Annotated[str, Field(examples=["GET"])]
    host: Annotated[str, Field(examples=["api.example.com"])]
    status: Annotated[int | None, Field(description="Null where no answer came.")]
    error: Annotated[str | None, Field(description="The code of what went wrong.")]
    sent_bytes: Annotated[int, Field(description="Of the body, as it was on the wire.")]
    received_bytes: Annotated[int, Field(description="Of the answer's body, in the same way.")]
    ms: float


class ExecutionData(Closed):
    """What came of an execution."""

    execution_id: Id
    outcome: Outcome
    result: Annotated[Any, Field(description="What the function returned; null for undefined.")]
    error: ExecutionError | None
    logs: list[LogLine]
    usage: Usage
    fetches: list[Fetch]
    version: Annotated[str, Field(description="The version that ran.", examples=["$LATEST"])]


class ExecutionResponse(Success):
    """An execution that ended, whatever its outcome."""

    data: ExecutionData


class Callback(Closed):
    """The callback that gets the result of an execution."""

    url: str
    status: CallbackStatus
    attempts: Annotated[int, Field(description="Those that ended.")]
    reason: Annotated[
        str, Field(description="Why the latest was not taken; absent where it was, or none was.")
    ] = ""


class ErrorSummary(Closed):
    """Why there is no result, in short."""

    name: str
    message: str


class ExecutionSummary(Closed):
    """Where an execution stands."""

    execution_id: Id
    function_id: Id
    version: Annotated[str, Field(description="The version that runs.", examples=["$LATEST"])]
    qualifier: Annotated[str, Field(description="What was asked for.", examples=["live"])]
    trigger: Annotated[
        str,
        Field(description="The API that was called, or the type of a trigger.", examples=["kazoo"]),
    ]
    trigger_id: Annotated[Id | None, Field(description="The trigger, where one is why it runs.")]
    event_id: Annotated[str | None, Field(description="The id of its event.")]
    parent_id: Annotated[
        Id | None, Field(description="The execution whose code called this one as a tool.")
    ]
    request_id: Annotated[str, Field(description="Of the request that asked for it.")]
    asynchronous: bool
    status: Status
    outcome: Annotated[Outcome | None, Field(description="Of the latest attempt that ended.")]
    error: ErrorSummary | None
    attempts: Annotated[int, Field(description="Those that ended.")]
    usage: Usage | None
    callback: Callback | None
    created: Annotated[int, Field(description="When it was asked for, in Gregorian seconds.")]
    created_ms: Annotated[int, Field(description="The same, in Unix milliseconds.")]
    ended_ms: Annotated[int | None, Field(description="In Unix milliseconds.")]


class QueuedResponse(Success):
    """An execution that is queued, or was, under the same idempotency key."""

    data: ExecutionSummary


class ExecutionListResponse(Paged):
    """A page of executions, by default the newest first."""

    data: list[ExecutionSummary]


class LogEntry(ExecutionSummary):
    """An attempt that ended, with all that it had to tell beside its result."""

    error: ExecutionError | None  # type: ignore[assignment]
    logs: list[LogLine]
    fetches: list[Fetch]


class LogData(Closed):
    """Attempts that ended, the oldest first."""

    entries: list[LogEntry]
    cursor: Annotated[str, Field(description="What to ask with as `after` for those behind.")]


class LogResponse(Success):
    """What has ended behind a cursor."""

    data: LogData


class RecordData(LogEntry):
    """An execution with what went in, and all that came of it."""

    input: Annotated[Any, Field(description="What the function got; absent when left out.")] = None
    result: Annotated[
        Any, Field(description="What it returned; null for undefined, absent when left out.")
    ] = None
    operations_complete: Annotated[
        bool,
        Field(
            description="Whether all that it asked, and was answered, is recorded; absent where "
            "`record` was not `replayable`."
        ),
    ] = False


class AccountExecutionListResponse(Paged):
    """A page of executions of all functions, the latest changed first."""

    data: list[ExecutionSummary]


class RecordResponse(Success):
    """One execution."""

    data: RecordData


class Receipt(Closed):
    """What proves that the installation executed something."""

    receipt: Annotated[
        str,
        Field(
            description="A JSON Web Signature in its compact form.",
            pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        ),
    ]


class ReceiptResponse(Success):
    """The receipt of an execution."""

    data: Receipt


class Attempt(Closed):
    """An execution that failed."""

    execution_id: Id
    function_id: Id
    version: str
    result: Literal["failure"]
    reason: Outcome
    client_error: Annotated[str | None, Field(description="The message of the error.")]
    timestamp: Annotated[int, Field(description="Gregorian seconds.")]


class AttemptListResponse(Paged):
    """A page of executions that failed, the newest first."""

    data: list[Attempt]


class FunctionsDocument(BaseModel):
    """An OpenAPI document of the functions of an account."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]
    info: dict[str, Any]
    servers: list[dict[str, Any]]
    paths: dict[str, Any]
    components: dict[str, Any]
    next_start_key: Annotated[
        str,
        Field(
            alias="x-next-start-key",
            description="`start_key` of the document with the next functions; absent in the last.",
        ),
    ] = ""


BODIES = {
    "describe_functions": Bodies(FunctionsDocument),
    "execute_function": Bodies(
        ExecutionResponse, ExecuteRequest, required=False, others={202: QueuedResponse}
    ),
    "list_executions": Bodies(ExecutionListResponse),
    "list_account_executions": Bodies(AccountExecutionListResponse),
    "follow_logs": Bodies(LogResponse),
    "fetch_execution": Bodies(RecordResponse),
    "fetch_receipt": Bodies(ReceiptResponse),
    "list_attempts": Bodies(AttemptListResponse),
}
"""By the name of the route."""
