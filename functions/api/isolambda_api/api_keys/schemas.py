"""What requests and responses of API keys hold."""

from typing import Annotated

from pydantic import BaseModel, Field

from isolambda_api.auth.schemas import ApiAuthInput
from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import (
    ApiKeyValue,
    Closed,
    Gregorian,
    Id,
    ReadOnly,
    Success,
)
from isolambda_core.domain.accounts.api_keys import PERMISSIONS_SCHEMA, Scope


class KeyInput(TableModel):
    """What a further key is for."""

    table = PERMISSIONS_SCHEMA

    scopes: list[Scope]


class KeyRequest(BaseModel):
    """What a further key is for, in Kazoo's envelope."""

    data: KeyInput


class Key(Closed):
    """A key without its secret."""

    id: Id
    name: Annotated[str | None, Field(description="What it is for; keys may share a name.")]
    scopes: list[Scope]
    function_id: Id | None
    own: Annotated[bool, Field(description="Whether it is the one that `api_key` shows.")]
    current: Annotated[
        bool, Field(description="Whether the request shows it, or a token that was given for it.")
    ]
    created: Gregorian
    expires: Gregorian | None


class NewKey(Key):
    """A new key with its secret, which no other response has."""

    api_key: ApiKeyValue


class KeyListResponse(Success):
    """All keys of an account."""

    data: list[Key]


class NewKeyResponse(Success):
    """A key that was just made."""

    data: NewKey


class RemovedKey(Closed):
    """A key that is no longer valid."""

    id: str
    read_only: Annotated[ReadOnly, Field(alias="_read_only")]


class RemovedKeyResponse(Success):
    """A key that was just removed."""

    data: RemovedKey


class ApiKeyResponse(Success):
    """The account's primary key."""

    data: ApiAuthInput


class CallbackSecret(Closed):
    """What an account's callbacks are signed with."""

    secret: Annotated[str, Field(pattern="^whsec_")]


class CallbackSecretResponse(Success):
    """The secret of an account's callbacks."""

    data: CallbackSecret


BODIES = {
    "show_api_key": Bodies(ApiKeyResponse),
    "change_api_key": Bodies(ApiKeyResponse),
    "show_callback_secret": Bodies(CallbackSecretResponse),
    "list_api_keys": Bodies(KeyListResponse),
    "create_api_key": Bodies(NewKeyResponse, KeyRequest, required=False),
    "remove_api_key": Bodies(RemovedKeyResponse),
}
"""By the name of the route."""
