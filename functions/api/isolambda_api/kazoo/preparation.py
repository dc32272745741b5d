"""Do what Kazoo does before the route is known: the cheap first, and the body last."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from isolambda_api.http.body import is_body_declared
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import MethodNotAllowedError
from isolambda_api.http.services import services_of
from isolambda_api.kazoo.authorization import admit
from isolambda_api.kazoo.envelope import require_callback
from isolambda_api.kazoo.request import Envelope, read_envelope

_TUNNELLED = ("DELETE", "GET", "PATCH", "POST", "PUT")
READING_A_BODY = ("PATCH", "POST", "PUT")
"""The verbs whose body is read."""


async def prepare_request(request: Request) -> None:
    """Admit the caller, read the envelope, and let it say which verb the request is for.

    A POST stands for the verb that its query or envelope names (Kx: doc/basics.md, "Tunneling the
    HTTP Verb"). The body of a DELETE or a GET is ignored, whatever it is, but for an envelope's
    token.

    Raises:
        InvalidDocumentError: ``jsonp`` is not the name of a function.
        TooManyRequestsError, UnauthorizedError, ForbiddenError, AccountNotFoundError,
            AccountDisabledError: see :func:`admit`.
        BodyTimeoutError, OverloadedError: see :func:`read_envelope`.
        ContentEncodingError: the body is encoded.
        BodyTooLargeError: the body is over the limit.
        MalformedBodyError: the body is not JSON.
        MissingDataError: it is not an object with ``data``.
        MethodNotAllowedError: it names no verb of ours.
    """
    scope = request.scope
    require_callback(request)
    context_of(request).tokens = services_of(request).rates.untouched
    request.state.envelope = Envelope()
    if scope["method"] in READING_A_BODY or is_body_declared(request):
        await run_in_threadpool(admit, request)
    envelope = request.state.envelope = await read_envelope(request)
    if scope["method"] == "POST":
        verb = request.query_params.get("verb") or envelope.fields.get("verb") or "POST"
        scope["method"] = str(verb).upper()
        if scope["method"] not in _TUNNELLED:
            scope["method"] = "POST"
            raise MethodNotAllowedError(_TUNNELLED)
    if envelope.fault is not None and scope["method"] in READING_A_BODY:
        raise envelope.fault
