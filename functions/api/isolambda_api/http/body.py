"""Read a request's body, up to the limit, and the JSON in it."""

import re
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
)
from isolambda_api.http.headers import elements_of
from isolambda_api.http.raises import raises
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump_utf8, parse
from isolambda_core.domain.limits import BODY_BYTES

FORM = "application/x-www-form-urlencoded"
# A body without a media type is JSON, and curl calls everything a form.
_READ = ("", "application/json", FORM)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_ENCODING = "identity"
_LENGTH = re.compile(r"[0-9]{1,20}")
# What a form begins with, up to the first `=`: no list, no quoted text, no markup and no sentence.
_FORM_BEGINS = re.compile(rb"""(?![\['])[^\s"{}<>\\=]*=""")
ANY_BODY_ERRORS = (BodyTooLargeError(BODY_BYTES), ContentEncodingError(), BodyTimeoutError())
BODY_ERRORS = (*ANY_BODY_ERRORS, MediaTypeError())
"""Examples of what reading a body can raise, whatever it is, and where it is JSON or a form."""
MALFORMED_BODY = MalformedBodyError("Expecting value at line 1 column 1")
"""An example of what reading JSON can raise."""


def media_type(request: Request) -> str:
    """Return the media type of the body, in lower case and without parameters; "" for none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_readable(request: Request) -> bool:
    """Tell whether the body has a media type that we read, or none."""
    return media_type(request) in _READ


@raises(*ANY_BODY_ERRORS)
async def read_any_body(request: Request) -> bytes:
    """Return the whole body, whatever it is.

    Raises:
        ContentEncodingError: it is encoded, so as it stands it is not what was meant.
        BodyTooLargeError: it is over ``limits.BODY_BYTES``, or is to be; the rest is not read.
        BodyTimeoutError: it does not come in time.
    """
    encodings = elements_of(request.headers.get("content-encoding", ""))
    if any(encoding.lower() != _NO_ENCODING for encoding in encodings):
        raise ContentEncodingError
    if _declared_bytes(request) > BODY_BYTES:
        raise BodyTooLargeError(BODY_BYTES)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise BodyTooLargeError(BODY_BYTES)
    return bytes(body)


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if _LENGTH.fullmatch(length) else 0


@raises(*BODY_ERRORS)
async def read_body(request: Request) -> bytes:
    """Return the whole body, without a byte order mark and blanks around it.

    Raises:
        MediaTypeError: it is neither JSON nor a form.
        ContentEncodingError: it is encoded.
        BodyTooLargeError: it is over ``limits.BODY_BYTES``; the rest is not read.
    """
    if not is_readable(request):
        raise MediaTypeError
    return (await read_any_body(request)).removeprefix(_BYTE_ORDER_MARK).strip()


AnyBody = Annotated[bytes, Depends(read_any_body)]
"""The body, whatever it is, as an endpoint asks for it."""

Body = Annotated[bytes, Depends(read_body)]
"""The body, JSON or a form, as an endpoint asks for it."""


def is_form(request: Request, body: bytes) -> bool:
    """Tell whether a body is a form, and not something else that curl calls one."""
    return media_type(request) == FORM and _FORM_BEGINS.match(body) is not None


def form_fields(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return names and values of a form, which need not be UTF-8."""
    # As if it were Latin-1, in which every byte is a character.
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def read_json(text: str | bytes, *, around: int = 0) -> JsonValue:
    """Return the value of JSON text that a client sent; see :func:`parse`.

    Raises:
        MalformedBodyError: it is not JSON.
    """
    try:
        return parse(text, around=around)
    except InvalidJsonError as error:
        raise MalformedBodyError(str(error)) from error


def payload_of(value: JsonValue) -> str:
    """Return a value that a client sent as an execution's input, no longer than it has to be.

    Raises:
        MalformedBodyError: it nests too deeply to be written again.
    """
    try:
        return dump_utf8(value).decode("utf-8", "surrogatepass")
    except InvalidJsonError as error:
        raise MalformedBodyError(str(error)) from error
