"""Find the key or token in a request, and charge who shows it.

``AccessService`` decides what it is worth.
"""

import base64
import binascii

from fastapi import Request
from starlette.types import Scope

from isolambda_api.http.context import RequestContext, context_of
from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.accounts.errors import (
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.accounts.rate_limits import RateLimitUsage
from isolambda_core.domain.acting import Actor
from isolambda_core.domain.limits import REQUEST_COST

_ADDRESS_UNKNOWN = "-"


class NoCredentialsError(UnauthorizedError):
    """The request carries no key and no token at all."""


def charge_rate_limit(
    request: Request, services: Services, caller: Caller | None, cost: int = REQUEST_COST
) -> None:
    """Take what a request costs, once, from the bucket of its client; see :func:`charge`."""
    charge(request.scope, context_of(request), services, caller, cost)


def charge(
    scope: Scope, context: RequestContext, services: Services, caller: Caller | None, cost: int
) -> None:
    """Take what a request costs, once, from the bucket of its client.

    Until a caller is known, that is the bucket of the address alone. What the request says of an
    account, in its path or elsewhere, chooses no bucket. What costs nothing leaves it alone.

    Raises:
        TooManyRequestsError: there is too little in it.
    """
    account_id = None if caller is None else caller.api_key.account_id
    charge_account(scope, context, services, account_id, cost)


def charge_account(
    scope: Scope, context: RequestContext, services: Services, account_id: str | None, cost: int
) -> None:
    """Take what a request costs as :func:`charge`, from the bucket of an account that is known.

    Raises:
        TooManyRequestsError: there is too little in it.
    """
    if not cost:
        context.tokens = services.rates.untouched
        return
    if context.is_charged:
        return
    context.is_charged = True
    address = _address_of(scope)
    try:
        context.tokens = services.rates.take(address or _ADDRESS_UNKNOWN, account_id, cost)
    except TooManyRequestsError as error:
        context.tokens = RateLimitUsage(0, error.remaining)
        raise


def actor_of(scope: Scope, context: RequestContext) -> Actor:
    """Return who asks for what a request changes, as far as that is known by now."""
    caller, address = context.caller, _address_of(scope)
    if caller is None:
        return Actor(address=address)
    return Actor(caller.api_key.id, caller.account_id, address=address)


def _address_of(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def authenticate(
    request: Request,
    services: Services,
    first: object = None,
    *more: object,
    cost: int = REQUEST_COST,
    is_caller_free: bool = False,
) -> Caller | None:
    """Charge the client, and return whose key or token the request carries, if it carries one.

    ``first`` is a place of the dialect's own to look at before all others. ``more`` are places to
    look at in the order of Kx: src/api_util.erl: after ``X-Auth-Token`` and before
    ``Authorization``. With ``is_caller_free``, who shows a valid one is not charged.

    Raises:
        TooManyRequestsError: the client's bucket holds less than ``cost``.
        UnauthorizedError: it carries one that is unknown, no longer valid, or of another account.
    """
    try:
        caller = _identify(request, services, *_find(request, first, more))
    except UnauthorizedError:
        charge_rate_limit(request, services, None, cost)
        raise
    if caller is None or not is_caller_free:
        charge_rate_limit(request, services, caller, cost)
    return caller


def _identify(
    request: Request, services: Services, credential: str, account_id: str | None
) -> Caller | None:
    if not credential:
        return None
    context = context_of(request)
    caller = context.caller
    if caller is None or context.credential != credential:
        caller = services.access.authenticate(credential)
    if account_id is not None and account_id != caller.account_id:
        raise UnauthorizedError
    if caller is not context.caller:
        context.caller, context.credential, context.account = caller, credential, None
        context.auth_token = credential if caller.token is not None else None
    return caller


def _find(request: Request, first: object, more: tuple[object, ...]) -> tuple[str, str | None]:
    """Return the credential, and the account that Basic authentication names beside it."""
    # kazoo-php-sdk sends an empty X-Auth-Token, which counts as absent.
    for place in (first, request.headers.get("x-auth-token"), *more):
        if isinstance(place, str) and place.strip():
            return place.strip(), None
    authorization = (
        request.headers.get("authorization") or request.query_params.get("authorization") or ""
    ).strip()
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip(), None
        case "basic":
            return _basic(rest.strip())
        case _:
            return authorization, None


def _basic(encoded: str) -> tuple[str, str]:
    """Return key and account of Basic authentication: the account's id is the user's name."""
    try:
        account_id, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise UnauthorizedError from error
    if not key:
        raise UnauthorizedError
    return key, account_id
