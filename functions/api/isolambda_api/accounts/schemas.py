"""What requests and answers about accounts, keys and tokens hold, as the OpenAPI document tells."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.functions.schemas import (
    Closed,
    Id,
    Paged,
    ReadOnly,
    Success,
)
from isolambda_core.domain import limits
from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    API_KEY_CHARACTERS,
    Scope,
)

_ApiKey = Annotated[
    str,
    Field(description="A secret.", min_length=API_KEY_CHARACTERS, max_length=API_KEY_CHARACTERS),
]
_Name = Annotated[
    str, Field(min_length=1, max_length=limits.NAME_CHARACTERS, examples=["Acme Dublin"])
]
_Gregorian = Annotated[int, Field(description="Gregorian seconds.", examples=[63877472674])]


class AccountInput(BaseModel):
    """An account as a client sends it; custom keys are kept as they are."""

    model_config = ConfigDict(extra="allow")

    name: _Name
    enabled: Annotated[bool, Field(description="Whether anything can be done with it.")] = True


class AccountPatch(BaseModel):
    """Some keys of an account; `null` removes a key, objects are merged."""

    model_config = ConfigDict(extra="allow")

    name: _Name = ""
    enabled: bool | None = None


class AccountDocument(AccountInput):
    """An account as the server keeps it."""

    id: Id
    created: _Gregorian
    read_only: Annotated[ReadOnly | None, Field(alias="_read_only")] = None


class AccountSummary(Closed):
    """An account in a list."""

    id: Id
    name: str


class AccountRequest(BaseModel):
    """A whole account in Kazoo's envelope."""

    data: AccountInput


class AccountPatchRequest(BaseModel):
    """A part of an account in Kazoo's envelope."""

    data: AccountPatch


class ApiAuthInput(Closed):
    """What a token is given for."""

    api_key: _ApiKey


class ApiAuthRequest(BaseModel):
    """An API key in Kazoo's envelope."""

    data: ApiAuthInput


class UserAuthRequest(BaseModel):
    """The name and password of a user, whatever their form."""

    data: dict[str, Any]


class KeyInput(Closed):
    """What a further key is for."""

    scopes: Annotated[list[Scope], Field(min_length=1, default_factory=lambda: list(ALL_SCOPES))]
    function_id: Annotated[
        Id | None, Field(description="The one function that a key with `execute` alone is for.")
    ] = None


class KeyRequest(BaseModel):
    """What a further key is for, in Kazoo's envelope."""

    data: KeyInput


class AccountAnswer(Success):
    """One account."""

    data: AccountDocument


class AccountListAnswer(Paged):
    """A page of accounts."""

    data: list[AccountSummary]


class Key(Closed):
    """A key, but not what it is."""

    id: Id
    scopes: list[Scope]
    function_id: Id | None
    own: Annotated[bool, Field(description="Whether it is the one that `api_key` shows.")]
    created: _Gregorian
    expires: _Gregorian | None


class NewKey(Key):
    """A key and what it is, for this once."""

    api_key: _ApiKey


class KeyListAnswer(Success):
    """All keys of an account."""

    data: list[Key]


class NewKeyAnswer(Success):
    """A key that was just made."""

    data: NewKey


class RemovedKey(Closed):
    """A key that is good no more."""

    id: str
    read_only: Annotated[ReadOnly, Field(alias="_read_only")]


class RemovedKeyAnswer(Success):
    """A key that was just removed."""

    data: RemovedKey


class ApiKeyAnswer(Success):
    """The account's own key."""

    data: ApiAuthInput


class AuthenticatedAccount(Closed):
    """The account that came in; much of it has no meaning here."""

    account_id: Id
    account_name: str
    owner_id: Id
    is_reseller: bool
    reseller_id: Id
    is_master_account: bool
    language: str
    apps: list[Any]
    cluster_id: str
    capabilities: dict[str, Any]
    ui_config: dict[str, Any]


class AuthAnswer(Success):
    """Who came in; a new token is in `auth_token`."""

    data: AuthenticatedAccount


class NothingAnswer(Success):
    """It is done."""

    data: dict[str, Any]


class CallbackSecret(Closed):
    """What an account's callbacks are signed with."""

    secret: Annotated[str, Field(pattern="^whsec_")]


class CallbackSecretAnswer(Success):
    """The secret of an account's callbacks."""

    data: CallbackSecret


REQUESTS: tuple[type[BaseModel], ...] = (
    AccountRequest,
    AccountPatchRequest,
    ApiAuthRequest,
    UserAuthRequest,
    KeyRequest,
)
"""The request bodies, which the routes read by hand."""
