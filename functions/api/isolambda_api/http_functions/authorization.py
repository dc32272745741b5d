"""Let in a request that shows what the trigger asks for, and charge its account or its address."""

from isolambda_api.http.authentication import NoCredentialsError, charge, charge_account
from isolambda_api.http.fast_path import PlainRequest
from isolambda_api.http.services import Services
from isolambda_api.http_functions.requests import read_body
from isolambda_api.webhooks.routes import delivery_of
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.limits import READ_ON_LOOP_BYTES, REQUEST_COST
from isolambda_core.domain.triggers.errors import TokenRefusedError
from isolambda_core.domain.triggers.webhooks.signatures import verify
from isolambda_core.services.executions.http_functions import HttpFunction


async def authorize(request: PlainRequest, services: Services, found: HttpFunction) -> bytes:
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
    auth = found.auth
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
            charge(request.scope, request.context, services, None, REQUEST_COST)
            return await read_body(request)
    _charge(request, services, found)
    return await read_body(request)


def _charge(request: PlainRequest, services: Services, found: HttpFunction) -> None:
    request.context.account = found.account
    charge_account(request.scope, request.context, services, found.account.id, REQUEST_COST)


async def _admit_key(request: PlainRequest, services: Services, found: HttpFunction) -> None:
    # The query is not looked at: what is in there stays in logs, and goes to the function.
    key = _text(request, b"x-auth-token") or _bearer(request)
    if not key:
        raise NoCredentialsError
    account_id, function_id = found.account.id, found.function.id
    if services.admissions is not None:
        admission = await services.admissions.admit(key, account_id, function_id)
        request.context.caller = admission.caller
        return

    def admit() -> None:
        caller = services.access.authenticate(key)
        services.access.authorize(caller, account_id, Scope.EXECUTE, function_id)
        request.context.caller = caller

    await services.invocations.blocking(admit)


async def _verify(
    request: PlainRequest, services: Services, found: HttpFunction, body: bytes
) -> None:
    trigger, delivery = found.trigger, delivery_of(request.as_request(), body)

    def check() -> None:
        secret = services.triggers.webhook_secret(trigger)
        verify(trigger.signature, secret, delivery, services.clock.now_ms())

    if trigger.secret is not None and len(body) <= READ_ON_LOOP_BYTES:
        check()
    else:
        await services.invocations.blocking(check)


def _bearer(request: PlainRequest) -> str:
    scheme, _, token = _text(request, b"authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _text(request: PlainRequest, header: bytes) -> str:
    return request.headers.get(header, b"").decode("latin-1").strip()
