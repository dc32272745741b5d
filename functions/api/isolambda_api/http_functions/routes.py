"""The endpoint of HTTP functions: a request runs a function, which answers it.

Whatever has a path here is on one host with the API and with functions of strangers. So what an
answer says for all of its host does not go out, and what it shows runs in a sandbox. A host of its
own has neither beside it: there are no sandbox, and cookies for that host alone.
"""

from typing import Final

from isolambda_api.http.authentication import charge
from isolambda_api.http.context import RequestContext
from isolambda_api.http.errors import MalformedBodyError, MethodNotAllowedError, UnknownPathError
from isolambda_api.http.fast_path import Answer, PlainRequest, answer_of
from isolambda_api.http.invocation_options import hops_in_header
from isolambda_api.http.services import Services
from isolambda_api.http_functions import cors
from isolambda_api.http_functions.authorization import authorize
from isolambda_api.http_functions.problems import render_error
from isolambda_api.http_functions.requests import payload_of, raw_path_of, source_in, url_of
from isolambda_core.domain.accounts.errors import (
    AccountDisabledError,
    ForbiddenError,
    UnauthorizedError,
)
from isolambda_core.domain.errors import NotFoundError
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.http_answers import HttpAnswer, outgoing
from isolambda_core.domain.limits import REQUEST_COST
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.triggers.errors import KeysUnavailableError, TriggerDisabledError
from isolambda_core.services.executions.http_functions import (
    HttpExecutionFailedError,
    HttpFunction,
    NoHttpAnswerError,
)

_SANDBOX: Final = (b"content-security-policy", b"sandbox")
_TYPE: Final = b"content-type"
_UNSAID: Final = (_TYPE, b"application/octet-stream")
_WITHOUT_BODY: Final = (204, 205, 304)
_WITHOUT_LENGTH: Final = (204, 304)


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


async def answer_request(request: PlainRequest, services: Services) -> Answer:
    """Answer a request as the function that has the path does."""
    try:
        return await _answer(request, services)
    except _OF_FUNCTIONS as error:
        # Its owner finds it in the records; in the log, strangers could bury what is ours.
        return answer_of(render_error(request.as_request(), error))


async def _answer(request: PlainRequest, services: Services) -> Answer:
    scope, context = request.scope, request.context
    try:
        path = raw_path_of(scope)
        found = await _find(request, services, path)
        preflight = cors.preflight(request, found)
        if preflight is not None:
            charge(scope, context, services, None, REQUEST_COST)
            return preflight
        if scope["method"] not in found.methods:
            raise MethodNotAllowedError(sorted(found.methods))
        url = url_of(request, path, services.public_url)
        body = await authorize(request, services, found)
    except _NOTHING_SHOWN:
        charge(scope, context, services, None, REQUEST_COST)
        raise
    looped = request.headers.get(b"cdn-loop")
    hops = 0 if looped is None else hops_in_header(looped.decode("latin-1"))
    payload = payload_of(request, url, body, found.withheld)
    answer = await services.http_functions().answer(found, payload, context.request_id, hops)
    return _sent(context, found, answer)


async def _find(request: PlainRequest, services: Services, path: str) -> HttpFunction:
    """Return the function that a path belongs to, if it may be asked.

    Raises:
        UnknownPathError: no function can have it.
        NotFoundError: there is none.
        AccountDisabledError: its account is disabled.
        TriggerDisabledError: its trigger is disabled.
    """
    found = await services.http_functions().find(source_in(request.scope, path))
    request.context.cors = cors.headers_of(request, found)
    if found.is_enabled:
        return found
    if not found.account.enabled:
        raise AccountDisabledError(found.account.id)
    raise TriggerDisabledError(found.trigger.id)


def _sent(context: RequestContext, found: HttpFunction, answer: HttpAnswer) -> Answer:
    status, body = answer.status, answer.body
    if status in _WITHOUT_BODY:
        body = b""
    is_shared = found.trigger.host is None
    headers = outgoing(cors.without_own(found, answer.headers), shared=is_shared)
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if body and _TYPE not in dict(lines):
        lines.append(_UNSAID)
    if is_shared:
        # A browser obeys each policy of several, so that of the function can only forbid more.
        lines.append(_SANDBOX)
    lines += [(name.encode(), value.encode()) for name, value in context.cors]
    if status not in _WITHOUT_LENGTH:
        lines.append((b"content-length", b"%d" % len(body)))
    return Answer(status, lines, body)
