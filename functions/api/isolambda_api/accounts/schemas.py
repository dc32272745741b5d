"""What requests and responses of accounts hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from isolambda_api.kazoo.schemas import (
    Closed,
    Gregorian,
    Id,
    Paged,
    ReadOnly,
    Success,
)
from isolambda_core.domain import limits

_Name = Annotated[
    str, Field(min_length=1, max_length=limits.NAME_CHARACTERS, examples=["Acme Dublin"])
]


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
    created: Gregorian
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


class AccountResponse(Success):
    """One account."""

    data: AccountDocument


class AccountListResponse(Paged):
    """A page of accounts."""

    data: list[AccountSummary]
