"""Tokens: how a client comes in and leaves (Kx: doc/api_authentication.md, doc/token_auth.md)."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import Authenticated, Public
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.errors import NoUsersError, UnknownApiKeyError
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.paths import API_AUTH
from isolambda_api.kazoo.request import Data
from isolambda_core import __version__
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import API_KEY_CHARACTERS, ApiKey, api_key_of
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ApiKeyNotFoundError,
)
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.json_text import JsonValue

router = APIRouter(route_class=DeferredRoute, tags=["Authentication"])

_NO_TOKEN = Violation(
    ("auth_token",),
    "error",
    None,
    None,
    message="an API key does not log out; PUT …/api_key changes it",
)


@router.put(API_AUTH, status_code=201)
@raises(
    InvalidDocumentError([Violation(("api_key",), "minLength", API_KEY_CHARACTERS, "short")]),
    UnknownApiKeyError(),
    AccountDisabledError(EXAMPLE_ID),
)
def give_token(request: Request, _: Public, data: Data, services: UseCases) -> Response:
    """Give a token, valid for an hour, for an API key."""
    api_key = api_key_of(data)
    try:
        account, token = services.access.issue(api_key)
    except ApiKeyNotFoundError:
        raise UnknownApiKeyError from None
    known = {"auth_token": token, "version": __version__}
    return success(request, _public(account), more=known)


@router.get("/v2/token_auth")
@raises(AccountNotFoundError(EXAMPLE_ID))
def show_token(request: Request, caller: Authenticated, services: UseCases) -> Response:
    """Return the account of the token, or the key, in the request, and what the key may do."""
    account = services.accounts.fetch(caller.account_id)
    return success(request, {**_public(account), "key": _key(caller.api_key)})


@router.delete("/v2/token_auth")
@raises(InvalidDocumentError([_NO_TOKEN]))
def revoke_token(request: Request, caller: Authenticated, services: UseCases) -> Response:
    """Log out: the token in the request becomes invalid."""
    if caller.token is None:
        raise InvalidDocumentError([_NO_TOKEN])
    services.access.revoke(caller.token)
    return success(request, {})


@router.put("/v2/user_auth", status_code=401)
@raises(NoUsersError())
def refuse_user(_: Public) -> Response:
    """Refuse to log in a user: there are accounts and keys, and no users."""
    raise NoUsersError


def _key(api_key: ApiKey) -> Mapping[str, JsonValue]:
    return {
        "id": api_key.id,
        "name": api_key.name,
        "scopes": [scope.value for scope in api_key.scopes],
        "function_id": api_key.function_id,
        "expires": None if api_key.expires_at is None else gregorian(api_key.expires_at),
    }


def _public(account: Account) -> Mapping[str, JsonValue]:
    """Return what Kazoo returns about the account that logs in; much of it has no meaning here."""
    return {
        "account_id": account.id,
        "account_name": account.name,
        "owner_id": account.id,
        "is_reseller": False,
        "reseller_id": account.ancestor_ids[0] if account.ancestor_ids else account.id,
        "is_master_account": not account.ancestor_ids,
        "language": "en-us",
        "apps": [],
        "cluster_id": "isolambda",
        "capabilities": {},
        "ui_config": {},
    }
