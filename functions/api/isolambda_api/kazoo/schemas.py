"""What Kazoo's requests and answers hold, as the OpenAPI document tells it.

The models describe; ``isolambda_core.domain.functions`` validates, with Kazoo's own messages.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from isolambda_core.domain import limits
from isolambda_core.domain.execution import Outcome
from isolambda_core.domain.functions import Document

_BOOLEANS = {"true": True, "false": False}


def fix_js_types(document: Document) -> Document:
    """Return the document with ``enabled`` as a boolean where it is one in words.

    Kx: ``fix_js_types``; a default Kazoo turns "true" and "false" into booleans first.
    """
    enabled = document.get("enabled")
    if isinstance(enabled, str) and enabled in _BOOLEANS:
        return {**document, "enabled": _BOOLEANS[enabled]}
    return document


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FunctionLimits(_Closed):
    """What an execution may use, where the defaults do not do."""

    wall_time_ms: Annotated[
        int,
        Field(description="Milliseconds.", ge=limits.WALL_TIME_MS_MIN, le=limits.WALL_TIME_MS_MAX),
    ] = limits.DEFAULT_LIMITS.wall_time_ms
    memory_mb: Annotated[
        int, Field(description="MiB.", ge=limits.MEMORY_MB_MIN, le=limits.MEMORY_MB_MAX)
    ] = limits.DEFAULT_LIMITS.memory_mb


class _FunctionOptions(BaseModel):
    model_config = ConfigDict(extra="allow")

    enabled: Annotated[bool, Field(description="Whether the function may be executed.")] = True
    language_pack: Literal["javascript"] = "javascript"
    isolation: Annotated[
        Literal["version", "fresh"],
        Field(description="Whether an isolate serves many executions, or one."),
    ] = "version"
    features: Annotated[
        list[Literal["webassembly", "shared_array_buffer"]],
        Field(description="What the function has only if it asks for it."),
    ] = []
    limits: FunctionLimits = FunctionLimits()


_Name = Annotated[str, Field(max_length=limits.NAME_CHARACTERS, examples=["say hi"])]
_FunctionJs = Annotated[
    str,
    Field(
        description=f"The body of `function (call) {{ … }}`, at most {limits.SOURCE_BYTES} bytes.",
        examples=["return {module: 'tts', data: {text: 'hi'}};"],
    ),
]


class FunctionInput(_FunctionOptions):
    """A function as a client sends it; custom keys are kept as they are."""

    name: _Name
    function_js: _FunctionJs


class FunctionPatch(_FunctionOptions):
    """Some keys of a function; `null` removes a key, objects are merged."""

    name: _Name | None = None
    function_js: _FunctionJs | None = None


class ReadOnly(_Closed):
    """What the server alone says about a document."""

    deleted: bool


class FunctionDocument(FunctionInput):
    """A function as the server keeps it."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class FunctionSummary(_Closed):
    """A function in a list."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    name: str
    function_js: str
    enabled: bool
    disable_reason: str = ""


class FunctionRequest(BaseModel):
    """A whole function in Kazoo's envelope."""

    data: FunctionInput


class FunctionPatchRequest(BaseModel):
    """A part of a function in Kazoo's envelope."""

    data: FunctionPatch


class ExecuteRequest(BaseModel):
    """The argument of an execution in Kazoo's envelope."""

    data: Annotated[
        dict[str, Any],
        Field(
            description="What the function gets as `call`.",
            examples=[{"Caller-ID-Number": "5551234", "From": "5551234", "To": "100"}],
        ),
    ]


class _Envelope(_Closed):
    request_id: Annotated[str, Field(description="Also in the header `x-request-id`.")]
    node: Annotated[str, Field(description="The process that answered.")]
    timestamp: Annotated[str, Field(description="UTC.", examples=["2024-03-12T14:24:34"])]
    version: Annotated[str, Field(description="Only for those who showed a key.")] = ""


class _Success(_Envelope):
    status: Literal["success"]
    revision: Annotated[
        str, Field(description="The ETag without its quotes; `automatic` where there is none.")
    ]


class FunctionAnswer(_Success):
    """One function."""

    data: FunctionDocument


class FunctionListAnswer(_Success):
    """A page of functions."""

    data: list[FunctionSummary]
    page_size: Annotated[int, Field(description="How many functions are on this page.")]
    start_key: Annotated[str, Field(description="The key of this page.")]
    next_start_key: Annotated[
        str, Field(description="The key of the next page; absent on the last.")
    ] = ""


class SampleListAnswer(_Success):
    """Functions to start from."""

    data: list[FunctionInput]


class ExceededLimit(_Closed):
    """Which limit ended an execution; the numbers are in the unit of its name."""

    limit: Annotated[str, Field(examples=["wall_time_ms"])]
    value: int
    used: int


class ExecutionError(_Closed):
    """Why there is no result; line and column count from 1 in the function's own source."""

    name: str
    message: str
    stack: str
    line: int | None
    column: int | None
    exceeded: ExceededLimit | None


class LogLine(_Closed):
    """One line that the function wrote to its console."""

    level: str
    text: str
    at_ms: Annotated[int, Field(description="Milliseconds since the execution began.")]


class Usage(_Closed):
    """What the execution used."""

    wall_ms: float
    cpu_ms: float
    memory_mb: float
    cold: Annotated[bool, Field(description="Whether the isolate was new.")]


class ExecutionData(_Closed):
    """What came of an execution."""

    execution_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    outcome: Outcome
    result: Annotated[Any, Field(description="What the function returned; null for undefined.")]
    error: ExecutionError | None
    logs: list[LogLine]
    usage: Usage
    version: Annotated[str, Field(description="The version that ran.", examples=["$LATEST"])]


class ExecutionAnswer(_Success):
    """An execution that ended, whatever its outcome."""

    data: ExecutionData


class ErrorAnswer(_Envelope):
    """A request that failed."""

    data: Annotated[dict[str, Any], Field(description="What was wrong; see the examples.")]
    status: Literal["error"]
    message: Annotated[str, Field(description="The kind of error.", examples=["bad_identifier"])]
    error: Annotated[str, Field(description="The HTTP status.", pattern="^[45][0-9]{2}$")]


REQUESTS: tuple[type[BaseModel], ...] = (FunctionRequest, FunctionPatchRequest, ExecuteRequest)
"""The request bodies, which the routes read by hand."""
