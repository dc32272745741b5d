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
    FORCE_SCHEMA,
    TARGET_SCHEMA,
)
from isolambda_core.domain.json_schema import Schema
from isolambda_core.domain.limits import FORCED_REASONS


class TargetData(TableModel):
    """Where an alias points to."""

    table = TARGET_SCHEMA


def _forcible(table: Schema) -> Schema:
    """Return the table of an alias with what a request may say beside it."""
    return {**table, "properties": {**table["properties"], **FORCE_SCHEMA["properties"]}}


class AliasChange(TableModel):
    """Where an alias is to point to."""

    table = _forcible(ALIAS_CHANGE_SCHEMA)


class AliasInput(TableModel):
    """An alias to be made."""

    table = _forcible(ALIAS_SCHEMA)


class AliasPatch(TableModel):
    """Some keys of an alias; `null` removes a key."""

    table = patch_of(
        _forcible(ALIAS_CHANGE_SCHEMA),
        removable=(
            "description",
            "additional_version_weight",
            "contract",
            "shadow",
            "force",
            "reason",
        ),
    )


class AliasForce(TableModel):
    """Whether an alias goes back without regard to its contract."""

    table = FORCE_SCHEMA


class AliasForceRequest(BaseModel):
    """Whether the contract matters, in Kazoo's envelope."""

    data: AliasForce


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
    forced: Annotated[bool, Field(description="Whether it was made whatever the contract says.")]
    reason: Annotated[
        str | None,
        Field(
            description=f"Why it was forced; empty beyond the last {FORCED_REASONS} of these, null "
            "where it was not forced."
        ),
    ]


class AliasSummary(TableModel):
    """An alias in a list."""

    table = ALIAS_SCHEMA


class AliasDocument(TableModel):
    """An alias with the moves that it made, the latest first."""

    table = ALIAS_SCHEMA

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
    "put_alias": Bodies(AliasResponse, AliasChangeRequest, others={200: AliasResponse}),
    "roll_back_alias": Bodies(AliasResponse, AliasForceRequest, required=False),
}
"""By the name of the route."""
