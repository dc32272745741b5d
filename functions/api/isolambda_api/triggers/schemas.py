"""What requests and answers about triggers hold, as the OpenAPI document tells it.

The models describe; the domain validates. It also describes the keys of each type of trigger.
"""

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema, create_model
from pydantic.json_schema import SkipJsonSchema

from isolambda_api.http.openapi import REFERENCE
from isolambda_api.kazoo.schemas import (
    Id,
    Success,
    Warnings,
)
from isolambda_core.domain import limits
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.triggers.triggers import RULES, TriggerType
from isolambda_core.domain.triggers.types.rules import TypeRules

# What may be absent, and has no default. A factory, so that no schema forbids its own default.


def _absent() -> None:
    return None


class _Options(BaseModel):
    model_config = ConfigDict(extra="allow")

    enabled: Annotated[bool, Field(description="Whether it runs the function.")] = True
    qualifier: Annotated[
        str, Field(description="The version that runs: a number, or the name of an alias.")
    ] = LATEST
    maximum_age_s: Annotated[
        # The bounds are the number's: OpenAPI has none for what may be missing.
        Annotated[int, Field(ge=limits.TRIGGER_AGE_S_MIN, le=limits.TRIGGER_AGE_S_MAX)]
        | SkipJsonSchema[None],
        Field(
            description="How old an event may be when it is attempted; any age if absent.",
            default_factory=_absent,
        ),
    ]
    batch_size: Annotated[
        int,
        Field(
            description="How many messages or records are taken at once.",
            ge=1,
            le=limits.BATCH_SIZE_MAX,
        ),
    ] = limits.BATCH_SIZE


_Name = Annotated[str, Field(max_length=limits.NAME_CHARACTERS, examples=["mornings"])]


class TriggerPatch(_Options):
    """Some keys of a trigger; `null` removes a key, objects are merged."""

    name: _Name = ""


class _Trigger(_Options):
    name: _Name


def _model_of(trigger_type: TriggerType, rules: TypeRules) -> type[_Trigger]:
    """Return the model of a type of trigger, which the domain describes in JSON Schema."""
    fields: dict[str, Any] = {"type": (Literal[trigger_type], ...)}
    for key, schema in rules.properties.items():
        default = ... if key in rules.required else Field(default_factory=_absent)
        fields[key] = (Annotated[Any, WithJsonSchema(dict(schema))], default)
    name = f"{trigger_type.capitalize()}Trigger"
    return create_model(
        name, __base__=_Trigger, __module__=__name__, __doc__=rules.description, **fields
    )


MODELS = {each: _model_of(each, rules) for each, rules in RULES.items()}
"""The model of each type."""
_TriggerInput: Any = Annotated[
    Union[tuple(MODELS.values())],  # noqa: UP007 - of as many as there are
    Field(discriminator="type", description="A trigger; custom keys are kept as they are."),
]


class TriggerReadOnly(BaseModel):
    """What the server alone says of a trigger; of its source also such as `queue_url`."""

    model_config = ConfigDict(extra="allow")

    deleted: bool = False
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
    url: Annotated[str, Field(description="webhook: where deliveries go.")] = ""
    secret: Annotated[
        str,
        Field(description="webhook: what deliveries are signed with, where no secret was given."),
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

    id: Id
    type: TriggerType
    read_only: Annotated[
        TriggerReadOnly | SkipJsonSchema[None],
        Field(alias="_read_only", default_factory=_absent),
    ]


class TriggerResponse(Success):
    """One trigger."""

    data: TriggerDocument


class TriggerListResponse(Success):
    """All triggers of a function."""

    data: list[TriggerDocument]
