"""Who may come in, decided in Kazoo's order (Kx: src/api_resource.erl, src/api_util.erl).

Too many requests 429, a bad token 401, no such path 404 or verb 405 (the middleware), no such
account 404, no token 401, not allowed 403, no answer that the client would accept 406.
"""

import re
from typing import Annotated

from fastapi import Depends, Path, Request

from isolambda_api.http.authentication import (
    NoCredentialsError,
    charge_rate_limit,
    identify,
    recognise,
)
from isolambda_api.http.errors import NotAcceptableError
from isolambda_api.http.headers import elements_of
from isolambda_api.http.services import (
    Services,
    UseCases,
    services_of,
)
from isolambda_api.kazoo.request import OWN_ACCOUNT, envelope_of
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    Caller,
    Scope,
)
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import is_id, new_id
from isolambda_core.domain.limits import API_AUTH_COST, REQUEST_COST

_ACCOUNT_IN_PATH = re.compile(r"/v2/accounts/([^/]+)")
_API_AUTH = "/v2/api_auth"  # costs more than the rest (Kx: src/modules/cb_api_auth.erl)
_DOOR = "/pivot/"  # costs nothing: all calls of a switch come from one address, and cannot wait
DOOR_KEY = "key"
"""What the query of the door for a switch calls the key, which comes before all headers."""
_ID_CHARACTERS = len(new_id())
_JSON_RANGES = frozenset({"*/*", "application/*", "application/json"})
_SCRIPT_RANGES = frozenset({"text/javascript", "application/javascript", "text/*"})


class InvalidAccountIdError(IsolambdaError):
    """The account id in the path has not the length of one."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"invalid account_id '{account_id}'")


def admit(request: Request) -> None:
    """Charge the bucket and look at the key or token, if there is one.

    Raises:
        TooManyRequestsError: the bucket holds too little.
        UnauthorizedError: the key or token is not good.
    """
    _admit(request, services_of(request))


def account_for(
    request: Request, services: Services, account_id: str, caller: Caller | None, scope: Scope
) -> Account:
    """Return the account in a path, if the caller may use it like this.

    Raises:
        InvalidAccountIdError: the id has not the length of one.
        AccountNotFoundError: there is no such account.
        NoCredentialsError: there is no caller.
        ForbiddenError: the account is not the caller's nor below it, or the key is not for this.
        AccountDisabledError: the account is disabled.
    """
    if account_id == OWN_ACCOUNT and caller is not None:
        account_id = caller.account_id
    if account_id != OWN_ACCOUNT and len(account_id) != _ID_CHARACTERS:
        raise InvalidAccountIdError(account_id)
    if caller is None:
        if account_id != OWN_ACCOUNT:
            services.accounts.fetch(account_id)
        raise NoCredentialsError
    function_id = request.path_params.get("function_id")
    return services.access.authorize(caller, account_id, scope, function_id)


def _admit(request: Request, services: Services) -> Caller | None:
    path = request.scope["path"]
    if path.startswith(_DOOR):
        # What a phone puts into the headers of a call is no key.
        if key := request.query_params.get(DOOR_KEY, "").strip():
            return identify(request, services, key)
    else:
        found = _ACCOUNT_IN_PATH.match(path)
        cost = API_AUTH_COST if path == _API_AUTH else REQUEST_COST
        charge_rate_limit(request, services, found[1] if found else "", cost)
    token = envelope_of(request).fields.get("auth_token")
    return recognise(request, services, request.query_params.get("auth_token"), token)


def _require_acceptable(request: Request) -> None:
    """Refuse a client that would not take JSON; ``?accept=`` stands for the header."""
    accept = request.query_params.get("accept") or request.headers.get("accept", "")
    ranges = {part.partition(";")[0].strip().lower() for part in elements_of(accept)}
    served = _JSON_RANGES
    if "jsonp" in request.query_params:
        served = served | _SCRIPT_RANGES
    if ranges and served.isdisjoint(ranges):
        raise NotAcceptableError


def _anybody(request: Request, services: UseCases) -> None:
    _admit(request, services)
    _require_acceptable(request)


def _manager(request: Request, services: UseCases) -> Caller:
    caller = _admit(request, services)
    if caller is None:
        raise NoCredentialsError
    services.access.authorize(caller, caller.account_id, Scope.MANAGE)
    _require_acceptable(request)
    return caller


def _token_holder(request: Request, services: UseCases) -> Caller:
    caller = _admit(request, services)
    if caller is None:
        raise NoCredentialsError
    _require_acceptable(request)
    return caller


_AccountId = Annotated[str, Path(description="32 lower-case hexadecimal characters.")]


def _managed(request: Request, account_id: _AccountId, services: UseCases) -> Account:
    caller = _admit(request, services)
    account = account_for(request, services, account_id, caller, Scope.MANAGE)
    _require_acceptable(request)
    return account


def _executing(request: Request, account_id: _AccountId, services: UseCases) -> Account:
    caller = _admit(request, services)
    account = account_for(request, services, account_id, caller, Scope.EXECUTE)
    _require_acceptable(request)
    return account


def _calling(request: Request, account_id: _AccountId, services: UseCases) -> Account:
    # A switch takes nothing but a callflow, whatever `Accept` a phone may have put into the call.
    return account_for(request, services, account_id, _admit(request, services), Scope.EXECUTE)


async def _function_id(
    function_id: Annotated[str, Path(description="32 lower-case hexadecimal characters.")],
) -> str:
    if not is_id(function_id):  # so no store is ever asked for a key that it may not take
        raise FunctionNotFoundError(function_id)
    return function_id


Anybody = Annotated[None, Depends(_anybody)]
"""Nobody in particular: no key is needed, but a bad one is refused."""

Manager = Annotated[Caller, Depends(_manager)]
"""Who manages the caller's own account."""

TokenHolder = Annotated[Caller, Depends(_token_holder)]
"""Whoever shows a key or token, whatever it is for."""

ManagedAccount = Annotated[Account, Depends(_managed)]
"""The account in the path, which the caller may manage."""

ExecutingAccount = Annotated[Account, Depends(_executing)]
"""The account in the path, for which the caller may execute the function in the path."""

CallingAccount = Annotated[Account, Depends(_calling)]
"""The account in the path, whose function answers a call."""

FunctionId = Annotated[str, Depends(_function_id)]
"""The function in the path."""
