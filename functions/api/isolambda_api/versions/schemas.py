"""What requests and responses of versions hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import (
    Closed,
    Gregorian,
    KeyId,
    Number,
    Paged,
    ReadOnly,
    Success,
)
from isolambda_core.domain.functions.versions import VERSION_SCHEMA


class VersionInput(TableModel):
    """The description of a version to be published."""

    table = VERSION_SCHEMA


class VersionRequest(BaseModel):
    """A version to be published, in Kazoo's envelope."""

    data: VersionInput


class VersionSummary(Closed):
    """A version in a list."""

    version: Number
    description: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    created: Gregorian
    created_by: KeyId


class RemovedVersion(VersionSummary):
    """A version that is gone."""

    read_only: Annotated[ReadOnly, Field(alias="_read_only")]


class VersionDocument(VersionSummary):
    """A version with what it froze."""

    model_config = ConfigDict(extra="allow")

    function_js: str
    files: Annotated[dict[str, str], Field(default_factory=dict)]


class VersionResponse(Success):
    """One version."""

    data: VersionDocument


class RemovedVersionResponse(Success):
    """A version that was just removed."""

    data: RemovedVersion


class VersionListResponse(Paged):
    """A page of versions."""

    data: list[VersionSummary]


BODIES = {
    "publish_version": Bodies(VersionResponse, VersionRequest, required=False),
    "list_versions": Bodies(VersionListResponse),
    "fetch_version": Bodies(VersionResponse),
    "remove_version": Bodies(RemovedVersionResponse),
}
"""By the name of the route."""
