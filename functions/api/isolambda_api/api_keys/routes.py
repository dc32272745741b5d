"""The API keys of an account."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.preconditions import CACHED
from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.gregorian import gregorian, unix
from isolambda_api.kazoo.ids import ID_DESCRIPTION
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    expiry_of,
    name_of,
    permissions_of,
)
from isolambda_core.domain.accounts.errors import ApiKeyNotFoundError
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.services.accounts.api_keys import IN_THE_PAST

router = APIRouter(route_class=DeferredRoute, tags=["Accounts"])

_KEYS = f"{ACCOUNT}/api_keys"


@router.get(f"{ACCOUNT}/api_key")
@raises(ApiKeyNotFoundError(EXAMPLE_ID))
def show_api_key(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return the account's primary key."""
    return success(request, {"api_key": services.keys.own(account.id)})


@router.put(f"{ACCOUNT}/api_key", status_code=201)
def change_api_key(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Replace the account's primary key; the old one is valid for a day, or until the next change.

    The old key can still read the new one: if others know it, remove it from `api_keys` at once,
    and every key that they may have made.
    """
    return success(request, {"api_key": services.keys.change_own(account.id)})


@router.get(f"{ACCOUNT}/callback_secret")
def show_callback_secret(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return the secret that signs the account's callbacks (standardwebhooks.com)."""
    return success(request, {"secret": services.keys.callback_secret(account.id)})


@router.get(_KEYS, responses=CACHED)
def list_api_keys(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return all keys of an account, without their secrets."""
    data = [_key(request, api_key) for api_key in services.keys.list(account.id)]
    return listing(request, data)


@router.put(_KEYS, status_code=201)
@raises(
    InvalidDocumentError([Violation(("scopes",), "minItems", 1, [])]),
    InvalidDocumentError([IN_THE_PAST]),
)
def create_api_key(
    request: Request, account: ManagedAccount, data: Data, services: UseCases
) -> Response:
    """Make a further key; this answer alone contains it."""
    scopes, function_id = permissions_of(data)
    expires = expiry_of(data)
    api_key, secret = services.keys.create(
        account.id,
        scopes,
        function_id,
        name=name_of(data),
        expires_at=None if expires is None else unix(expires),
    )
    return success(request, {**_key(request, api_key), "api_key": secret})


@router.delete(f"{_KEYS}/{{key_id}}")
@raises(ApiKeyNotFoundError(EXAMPLE_ID))
def remove_api_key(
    request: Request,
    account: ManagedAccount,
    key_id: Annotated[str, Path(description=ID_DESCRIPTION)],
    services: UseCases,
) -> Response:
    """Remove a key; it becomes invalid, with every token that was given for it."""
    services.keys.remove(account.id, key_id)
    return success(request, {"id": key_id, "_read_only": {"deleted": True}})


def _key(request: Request, api_key: ApiKey) -> Mapping[str, JsonValue]:
    caller = context_of(request).caller
    return {
        "id": api_key.id,
        "name": api_key.name,
        "scopes": [scope.value for scope in api_key.scopes],
        "function_id": api_key.function_id,
        "own": api_key.own,
        "current": caller is not None and caller.api_key.id == api_key.id,
        "created": gregorian(api_key.created_at),
        "expires": None if api_key.expires_at is None else gregorian(api_key.expires_at),
    }
