"""The endpoint of HTTP functions: a request runs a function, which answers it.

Whatever has a path here is on one host with the API and with functions of strangers. So what an
answer says for all of its host does not go out, and what it shows runs in a sandbox.
"""

from typing import Final

from fastapi import Request, Response

from isolambda_api.http.authentication import charge_rate_limit
from isolambda_api.http.context import RequestContext, context_of
from isolambda_api.http.errors import MalformedBodyError, MethodNotAllowedError, UnknownPathError
from isolambda_api.http.invocation_options import hops_of
from isolambda_api.http.services import Services, services_of
from isolambda_api.http_functions import cors
from isolambda_api.http_functions.authorization import authorize, withheld_from
from isolambda_api.http_functions.problems import render_error
from isolambda_api.http_functions.requests import path_of, payload_of, url_of
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import NotFoundError
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.http_answers import HttpAnswer, outgoing
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.triggers.errors import KeysUnavailableError, TriggerDisabledError
from isolambda_core.domain.triggers.types.http import methods_of
from isolambda_core.services.executions.http_functions import (
    HttpExecutionFailedError,
    HttpFunction,
    NoHttpAnswerError,
)

_POLICY: Final = "content-security-policy"
_SANDBOX: Final = "sandbox"
_BODILESS: Final = (204, 205, 304)
_UNSAID: Final = "application/octet-stream"


_NOTHING_SHOWN: Final = (
    UnauthorizedError,
    ForbiddenError,
    NotFoundError,
    UnknownPathError,
    AccountDisabledError,
    TriggerDisabledError,
    KeysUnavailableError,
    MethodNotAllowedError,
    MalformedBodyError,
)
"""Errors of requests that have not shown what the trigger asks for: their address is charged."""


_OF_FUNCTIONS: Final = (
    AccountDisabledError,
    FunctionDisabledError,
    TriggerDisabledError,
    UnusableSecretError,
    HttpExecutionFailedError,
    NoHttpAnswerError,
)
"""Errors that are no failure of ours."""


async def answer_request(request: Request) -> Response:
    """Answer a request as the function that has the path does."""
    try:
        return await _answer(request)
    except _OF_FUNCTIONS as error:
        # Its owner finds it in the records; in the log, strangers could bury what is ours.
        return render_error(request, error)


async def _answer(request: Request) -> Response:
    services, context = services_of(request), context_of(request)
    try:
        found = await _find(request, services, context)
        response = cors.preflight(request, found)
        if response is not None:
            charge_rate_limit(request, services, None)
            return response
        _require_method(request, found)
        url = url_of(request, services.public_url)
        body = await authorize(request, services, found)
    except _NOTHING_SHOWN:
        charge_rate_limit(request, services, None)
        raise
    hops = hops_of(request)
    payload = payload_of(request, url, body, withheld_from(found))
    answer = await services.http_functions().answer(found, payload, context.request_id, hops)
    return _response(context, found, answer)


async def _find(request: Request, services: Services, context: RequestContext) -> HttpFunction:
    """Return the function that a path belongs to, if it may be asked.

    Raises:
        NotFoundError: there is none.
        AccountDisabledError: its account is disabled.
        TriggerDisabledError: its trigger is disabled.
    """
    found = await services.http_functions().find(*path_of(request))
    context.cors = tuple(cors.headers_of(request, found).items())
    if not found.account.enabled:
        raise AccountDisabledError(found.account.id)
    if not found.trigger.enabled:
        raise TriggerDisabledError(found.trigger.id)
    return found


def _require_method(request: Request, found: HttpFunction) -> None:
    methods = methods_of(found.trigger.document)
    if request.method not in methods:
        raise MethodNotAllowedError(sorted({*methods}))


def _response(context: RequestContext, found: HttpFunction, answer: HttpAnswer) -> Response:
    headers = outgoing(cors.without_own(found, answer.headers), shared=True)
    # A browser obeys each policy of several, so that of the function can only forbid more.
    headers.append((_POLICY, _SANDBOX))
    headers += context.cors
    if answer.status in _BODILESS:
        response = Response(status_code=answer.status)
    else:
        response = Response(answer.body, answer.status)
        if answer.body and not any(name == "content-type" for name, _ in headers):
            headers.append(("content-type", _UNSAID))
    response.raw_headers += [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers
    ]
    return response
