"""Accounts and their API keys (Kx: doc/accounts.md, src/modules/cb_accounts.erl).

``api_key`` is Kazoo's: the account's own key, shown and changed. ``api_keys`` is ours: further
keys, each for less than everything.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from isolambda_api.http.context import exchange_of
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import (
    ManagedAccount,
    Manager,
)
from isolambda_api.kazoo.coercion import coerced_account
from isolambda_api.kazoo.document_warnings import with_warnings
from isolambda_api.kazoo.envelope import revision_of, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.pagination import Paging
from isolambda_api.kazoo.preconditions import Expected
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.accounts import (
    KEYS,
    Account,
)
from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
    Scope,
)
from isolambda_core.domain.accounts.errors import ForbiddenError
from isolambda_core.domain.document_warnings import key_warnings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Problem,
)
from isolambda_core.domain.ids import ID_PATTERN, is_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.revisions import require

router = APIRouter(tags=["Accounts"])

_TOP = "/v2/accounts"
_ONE = f"{_TOP}/{{account_id}}"
_KEYS = f"{_ONE}/api_keys"
_KEY_FIELDS = {"scopes", "function_id"}


@router.put(_TOP)
def create_account(request: Request, caller: Manager, data: Data, services: UseCases) -> Response:
    """Make an account below the caller's own."""
    parent = services.accounts.fetch(caller.account_id)
    return _created(request, services.accounts.create(parent, coerced_account(data)), data)


@router.put(_ONE)
def create_child_account(
    request: Request, account: ManagedAccount, data: Data, services: UseCases
) -> Response:
    """Make an account below another."""
    return _created(request, services.accounts.create(account, coerced_account(data)), data)


@router.get(_ONE)
def fetch_account(request: Request, account: ManagedAccount) -> Response:
    """Return an account with all its public keys."""
    return _one(request, account)


@router.post(_ONE)
def change_account(
    request: Request, account: ManagedAccount, data: Data, expected: Expected, services: UseCases
) -> Response:
    """Replace all public keys of an account."""
    changed = services.accounts.change(account.id, coerced_account(data), expected)
    return _one(request, changed, data)


@router.patch(_ONE)
def patch_account(
    request: Request, account: ManagedAccount, data: Data, expected: Expected, services: UseCases
) -> Response:
    """Merge keys into an account; `null` removes a key."""
    changed = services.accounts.patch(account.id, coerced_account(data), expected)
    return _one(request, changed, data)


@router.delete(_ONE)
def remove_account(
    request: Request,
    account: ManagedAccount,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Delete an account below the caller's own, with its keys and functions."""
    caller = exchange_of(request).caller
    if caller is None or caller.account_id == account.id:
        raise ForbiddenError("an account cannot delete itself")
    require(expected, account.etag)
    services.accounts.remove(account)
    data = {**_public(account), "_read_only": {"deleted": True}}
    return success(request, data, etag=account.etag)


@router.get(f"{_ONE}/children")
def list_children(
    request: Request, account: ManagedAccount, wanted: Paging, services: UseCases
) -> Response:
    """Return a page of the accounts right below another, by default the highest id first."""
    page = services.accounts.children(
        account.id, wanted.size, wanted.after, descending=wanted.descending
    )
    paging = wanted.paging(page)
    data = [{"id": child.id, "name": child.name} for child in page.items]
    return success(request, data, etag=revision_of({"data": data, **paging}), more=paging)


@router.get(f"{_ONE}/api_key")
def show_api_key(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Show the account's own key."""
    return success(request, {"api_key": services.keys.own(account.id)})


@router.put(f"{_ONE}/api_key")
def change_api_key(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Change the account's own key; the one before stays good for a day, or until the next change.

    That one can still see the new key: if others know it, remove it from `api_keys` at once, and
    every key that they may have made.
    """
    return success(request, {"api_key": services.keys.change_own(account.id)}, status=201)


@router.get(f"{_ONE}/callback_secret")
def show_callback_secret(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Show what the account's callbacks are signed with (standardwebhooks.com)."""
    return success(request, {"secret": services.keys.callback_secret(account.id)})


@router.get(_KEYS)
def list_api_keys(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return all keys of an account, but not what they are."""
    data = [_key(api_key) for api_key in services.keys.list(account.id)]
    return success(request, data, etag=revision_of({"data": data}))


@router.put(_KEYS)
def create_api_key(
    request: Request, account: ManagedAccount, data: Data, services: UseCases
) -> Response:
    """Make a further key; the answer is the only place where it is shown."""
    unknown = data.keys() - _KEY_FIELDS
    if unknown:
        raise InvalidDocumentError(
            [Problem((key,), "additionalProperties", None, key) for key in sorted(unknown)]
        )
    scopes, function_id = _scopes(data), _limited_to(data)
    api_key, secret = services.keys.create(account.id, scopes, function_id)
    return success(request, {**_key(api_key), "api_key": secret}, status=201)


@router.delete(f"{_KEYS}/{{key_id}}")
def remove_api_key(
    request: Request,
    account: ManagedAccount,
    key_id: Annotated[str, Path(description="32 lower-case hexadecimal characters.")],
    services: UseCases,
) -> Response:
    """Remove a key; it is good no more, nor is any token that was given for it."""
    services.keys.remove(account.id, key_id)
    return success(request, {"id": key_id, "_read_only": {"deleted": True}})


def _created(request: Request, account: Account, data: Document) -> Response:
    return success(
        request,
        _public(account, data),
        status=201,
        etag=account.etag,
        headers={"location": f"{_TOP}/{account.id}"},
    )


def _one(request: Request, account: Account, data: Document | None = None) -> Response:
    return success(request, _public(account, data), etag=account.etag)


def _public(account: Account, data: Document | None = None) -> Mapping[str, JsonValue]:
    """Return an account, with warnings about ``data`` where that was just written."""
    public = {**account.document, "id": account.id, "created": gregorian(account.created_at)}
    read_only = with_warnings({}, key_warnings(data or {}, KEYS))
    return {**public, "_read_only": read_only} if read_only else public


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
        raise InvalidDocumentError([Problem(("scopes",), "type", "array", given)])
    if not given:
        raise InvalidDocumentError([Problem(("scopes",), "minItems", 1, given)])
    unknown = [
        Problem(("scopes", str(index)), "enum", list(ALL_SCOPES), scope)
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
        raise InvalidDocumentError([Problem(("function_id",), "type", "string", function_id)])
    if not is_id(function_id):
        raise InvalidDocumentError([Problem(("function_id",), "pattern", ID_PATTERN, function_id)])
    return function_id
