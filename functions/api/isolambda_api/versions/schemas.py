"""What requests and answers about versions and aliases hold, as the OpenAPI document tells."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.functions.schemas import (
    Closed,
    Paged,
    ReadOnly,
    Success,
)
from isolambda_core.domain import limits
from isolambda_core.domain.functions.aliases import NAME_PATTERN
from isolambda_core.domain.functions.versions import NUMBER_MAX

_Gregorian = Annotated[int, Field(description="Gregorian seconds.", examples=[63877472674])]
_Number = Annotated[int, Field(ge=1, le=NUMBER_MAX, examples=[3])]
_Weight = Annotated[
    float,
    Field(ge=0, le=1, description="The share of executions that the additional version gets."),
]
_Description = Annotated[str, Field(max_length=limits.VERSION_DESCRIPTION_CHARACTERS)]


class VersionInput(BaseModel):
    """What is said of a version when it is published."""

    description: _Description = ""


class VersionRequest(BaseModel):
    """A version to be published, in Kazoo's envelope."""

    data: VersionInput


class VersionSummary(Closed):
    """A version in a list."""

    version: _Number
    description: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    created: _Gregorian


class RemovedVersion(VersionSummary):
    """A version that is gone."""

    read_only: Annotated[ReadOnly, Field(alias="_read_only")]


class VersionDocument(VersionSummary):
    """A version with what it froze."""

    model_config = ConfigDict(extra="allow")

    function_js: str


class TargetData(Closed):
    """Where an alias points to."""

    version: _Number
    additional_version: Annotated[
        _Number | None, Field(description="Another version than the first, or none.")
    ] = None
    additional_version_weight: _Weight = 0.0


class AliasChange(TargetData):
    """Where an alias is to point to."""

    description: _Description = ""


class AliasInput(AliasChange):
    """An alias to be made."""

    name: Annotated[str, Field(pattern=NAME_PATTERN, examples=["live"])]


class AliasPatch(Closed):
    """Some keys of an alias; `null` removes a key."""

    version: _Number = 1
    additional_version: _Number | None = None
    additional_version_weight: _Weight | None = None
    description: _Description | None = None


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

    at: _Gregorian
    by: Annotated[str, Field(description="The id of the API key that moved it.")]
    before: Annotated[TargetData, Field(alias="from")]
    after: Annotated[TargetData, Field(alias="to")]
    rollback: Annotated[bool, Field(description="Whether it went back along the history.")]


class AliasSummary(AliasInput):
    """An alias in a list."""


class AliasDocument(AliasInput):
    """An alias with the moves that it made, the latest first."""

    created: _Gregorian
    modified: _Gregorian
    history: list[Move]
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class VersionAnswer(Success):
    """One version."""

    data: VersionDocument


class RemovedVersionAnswer(Success):
    """A version that was just removed."""

    data: RemovedVersion


class VersionListAnswer(Paged):
    """A page of versions."""

    data: list[VersionSummary]


class AliasAnswer(Success):
    """One alias."""

    data: AliasDocument


class AliasListAnswer(Success):
    """All aliases of a function."""

    data: list[AliasSummary]


REQUESTS: tuple[type[BaseModel], ...] = (
    VersionRequest,
    AliasRequest,
    AliasChangeRequest,
    AliasPatchRequest,
)
"""The request bodies, which the routes read by hand."""
