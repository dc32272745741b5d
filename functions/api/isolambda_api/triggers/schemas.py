"""Models of requests and responses about triggers, for the OpenAPI document.

The models describe; the domain validates, by the tables that they show.
"""

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.json_schema import SkipJsonSchema

from isolambda_api.executions.schemas import ExecutionListResponse
from isolambda_api.http.openapi import REFERENCE, Bodies
from isolambda_api.http.table_model import TableModel, patch_of
from isolambda_api.kazoo.schemas import (
    Gregorian,
    Id,
    Success,
    Warnings,
)
from isolambda_core.domain import limits
from isolambda_core.domain.triggers.documents import TRIGGER_SCHEMA, schema_of
from isolambda_core.domain.triggers.triggers import RULES, TriggerType

# What may be absent, and has no default. A factory, so that no schema forbids its own default.


def _absent() -> None:
    return None


class _Trigger(TableModel):
    model_config = ConfigDict(extra="allow")


class TriggerPatch(_Trigger):
    """Some keys of a trigger; `null` removes a key, objects are merged."""

    table = patch_of(TRIGGER_SCHEMA)


def _model_of(trigger_type: TriggerType) -> type[_Trigger]:
    """Return the model of a type of trigger."""
    model = create_model(
        f"{trigger_type.capitalize()}Trigger",
        __base__=_Trigger,
        __module__=__name__,
        __doc__=RULES[trigger_type].description,
        type=(Literal[trigger_type], ...),
    )
    model.table = schema_of(trigger_type)
    return model


MODELS = {each: _model_of(each) for each in TriggerType}
"""The model of each type."""
_TriggerInput: Any = Annotated[
    Union[tuple(MODELS.values())],  # noqa: UP007 - of as many as there are
    Field(discriminator="type", description="A trigger; custom keys are kept as they are."),
]


class TriggerReadOnly(BaseModel):
    """What the server alone says of a trigger; of its source also such as `queue_url`."""

    model_config = ConfigDict(extra="allow")

    deleted: bool = False
    created: Annotated[Gregorian | SkipJsonSchema[None], Field(default_factory=_absent)]
    modified: Annotated[Gregorian | SkipJsonSchema[None], Field(default_factory=_absent)]
    disable_reason: Annotated[
        str, Field(description="Why the platform disabled the trigger; absent where it did not.")
    ] = ""
    next_runs: Annotated[
        list[str],
        Field(
            description="schedule: when it runs next, in UTC.",
            examples=[["2026-12-01T09:00:00Z"]],
            max_length=limits.NEXT_RUNS,
        ),
    ] = []
    url: Annotated[str, Field(description="webhook, http: where requests go.")] = ""
    secret: Annotated[
        str,
        Field(
            description="webhook, http: what requests are signed with, where no secret was given."
        ),
    ] = ""
    warnings: Warnings = []


TriggerRequest = create_model(
    "TriggerRequest",
    __module__=__name__,
    __doc__="A whole trigger in Kazoo's envelope.",
    data=(_TriggerInput, ...),
)
"""A whole trigger in Kazoo's envelope."""


class TriggerPatchRequest(BaseModel):
    """A part of a trigger in Kazoo's envelope."""

    data: TriggerPatch


class TriggerDocument(_Trigger):
    """A trigger as the server keeps it, with the keys of its type."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": TypeAdapter(_TriggerInput).json_schema(ref_template=REFERENCE)["oneOf"]
        }
    )

    table = TRIGGER_SCHEMA

    id: Id
    type: TriggerType
    read_only: Annotated[TriggerReadOnly, Field(alias="_read_only")]


class TriggerResponse(Success):
    """One trigger."""

    data: TriggerDocument


class TriggerListResponse(Success):
    """All triggers of a function."""

    data: list[TriggerDocument]


BODIES = {
    "create_trigger": Bodies(TriggerResponse, TriggerRequest),
    "list_triggers": Bodies(TriggerListResponse),
    "fetch_trigger": Bodies(TriggerResponse),
    "change_trigger": Bodies(TriggerResponse, TriggerRequest),
    "patch_trigger": Bodies(TriggerResponse, TriggerPatchRequest, required=False),
    "remove_trigger": Bodies(TriggerResponse),
    "list_trigger_attempts": Bodies(ExecutionListResponse),
}
"""By the name of the route."""
