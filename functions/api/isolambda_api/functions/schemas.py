"""Models of requests and responses about functions, for the OpenAPI document.

A function is described by the table that the domain validates it with.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel, patch_of
from isolambda_api.kazoo.schemas import Closed, Id, Metadata, Paged, ReadOnly, Success, Written
from isolambda_core.domain.functions.callflows import MODULES
from isolambda_core.domain.functions.fallbacks import ANSWER_SCHEMA
from isolambda_core.domain.functions.functions import FUNCTION_SCHEMA


class FunctionLimits(TableModel):
    """What an execution may use, where the defaults do not do."""

    table = FUNCTION_SCHEMA["properties"]["limits"]


class Callflow(BaseModel):
    """What a call goes on with: a module of Kazoo, its data, and what comes after."""

    module: Annotated[str, Field(json_schema_extra={"enum": sorted(MODULES)}, examples=["tts"])]
    data: Annotated[dict[str, Any], Field(examples=[{"text": "hi"}])] = {}
    children: dict[Annotated[str, Field(min_length=1)], "Callflow"] = {}


class HttpFallback(TableModel):
    """What a request is answered where the function cannot."""

    table = ANSWER_SCHEMA


class _Function(TableModel):
    model_config = ConfigDict(extra="allow")

    limits: FunctionLimits
    fallback: Callflow | HttpFallback


class FunctionInput(_Function):
    """A function as a client sends it; custom keys are kept as they are."""

    table = FUNCTION_SCHEMA


class FunctionPatch(_Function):
    """Some keys of a function; `null` removes a key, objects are merged."""

    table = patch_of(FUNCTION_SCHEMA)


class FunctionDocument(FunctionInput):
    """A function as the server keeps it."""

    id: Id
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class RemovedFunction(FunctionInput):
    """A function that was just deleted."""

    id: Id
    read_only: Annotated[ReadOnly, Field(alias="_read_only")]


class FunctionSummary(Closed):
    """A function in a list."""

    id: Id
    name: str
    function_js: str
    enabled: bool
    disable_reason: str = ""


class FunctionPart(_Function):
    """The keys of a function that the query asks for."""

    table = patch_of(FUNCTION_SCHEMA)

    id: Id
    read_only: Annotated[Written | None, Field(alias="_read_only")] = None


class FunctionRequest(BaseModel):
    """A whole function in Kazoo's envelope."""

    data: FunctionInput


class FunctionPatchRequest(BaseModel):
    """A part of a function in Kazoo's envelope."""

    data: FunctionPatch


class FunctionResponse(Success):
    """One function, and when and by which keys it was written."""

    data: FunctionDocument
    metadata: Metadata


class RemovedFunctionResponse(Success):
    """A function that was just deleted."""

    data: RemovedFunction


class FunctionListResponse(Paged):
    """A page of functions, in short, or with the keys that the query asks for."""

    data: list[FunctionSummary | FunctionPart]


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


BODIES = {
    "list_functions": Bodies(FunctionListResponse),
    "create_function": Bodies(FunctionResponse, FunctionRequest),
    "enable_functions": Bodies(EnabledResponse, EnableRequest),
    "list_system_functions": Bodies(FunctionListResponse),
    "show_samples": Bodies(SampleListResponse),
    "show_samples_to_account": Bodies(SampleListResponse),
    "fetch_function": Bodies(FunctionResponse),
    "change_function": Bodies(FunctionResponse, FunctionRequest),
    "patch_function": Bodies(FunctionResponse, FunctionPatchRequest, required=False),
    "remove_function": Bodies(RemovedFunctionResponse),
}
"""By the name of the route."""
