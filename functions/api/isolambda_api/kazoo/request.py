"""Read Kazoo's envelope, which surrounds ``data`` in a request (Kx: src/api_util.erl)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, cast

from fastapi import Depends, Request

from isolambda_api.http.body import (
    aside,
    form_fields,
    is_form,
    is_readable,
    read_bytes,
    read_json,
    trimmed,
)
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import (
    BodyTooLargeError,
    MediaTypeError,
    RequestError,
    UnauthenticatedBodyTooLargeError,
)
from isolambda_api.http.raises import raises
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, IsolambdaError, Violation
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse
from isolambda_core.domain.limits import BODY_BYTES, UNAUTHENTICATED_BODY_BYTES

_TOO_LARGE = BodyTooLargeError(BODY_BYTES)
TOO_LARGE_WITHOUT_KEY = UnauthenticatedBodyTooLargeError(UNAUTHENTICATED_BODY_BYTES)
"""What reading an envelope raises of a client that has shown no key before it."""


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
    """Return the envelope that was read before the route was known."""
    return cast("Envelope", request.state.envelope)


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


async def read_envelope(request: Request) -> Envelope:
    """Return the envelope in the body; without a caller, it is as short as a key is found in.

    Raises:
        BodyTimeoutError: it does not come in time.
        OverloadedError: there are too many bytes of bodies under way.
    """
    if not is_readable(request):
        return Envelope(readable=False)
    too_large = _TOO_LARGE if context_of(request).caller else TOO_LARGE_WITHOUT_KEY
    try:
        body = trimmed(await read_bytes(request, too_large))
        return await aside(partial(_envelope, request), body)
    except RequestError as error:
        return Envelope(fault=error)


def _envelope(request: Request, body: bytes) -> Envelope:
    if not body:
        return Envelope()
    # curl calls every body a form.
    fields = _form(body) if is_form(request, body) else None
    return _json(body) if fields is None else Envelope(fields)


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
