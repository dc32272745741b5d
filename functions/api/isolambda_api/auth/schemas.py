"""What requests and responses of tokens hold."""

from typing import Any

from pydantic import BaseModel

from isolambda_api.http.openapi import Bodies
from isolambda_api.http.table_model import TableModel
from isolambda_api.kazoo.schemas import (
    Closed,
    ErrorEnvelope,
    Gregorian,
    Id,
    Success,
)
from isolambda_core.domain.accounts.api_keys import CREDENTIALS_SCHEMA, Scope


class ApiAuthInput(TableModel):
    """What a token is given for."""

    table = CREDENTIALS_SCHEMA


class ApiAuthRequest(BaseModel):
    """An API key in Kazoo's envelope."""

    data: ApiAuthInput


class UserAuthRequest(BaseModel):
    """The name and password of a user, whatever their form."""

    data: dict[str, Any]


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


class AuthResponse(Success):
    """Who came in; a new token is in `auth_token`."""

    data: AuthenticatedAccount


class CallersKey(Closed):
    """The key of the request, or of its token, without its secret."""

    id: Id
    name: str | None
    scopes: list[Scope]
    function_id: Id | None
    expires: Gregorian | None


class AuthenticatedKey(AuthenticatedAccount):
    """The account that is in, and the key that it is in by."""

    key: CallersKey


class ShownTokenResponse(Success):
    """Who is in, and what the key may do."""

    data: AuthenticatedKey


class NothingResponse(Success):
    """It is done."""

    data: dict[str, Any]


BODIES = {
    "give_token": Bodies(AuthResponse, ApiAuthRequest),
    "show_token": Bodies(ShownTokenResponse),
    "revoke_token": Bodies(NothingResponse),
    "refuse_user": Bodies(ErrorEnvelope, UserAuthRequest),
}
"""By the name of the route."""
