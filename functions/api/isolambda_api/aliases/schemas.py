"""What requests and responses of aliases hold."""

from typing import Annotated

from pydantic import BaseModel, Field

from isolambda_api.kazoo.schemas import (
    Closed,
    Description,
    Gregorian,
    Number,
    ReadOnly,
    Success,
)
from isolambda_core.domain.functions.aliases import NAME_PATTERN

_Weight = Annotated[
    float,
    Field(ge=0, le=1, description="The share of executions that the additional version gets."),
]


class TargetData(Closed):
    """Where an alias points to."""

    version: Number
    additional_version: Annotated[
        Number | None, Field(description="Another version than the first, or none.")
    ] = None
    additional_version_weight: _Weight = 0.0


class AliasChange(TargetData):
    """Where an alias is to point to."""

    description: Description = ""


class AliasInput(AliasChange):
    """An alias to be made."""

    name: Annotated[str, Field(pattern=NAME_PATTERN, examples=["live"])]


class AliasPatch(Closed):
    """Some keys of an alias; `null` removes a key."""

    version: Number = 1
    additional_version: Number | None = None
    additional_version_weight: _Weight | None = None
    description: Description | None = None


class AliasRequest(BaseModel):
    """An alias in Kazoo's envelope."""

    data: AliasInput


class AliasChangeRequest(BaseModel):
    """A changed alias in Kazoo's envelope."""

    data: AliasChange


class AliasPatchRequest(BaseModel):
    """A part of an alias in Kazoo's envelope."""

    data: AliasPatch


class Move(Closed):
    """A move that an alias made."""

    at: Gregorian
    by: Annotated[str, Field(description="The id of the API key that moved it.")]
    before: Annotated[TargetData, Field(alias="from")]
    after: Annotated[TargetData, Field(alias="to")]
    rollback: Annotated[bool, Field(description="Whether it went back along the history.")]


class AliasSummary(AliasInput):
    """An alias in a list."""


class AliasDocument(AliasInput):
    """An alias with the moves that it made, the latest first."""

    created: Gregorian
    modified: Gregorian
    history: list[Move]
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class AliasResponse(Success):
    """One alias."""

    data: AliasDocument


class AliasListResponse(Success):
    """All aliases of a function."""

    data: list[AliasSummary]
