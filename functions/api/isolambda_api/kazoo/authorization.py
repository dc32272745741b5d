"""Authorize a request, in Kazoo's order (Kx: src/api_resource.erl, src/api_util.erl).

Too many requests 429, a bad token 401, no such path 404 or verb 405 (the middleware), no such
account 404, no token 401, not allowed 403, no answer that the client would accept 406.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Path, Request

from isolambda_api.http.authentication import NoCredentialsError
from isolambda_api.http.authentication import authenticate as find_caller
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import NotAcceptableError
from isolambda_api.http.headers import elements_of
from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_api.http.services import services_of
from isolambda_api.kazoo.ids import ID_DESCRIPTION
from isolambda_api.kazoo.paths import API_AUTH, OWN_ACCOUNT
from isolambda_api.kazoo.request import envelope_of
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    Caller,
    Scope,
)
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    AccountNotFoundError,
    ForbiddenError,
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import API_AUTH_COST, REQUEST_COST

_COSTS = {API_AUTH: API_AUTH_COST}
"""What the paths cost that cost more than the rest (Kx: src/modules/cb_api_auth.erl)."""
AccountIdInPath = Annotated[str, Path(alias="account_id", description=ID_DESCRIPTION)]
"""The id of an account as the path has it, which need not be one."""
_ID_CHARACTERS = len(new_id())
_JSON_RANGES = frozenset({"*/*", "application/*", "application/json"})
_SCRIPT_RANGES = frozenset({"text/javascript", "application/javascript", "text/*"})


class InvalidAccountIdError(IsolambdaError):
    """The account id in the path has not the length of one."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"invalid account_id '{account_id}'")


def authenticate(request: Request) -> Caller | None:
    """Charge the client, and return whose key or token the request carries, if it carries one.

    Raises:
        TooManyRequestsError: the bucket holds too little.
        UnauthorizedError: the key or token is not good.
    """
    return find_caller(
        request,
        services_of(request),
        None,
        *token_places(request),
        cost=_COSTS.get(context_of(request).template, REQUEST_COST),
    )


def token_places(request: Request) -> Iterator[object]:
    """Yield what a request has in Kazoo's own places for a key or a token."""
    yield request.query_params.get("auth_token")
    yield envelope_of(request).fields.get("auth_token")


def authorize_account(
    request: Request, account_id: str, caller: Caller | None, scope: Scope
) -> Account:
    """Return the account in a path, if the caller may use it and the function in the path.

    Raises:
        InvalidAccountIdError: the id has not the length of one.
        AccountNotFoundError: there is no such account.
        NoCredentialsError: there is no caller.
        ForbiddenError: the account is not the caller's nor below it, or the key is not for this.
        AccountDisabledError: the account is disabled.
    """
    account, caller = _reach_account(request, account_id, caller)
    function_id = request.path_params.get("function_id")
    services_of(request).access.permit(caller, account, scope, function_id)
    return account


def admit(request: Request) -> None:
    """Decide what can be decided before the body: the rate, the caller, and the account.

    A key or a token may also be in the body, so there need not be one here; and what a POST is for,
    and so whether the key is for it, only the body says.

    Raises:
        TooManyRequestsError: the bucket holds too little.
        UnauthorizedError: the key or token is not good.
        InvalidAccountIdError, AccountNotFoundError, ForbiddenError, AccountDisabledError: see
            :func:`authorize_account`.
    """
    caller, context = authenticate(request), context_of(request)
    account_id = request.path_params.get("account_id")
    is_served = request.method == "POST" or request.method in context.verbs
    if caller is not None and account_id is not None and context.verbs and is_served:
        _reach_account(request, account_id, caller)


def _reach_account(
    request: Request, account_id: str, caller: Caller | None
) -> tuple[Account, Caller]:
    services, context = services_of(request), context_of(request)
    if account_id == OWN_ACCOUNT and caller is not None:
        account_id = caller.account_id
    if account_id != OWN_ACCOUNT and len(account_id) != _ID_CHARACTERS:
        raise InvalidAccountIdError(account_id)
    if caller is None:
        if account_id != OWN_ACCOUNT:
            services.accounts.fetch(account_id)
        raise NoCredentialsError
    if context.account is None:
        context.account = services.access.reach(caller, account_id)
    return context.account, caller


