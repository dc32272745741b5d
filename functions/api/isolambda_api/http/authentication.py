"""Find the key or token in a request; ``AccessService`` decides what it is worth."""

import base64
import binascii

from fastapi import Request

from isolambda_api.http.context import context_of
from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.accounts.errors import (
    TooManyRequestsError,
    UnauthorizedError,
)
from isolambda_core.domain.accounts.rate_limits import RateLimitUsage

_ADDRESS_UNKNOWN = "-"


class NoCredentialsError(UnauthorizedError):
    """The request carries no key and no token at all."""


def charge_rate_limit(request: Request, services: Services, account_id: str, cost: int) -> None:
    """Take what a request costs from the bucket of the client's address and the account.

    Raises:
        TooManyRequestsError: there is too little in it.
    """
    address = request.client.host if request.client else _ADDRESS_UNKNOWN
    context = context_of(request)
    try:
        context.tokens = services.rates.take(address, account_id, cost)
    except TooManyRequestsError as error:
        context.tokens = RateLimitUsage(0, error.remaining)
        raise


def authenticate(request: Request, services: Services, *more: object) -> Caller | None:
    """Return whose key or token the request carries; None when it carries none.

    ``more`` are places of a dialect's own to look at, in the order of Kx: src/api_util.erl: after
    ``X-Auth-Token`` and before ``Authorization``.

    Raises:
        UnauthorizedError: it carries one that is unknown, or no longer valid.
    """
    credential, account_id = _find(request, more)
    return identify(request, services, credential, account_id) if credential else None


def identify(
    request: Request, services: Services, credential: str, account_id: str | None = None
) -> Caller:
    """Return the caller that a key or a token stands for, of ``account_id`` if that is given.

    Raises:
        UnauthorizedError: it is unknown, no longer valid, or of another account.
    """
    caller = services.access.authenticate(credential)
    if account_id is not None and account_id != caller.account_id:
        raise UnauthorizedError
    context = context_of(request)
    context.caller = caller
    context.auth_token = credential if caller.token is not None else None
    return caller


def _find(request: Request, more: tuple[object, ...]) -> tuple[str, str | None]:
    """Return the credential, and the account that Basic authentication names beside it."""
    # kazoo-php-sdk sends an empty X-Auth-Token, which counts as absent.
    for place in (request.headers.get("x-auth-token"), *more):
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
