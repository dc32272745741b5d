"""Read Kazoo's envelope, which surrounds ``data`` in a request (Kx: src/api_util.erl)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from isolambda_api.http.body import (
    form_fields,
    is_form,
    is_readable,
    read_body,
    read_json,
)
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import (
    MediaTypeError,
    MethodNotAllowedError,
    RequestError,
)
from isolambda_api.http.raises import raises
from isolambda_api.http.services import services_of
from isolambda_api.kazoo.envelope import require_callback
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, IsolambdaError, Violation
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse

_TUNNELLED = ("DELETE", "GET", "PATCH", "POST", "PUT")
READING_A_BODY = ("PATCH", "POST", "PUT")
"""The verbs whose body is read."""


class MissingDataError(IsolambdaError):
    """The body is JSON, but no object with ``data``; ``body`` is what it is."""

    def __init__(self, body: JsonValue) -> None:
        super().__init__("the body has no data")
        self.body = body


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request's envelope: ``fields`` by lower-case name.

    ``readable`` is false when the body has a media type that is not read; it has no fields then.
    ``fault`` is why a body is no envelope; it matters where a body is wanted.
    """

    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    readable: bool = True
    fault: IsolambdaError | None = None

    @property
    def data(self) -> JsonValue:
        """What the request is about; no body at all is no data, which is allowed."""
        return self.fields.get("data", {})


def envelope_of(request: Request) -> Envelope:
    """Return the envelope that :func:`prepare_request` read."""
    return cast("Envelope", request.state.envelope)


async def prepare_request(request: Request) -> None:
    """Read the envelope, and let it say which verb the request is for.

    A POST stands for the verb that its query or envelope names (Kx: doc/basics.md, "Tunneling the
    HTTP Verb"). The body of a DELETE or a GET is ignored, whatever it is, but for an envelope's
    token.

    Raises:
        InvalidDocumentError: ``jsonp`` is not the name of a function.
        ContentEncodingError: the body is encoded.
        BodyTooLargeError: the body is over the limit.
        MalformedBodyError: the body is not JSON.
        MissingDataError: it is not an object with ``data``.
        MethodNotAllowedError: it names no verb of ours.
    """
    scope = request.scope
    require_callback(request)
    context_of(request).tokens = services_of(request).rates.untouched
    envelope = await _read(request)
    request.state.envelope = envelope
    if scope["method"] == "POST":
        verb = request.query_params.get("verb") or envelope.fields.get("verb") or "POST"
        scope["method"] = str(verb).upper()
        if scope["method"] not in _TUNNELLED:
            scope["method"] = "POST"
            raise MethodNotAllowedError(_TUNNELLED)
    if envelope.fault is not None and scope["method"] in READING_A_BODY:
        raise envelope.fault


@raises(MediaTypeError(), InvalidDocumentError([Violation(("data",), "type", "object", [])]))
async def _data(request: Request) -> Document:
    envelope = envelope_of(request)
    if not envelope.readable:
        raise MediaTypeError
    if not isinstance(envelope.data, dict):
        raise InvalidDocumentError([Violation(("data",), "type", "object", envelope.data)])
    return envelope.data


Data = Annotated[Document, Depends(_data)]
"""The ``data`` of a request; ask for it after the account, for Kazoo looks at it after that."""


async def _read(request: Request) -> Envelope:
    if not is_readable(request):
        return Envelope(readable=False)
    try:
        body = await read_body(request)
        if not body:
            return Envelope()
        # curl calls every body a form.
        fields = _form(body) if is_form(request, body) else None
        return _json(body) if fields is None else Envelope(fields)
    except RequestError as error:
        return Envelope(fault=error)


def _form(body: bytes) -> Mapping[str, JsonValue] | None:
    """Return the envelope that a form holds; None when it holds none, and may be JSON."""
    try:
        fields: dict[str, JsonValue] = {
            name.decode().lower(): value.decode() for name, value in form_fields(body)
        }
    except UnicodeDecodeError:
        return None
    if "data" not in fields:
        return None
    try:
        fields["data"] = parse(cast("str", fields["data"]))
    except InvalidJsonError:
        return fields  # text, which is no object: its reader will say so
    return fields


def _json(body: bytes) -> Envelope:
    envelope = read_json(body, around=1)
    fields = (
        {name.lower(): value for name, value in envelope.items()}
        if isinstance(envelope, dict)
        else {}
    )
    return Envelope(fields, fault=None if "data" in fields else MissingDataError(envelope))
