"""What requests and responses of aliases hold."""

from typing import Annotated

from pydantic import BaseModel, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel, patch_of
from isolambda_api.kazoo.schemas import (
    Closed,
    Gregorian,
    ReadOnly,
    Success,
)
from isolambda_core.domain.functions.alias_documents import (
    ALIAS_CHANGE_SCHEMA,
    ALIAS_SCHEMA,
    TARGET_SCHEMA,
)


class TargetData(TableModel):
    """Where an alias points to."""

    table = TARGET_SCHEMA


class AliasChange(TableModel):
    """Where an alias is to point to."""

    table = ALIAS_CHANGE_SCHEMA


class AliasInput(TableModel):
    """An alias to be made."""

    table = ALIAS_SCHEMA


class AliasPatch(TableModel):
    """Some keys of an alias; `null` removes a key."""

    table = patch_of(ALIAS_CHANGE_SCHEMA, removable=("description", "additional_version_weight"))


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


BODIES = {
    "create_alias": Bodies(AliasResponse, AliasRequest),
    "list_aliases": Bodies(AliasListResponse),
    "fetch_alias": Bodies(AliasResponse),
    "change_alias": Bodies(AliasResponse, AliasChangeRequest),
    "patch_alias": Bodies(AliasResponse, AliasPatchRequest, required=False),
    "remove_alias": Bodies(AliasResponse),
    "roll_back_alias": Bodies(AliasResponse),
}
"""By the name of the route."""