def authorize_again(request: Request, account_id: str, scope: Scope) -> None:
    """Let a request pass that has waited, if its key or token may still do what it asked for.

    Raises:
        UnauthorizedError: the key or token is no longer good.
        AccountNotFoundError, ForbiddenError, AccountDisabledError: as :func:`authorize_account`.
    """
    services, credential = services_of(request), context_of(request).credential
    with services.catalog.reading():  # what the request has read is of before it waited
        caller = services.access.authenticate(credential or "")
        services.access.authorize(caller, account_id, scope)


def _require_acceptable(request: Request) -> None:
    """Refuse a client that would not take JSON; ``?accept=`` stands for the header."""
    accept = request.query_params.get("accept") or request.headers.get("accept", "")
    ranges = {part.partition(";")[0].strip().lower() for part in elements_of(accept)}
    served = _JSON_RANGES
    if "jsonp" in request.query_params:
        served = served | _SCRIPT_RANGES
    if ranges and served.isdisjoint(ranges):
        raise NotAcceptableError


_PUBLIC = (TooManyRequestsError(0, 4), UnauthorizedError(), NotAcceptableError())
_AUTHENTICATED = (*_PUBLIC, NoCredentialsError())
_AUTHORIZED = (
    ForbiddenError("access denied by token restrictions"),
    AccountNotFoundError(EXAMPLE_ID),
    AccountDisabledError(EXAMPLE_ID),
)
ACCOUNT_ERRORS = (*_AUTHORIZED, ForbiddenError(), InvalidAccountIdError("x"))
"""Examples of what :func:`authorize_account` raises of an account, for the OpenAPI document."""


@raises(*_PUBLIC)
def _public(request: Request) -> None:
    authenticate(request)
    _require_acceptable(request)


@raises(*_AUTHENTICATED)
def _authenticated(request: Request) -> Caller:
    caller = authenticate(request)
    if caller is None:
        raise NoCredentialsError
    _require_acceptable(request)
    return caller


@raises(*_AUTHENTICATED, *_AUTHORIZED)
def _account_manager(request: Request) -> Caller:
    caller = authenticate(request)
    if caller is None:
        raise NoCredentialsError
    services_of(request).access.authorize(caller, caller.account_id, Scope.MANAGE)
    _require_acceptable(request)
    return caller


@raises(*_AUTHENTICATED, *ACCOUNT_ERRORS)
def _managed(request: Request, account_id: AccountIdInPath) -> Account:
    account = authorize_account(request, account_id, authenticate(request), Scope.MANAGE)
    _require_acceptable(request)
    return account


@raises(*_AUTHENTICATED, *ACCOUNT_ERRORS)
def _executing(request: Request, account_id: AccountIdInPath) -> Account:
    account = authorize_account(request, account_id, authenticate(request), Scope.EXECUTE)
    _require_acceptable(request)
    return account


@raises(*_AUTHENTICATED, *ACCOUNT_ERRORS)
def _callable(request: Request, account_id: AccountIdInPath) -> Account:
    account, caller = _reach_account(request, account_id, authenticate(request))
    services_of(request).access.permit(caller, account, Scope.EXECUTE, caller.api_key.function_id)
    _require_acceptable(request)
    return account


Public = Annotated[None, Depends(_public)]
"""No key is needed, but a bad one is refused."""

Authenticated = Annotated[Caller, Depends(_authenticated)]
"""The caller, whatever the key or token is for."""

AccountManager = Annotated[Caller, Depends(_account_manager)]
"""The caller, who may manage the account of the key."""

ManagedAccount = Annotated[Account, Depends(_managed)]
"""The account in the path, which the caller may manage."""

ExecutingAccount = Annotated[Account, Depends(_executing)]
"""The account in the path, for which the caller may execute the function in the path."""

CallableAccount = Annotated[Account, Depends(_callable)]
"""The account in the path, of which the caller may execute functions, or one of them."""
