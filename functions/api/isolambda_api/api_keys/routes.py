"""The API keys of an account."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.ids import ID_DESCRIPTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Scope,
)
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.ids import ID_PATTERN, is_id
from isolambda_core.domain.json_text import JsonValue

router = APIRouter(tags=["Accounts"])

_ACCOUNT = "/v2/accounts/{account_id}"
_KEYS = f"{_ACCOUNT}/api_keys"
_KEY_FIELDS = {"scopes", "function_id"}


@router.get(f"{_ACCOUNT}/api_key")
def show_api_key(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Show the account's own key."""
    return success(request, {"api_key": services.keys.own(account.id)})


@router.put(f"{_ACCOUNT}/api_key")
def change_api_key(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Change the account's own key; the one before stays good for a day, or until the next change.

    That one can still see the new key: if others know it, remove it from `api_keys` at once, and
    every key that they may have made.
    """
    return success(request, {"api_key": services.keys.change_own(account.id)}, status=201)


@router.get(f"{_ACCOUNT}/callback_secret")
def show_callback_secret(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Show what the account's callbacks are signed with (standardwebhooks.com)."""
    return success(request, {"secret": services.keys.callback_secret(account.id)})


@router.get(_KEYS)
def list_api_keys(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return all keys of an account, but not what they are."""
    data = [_key(api_key) for api_key in services.keys.list(account.id)]
    return listing(request, data)


@router.put(_KEYS)
def create_api_key(
    request: Request, account: ManagedAccount, data: Data, services: UseCases
) -> Response:
    """Make a further key; the answer is the only place where it is shown."""
    unknown = data.keys() - _KEY_FIELDS
    if unknown:
        raise InvalidDocumentError(
            [Violation((key,), "additionalProperties", None, key) for key in sorted(unknown)]
        )
    scopes, function_id = _scopes(data), _limited_to(data)
    api_key, secret = services.keys.create(account.id, scopes, function_id)
    return success(request, {**_key(api_key), "api_key": secret}, status=201)


@router.delete(f"{_KEYS}/{{key_id}}")
def remove_api_key(
    request: Request,
    account: ManagedAccount,
    key_id: Annotated[str, Path(description=ID_DESCRIPTION)],
    services: UseCases,
) -> Response:
    """Remove a key; it is good no more, nor is any token that was given for it."""
    services.keys.remove(account.id, key_id)
    return success(request, {"id": key_id, "_read_only": {"deleted": True}})


def _key(api_key: ApiKey) -> Mapping[str, JsonValue]:
    return {
        "id": api_key.id,
        "scopes": [scope.value for scope in api_key.scopes],
        "function_id": api_key.function_id,
        "own": api_key.own,
        "created": gregorian(api_key.created_at),
        "expires": None if api_key.expires_at is None else gregorian(api_key.expires_at),
    }


def _scopes(data: Document) -> Sequence[Scope]:
    given = data.get("scopes", list(ALL_SCOPES))
    if not isinstance(given, list):
        raise InvalidDocumentError([Violation(("scopes",), "type", "array", given)])
    if not given:
        raise InvalidDocumentError([Violation(("scopes",), "minItems", 1, given)])
    unknown = [
        Violation(("scopes", str(index)), "enum", list(ALL_SCOPES), scope)
        for index, scope in enumerate(given)
        if scope not in ALL_SCOPES
    ]
    if unknown:
        raise InvalidDocumentError(unknown)
    return [scope for scope in Scope if scope in given]


def _limited_to(data: Document) -> str | None:
    function_id = data.get("function_id")
    if function_id is None:
        return None
    if not isinstance(function_id, str):
        raise InvalidDocumentError([Violation(("function_id",), "type", "string", function_id)])
    if not is_id(function_id):
        raise InvalidDocumentError(
            [Violation(("function_id",), "pattern", ID_PATTERN, function_id)]
        )
    return function_id
