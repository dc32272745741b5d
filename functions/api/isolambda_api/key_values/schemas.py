"""What requests and responses of the key-value store hold."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from isolambda_api.http.openapi import Bodies
from isolambda_api.kazoo.schemas import Closed, Gregorian, Paged, ReadOnly, Success
from isolambda_core.domain.limits import KV_TTL_S_MAX, KV_VALUE_BYTES


class KeyValueInput(BaseModel):
    """A value as a client sends it."""

    value: Annotated[
        Any, Field(description=f"Any JSON, of up to {KV_VALUE_BYTES} bytes as JSON in UTF-8.")
    ]
    ttl_s: Annotated[
        int | None,
        Field(description="After how many seconds it expires; else never.", ge=1, le=KV_TTL_S_MAX),
    ] = None


class KeyValueRequest(BaseModel):
    """A value in Kazoo's envelope."""

    data: KeyValueInput


class KeyValueData(Closed):
    """A value under its key."""

    key: str
    value: Annotated[Any, Field(description="Any JSON.")]
    expires: Annotated[Gregorian | None, Field(description="Null if never.")]


class KeyValueResponse(Success):
    """One value."""

    data: KeyValueData


class KeyValueListResponse(Paged):
    """A page of values."""

    data: list[KeyValueData]


class NamespacesData(Closed):
    """The namespaces of an account."""

    namespaces: list[str]


class NamespacesResponse(Success):
    """The namespaces of an account."""

    data: NamespacesData


class RemovedKeyValue(Closed):
    """A value that is gone."""

    key: str
    read_only: Annotated[ReadOnly, Field(alias="_read_only")]


class RemovedKeyValueResponse(Success):
    """A value that was just removed."""

    data: RemovedKeyValue


BODIES = {
    "list_kv_namespaces": Bodies(NamespacesResponse),
    "list_key_values": Bodies(KeyValueListResponse),
    "fetch_key_value": Bodies(KeyValueResponse),
    "put_key_value": Bodies(KeyValueResponse, KeyValueRequest),
    "remove_key_value": Bodies(RemovedKeyValueResponse),
}
"""By the name of the route."""
