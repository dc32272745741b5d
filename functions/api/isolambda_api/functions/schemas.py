"""What Kazoo's requests and answers hold, as the OpenAPI document tells it.

The models describe; the domain validates, with Kazoo's own messages.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from isolambda_api.kazoo.schemas import Closed, Id, Paged, ReadOnly, Success
from isolambda_core.domain import limits
from isolambda_core.domain.functions.callflows import MODULES


class FunctionLimits(Closed):
    """What an execution may use, where the defaults do not do."""

    wall_time_ms: Annotated[
        int,
        Field(description="Milliseconds.", ge=limits.WALL_TIME_MS_MIN, le=limits.WALL_TIME_MS_MAX),
    ] = limits.DEFAULT_LIMITS.wall_time_ms
    memory_mb: Annotated[
        int, Field(description="MiB.", ge=limits.MEMORY_MB_MIN, le=limits.MEMORY_MB_MAX)
    ] = limits.DEFAULT_LIMITS.memory_mb


class Callflow(BaseModel):
    """What a call goes on with: a module of Kazoo, its data, and what comes after."""

    module: Annotated[str, Field(json_schema_extra={"enum": sorted(MODULES)}, examples=["tts"])]
    data: Annotated[dict[str, Any], Field(examples=[{"text": "hi"}])] = {}
    children: dict[Annotated[str, Field(min_length=1)], "Callflow"] = {}


class _FunctionOptions(BaseModel):
    model_config = ConfigDict(extra="allow")

    enabled: Annotated[bool, Field(description="Whether the function may be executed.")] = True
    language_pack: Literal["javascript"] = "javascript"
    isolation: Annotated[
        Literal["version", "fresh"],
        Field(description="Whether an isolate serves many executions, or one."),
    ] = "version"
    features: Annotated[
        list[Literal["webassembly", "shared_array_buffer", "weak_references"]],
        Field(description="What the function has only if it asks for it."),
    ] = []
    record: Annotated[
        Literal["all", "failures", "none"],
        Field(description="Of which executions records are kept; of asynchronous ones always."),
    ] = "failures"
    attempts: Annotated[
        int,
        Field(
            description="How often an asynchronous execution is attempted.",
            ge=1,
            le=limits.ATTEMPTS_MAX,
        ),
    ] = limits.ATTEMPTS
    limits: FunctionLimits = FunctionLimits()
    fallback: Annotated[
        Callflow | SkipJsonSchema[None],
        # A factory, so that the schema has no default that it forbids.
        Field(
            description="What answers a call where the function cannot.",
            default_factory=lambda: None,
        ),
    ]


_Name = Annotated[str, Field(max_length=limits.NAME_CHARACTERS, examples=["say hi"])]
_FunctionJs = Annotated[
    str,
    Field(
        description="The body of `function (call, context) { … }`, at most "
        f"{limits.SOURCE_BYTES} bytes.",
        examples=["return {module: 'tts', data: {text: 'hi'}};"],
    ),
]


class FunctionInput(_FunctionOptions):
    """A function as a client sends it; custom keys are kept as they are."""

    name: _Name
    function_js: _FunctionJs


class FunctionPatch(_FunctionOptions):
    """Some keys of a function; `null` removes a key, objects are merged."""

    name: _Name = ""
    function_js: _FunctionJs = ""


class FunctionDocument(FunctionInput):
    """A function as the server keeps it."""

    id: Id
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class FunctionSummary(Closed):
    """A function in a list."""

    id: Id
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


class FunctionResponse(Success):
    """One function."""

    data: FunctionDocument


class FunctionListResponse(Paged):
    """A page of functions."""

    data: list[FunctionSummary]


class EnabledResponse(Success):
    """The functions that were enabled again."""

    data: list[FunctionSummary]


class SampleListResponse(Success):
    """Functions to start from."""

    data: list[FunctionInput]


class EnableInput(BaseModel):
    """What is to be done with all functions."""

    re_enable: Annotated[Literal[True], Field(alias="re-enable")]


class EnableRequest(BaseModel):
    """Asks that functions be enabled again, in Kazoo's envelope."""

    data: EnableInput
