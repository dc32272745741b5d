"""Find the API key in a request; ``AccountService`` decides what it is worth."""

from fastapi import Request

from isolambda_api.exchange import exchange_of
from isolambda_core.domain.errors import UnauthorizedError
from isolambda_core.services.accounts import AccountService


class NoCredentialsError(UnauthorizedError):
    """The request carries no key at all."""


def authenticate(request: Request, accounts: AccountService) -> str:
    """Return the id of the account whose key the request carries.

    Raises:
        NoCredentialsError: there is none.
        UnauthorizedError: there is one, but not one of ours.
    """
    secret = _secret(request)
    if not secret:
        raise NoCredentialsError
    caller_id = accounts.authenticate(secret)
    exchange_of(request).authenticated = True
    return caller_id


def _secret(request: Request) -> str:
    # Kazoo's order (Kx: src/api_util.erl); kazoo-php-sdk sends an empty X-Auth-Token, which counts
    # as absent. The same places are looked at for CodeMash, whose SDKs send a Bearer key.
    token = request.headers.get("x-auth-token", "").strip()
    if token:
        return token
    authorization = request.headers.get("authorization", "").strip()
    scheme, _, rest = authorization.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else authorization
