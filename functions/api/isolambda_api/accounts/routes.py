"""Accounts and their API keys (Kx: doc/accounts.md, src/modules/cb_accounts.erl).

``api_key`` is Kazoo's: it returns and replaces the account's primary key. ``api_keys`` is ours:
further keys, each with fewer permissions.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.locations import location_of
from isolambda_api.http.preconditions import CACHED, Expected
from isolambda_api.http.raises import full, raises
from isolambda_api.http.response_cache import cacheable
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import AccountManager, ManagedAccount
from isolambda_api.kazoo.coercion import coerced_account
from isolambda_api.kazoo.document_warnings import with_warnings
from isolambda_api.kazoo.envelope import success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.pagination import Paging, paged
from isolambda_api.kazoo.paths import ACCOUNT, ACCOUNTS
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.accounts import (
    KEYS,
    Account,
)
from isolambda_core.domain.accounts.errors import AccountHasChildrenError, ForbiddenError
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.document_warnings import key_warnings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.revisions import require

router = APIRouter(route_class=DeferredRoute, tags=["Accounts"])

_INVALID = InvalidDocumentError([Violation(("name",), "required", None, "name")])
_NOT_ITSELF = "an account cannot delete itself"
_NOT_ITS_CEILINGS = (
    ForbiddenError("an account cannot change its own quotas"),
    ForbiddenError("an account cannot change its own net"),
    ForbiddenError("an account cannot change its own budget"),
    ForbiddenError("only an operator sets http_hosts"),
)


@router.put(ACCOUNTS, status_code=201)
@raises(_INVALID, full(Quota.ACCOUNTS))
def create_account(
    request: Request, caller: AccountManager, data: Data, services: UseCases
) -> Response:
    """Make an account below the caller's own."""
    parent = services.accounts.fetch(caller.account_id)
    return _created(request, services.accounts.create(parent, coerced_account(data)), data)


@router.put(ACCOUNT, status_code=201)
@raises(_INVALID, full(Quota.ACCOUNTS))
def create_child_account(
    request: Request, account: ManagedAccount, data: Data, services: UseCases
) -> Response:
    """Make an account below another."""
    return _created(request, services.accounts.create(account, coerced_account(data)), data)


@router.get(ACCOUNT, responses=CACHED)
@cacheable
def fetch_account(request: Request, account: ManagedAccount) -> Response:
    """Return an account with all its public keys."""
    return _one(request, account)


@router.post(ACCOUNT)
@raises(_INVALID, *_NOT_ITS_CEILINGS)
def change_account(
    request: Request, account: ManagedAccount, data: Data, expected: Expected, services: UseCases
) -> Response:
    """Replace all public keys of an account."""
    by = _caller_of(request)
    changed = services.accounts.change(account.id, coerced_account(data), expected, by=by)
    return _one(request, changed, data)


@router.patch(ACCOUNT)
@raises(_INVALID, *_NOT_ITS_CEILINGS)
def patch_account(
    request: Request, account: ManagedAccount, data: Data, expected: Expected, services: UseCases
) -> Response:
    """Merge keys into an account; `null` removes a key."""
    by = _caller_of(request)
    changed = services.accounts.patch(account.id, coerced_account(data), expected, by=by)
    return _one(request, changed, data)


@router.delete(ACCOUNT)
@raises(ForbiddenError(_NOT_ITSELF), AccountHasChildrenError())
def remove_account(
    request: Request,
    account: ManagedAccount,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Delete an account below the caller's own, with its keys and functions."""
    if _caller_of(request) == account.id:
        raise ForbiddenError(_NOT_ITSELF)
    require(expected, account.etag)
    services.accounts.remove(account)
    data = {**_public(account), "_read_only": {"deleted": True}}
    return success(request, data, etag=account.etag)


@router.get(f"{ACCOUNT}/children", responses=CACHED)
@cacheable
def list_children(
    request: Request, account: ManagedAccount, wanted: Paging, services: UseCases
) -> Response:
    """Return a page of the accounts right below another, by default the highest id first."""
    page = services.accounts.children(
        account.id, wanted.size, wanted.after, descending=wanted.descending
    )
    return paged(request, wanted, page, lambda child: {"id": child.id, "name": child.name})


def _caller_of(request: Request) -> str:
    """Return the account of the caller, who was authorized."""
    caller = context_of(request).caller
    if caller is None:
        raise ForbiddenError
    return caller.account_id


def _created(request: Request, account: Account, data: Document) -> Response:
    return success(
        request,
        _public(account, data),
        etag=account.etag,
        headers={"location": location_of(request, "fetch_account", account_id=account.id)},
    )


def _one(request: Request, account: Account, data: Document | None = None) -> Response:
    return success(request, _public(account, data), etag=account.etag)


def _public(account: Account, data: Document | None = None) -> Mapping[str, JsonValue]:
    """Return an account, with warnings about ``data`` where that was just written."""
    public = {**account.document, "id": account.id, "created": gregorian(account.created_at)}
    read_only = with_warnings({}, key_warnings(data or {}, KEYS))
    return {**public, "_read_only": read_only} if read_only else public
