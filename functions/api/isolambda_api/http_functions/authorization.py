"""Let in a request that shows what the trigger asks for, and charge its account or its address."""

from typing import Final

from fastapi import Request

from isolambda_api.http.authentication import NoCredentialsError, charge_account, charge_rate_limit
from isolambda_api.http.context import context_of
from isolambda_api.http.services import Services
from isolambda_api.http_functions.requests import read_body
from isolambda_api.webhooks.routes import delivery_of
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.limits import READ_ON_LOOP_BYTES, REQUEST_COST
from isolambda_core.domain.triggers.errors import TokenRefusedError
from isolambda_core.domain.triggers.types.http import auth_of
from isolambda_core.domain.triggers.webhooks.signatures import verify
from isolambda_core.services.executions.http_functions import HttpFunction

_KEY_HEADERS: Final = frozenset(("authorization", "x-auth-token"))
_TOKEN_HEADERS: Final = frozenset(("authorization", "x-webhook-token"))
_NONE: Final = frozenset[str]()


async def authorize(request: Request, services: Services, found: HttpFunction) -> bytes:
    """Return the body of a request that may come in; see ``auth`` of the trigger.

    The account is charged once the request has shown what it must, and the address until then.

    Raises:
        UnauthorizedError: it does not show what it must.
        ForbiddenError: its key may not execute the function.
        AccountDisabledError: the account of the key, or that of the function, is disabled.
        KeysUnavailableError: the keys that sign tokens cannot be fetched.
        TooManyRequestsError: the bucket is empty.
        RequestError: the body cannot be read; see ``read_body``.
    """
    auth = auth_of(found.trigger.document)
    match auth["type"]:
        case "key":
            await _admit_key(request, services, found)
        case "jwt":
            token = _bearer(request)
            if not token:
                raise TokenRefusedError("it is missing")
            await services.bearer_tokens().verify(
                token,
                issuer=auth["issuer"],
                audience=auth["audience"],
                jwks_url=auth["jwks_url"],
            )
        case "signature":
            body = await read_body(request)
            await _verify(request, services, found, body)
            _charge(request, services, found)
            return body
        case _:
            charge_rate_limit(request, services, None)
            return await read_body(request)
    _charge(request, services, found)
    return await read_body(request)


def withheld_from(found: HttpFunction) -> frozenset[str]:
    """Return the headers that carry a credential of ours, which the function does not get."""
    auth = auth_of(found.trigger.document)
    if auth["type"] == "key":
        return _KEY_HEADERS
    return _TOKEN_HEADERS if auth.get("signature") == "token" else _NONE


def _charge(request: Request, services: Services, found: HttpFunction) -> None:
    context_of(request).account = found.account
    charge_account(request, services, found.account.id, REQUEST_COST)


async def _admit_key(request: Request, services: Services, found: HttpFunction) -> None:
    # The query is not looked at: what is in there stays in logs, and goes to the function.
    key = request.headers.get("x-auth-token", "").strip() or _bearer(request)
    if not key:
        raise NoCredentialsError
    account_id, function_id = found.account.id, found.function.id
    if services.admissions is not None:
        admission = await services.admissions.admit(key, account_id, function_id)
        context_of(request).caller = admission.caller
        return

    def admit() -> None:
        caller = services.access.authenticate(key)
        services.access.authorize(caller, account_id, Scope.EXECUTE, function_id)
        context_of(request).caller = caller

    await services.invocations.blocking(admit)


async def _verify(request: Request, services: Services, found: HttpFunction, body: bytes) -> None:
    trigger = found.trigger

    def check() -> None:
        secret = services.triggers.webhook_secret(trigger)
        verify(trigger.signature, secret, delivery_of(request, body), services.clock.now_ms())

    if trigger.secret is not None and len(body) <= READ_ON_LOOP_BYTES:
        check()
    else:
        await services.invocations.blocking(check)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
