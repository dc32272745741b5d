"""Read a request's body, up to the limit, and the JSON in it."""

import re
from collections.abc import Callable
from typing import Annotated, TypeVar, cast
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from isolambda_api.http.bodies_under_way import BodiesUnderWay
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    ContentEncodingError,
    MalformedBodyError,
    MediaTypeError,
    OverloadedError,
)
from isolambda_api.http.headers import elements_of
from isolambda_api.http.raises import raises
from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    dump_readable,
    parse,
    to_utf8,
)
from isolambda_core.domain.limits import BODY_BYTES, FORM_FIELDS, READ_ON_LOOP_BYTES

_Read = TypeVar("_Read")

FORM = "application/x-www-form-urlencoded"
# A body without a media type is JSON, and curl calls everything a form.
_READ = ("", "application/json", FORM)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_ENCODING = "identity"
_LENGTH = re.compile(r"[0-9]{1,20}")
# What a form begins with, up to the first `=`: no list, no quoted text, no markup and no sentence.
_FORM_BEGINS = re.compile(rb"""(?![\['])[^\s"{}<>\\=]*=""")
_TOO_LARGE = BodyTooLargeError(BODY_BYTES)
ANY_BODY_ERRORS = (_TOO_LARGE, ContentEncodingError(), BodyTimeoutError(), OverloadedError())
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
    """Return the whole body, whatever it is; see :func:`read_bytes`."""
    return await read_bytes(request, _TOO_LARGE)


async def read_bytes(request: Request, too_large: BodyTooLargeError) -> bytes:
    """Return the whole body, whatever it is, up to the limit of ``too_large``.

    Raises:
        ContentEncodingError: it is encoded, so as it stands it is not what was meant.
        BodyTooLargeError: ``too_large``: it is longer, or is to be; the rest is not read.
        BodyTimeoutError: it does not come in time.
        OverloadedError: there are too many bytes of bodies under way.
    """
    encodings = elements_of(request.headers.get("content-encoding", ""))
    if any(encoding.lower() != _NO_ENCODING for encoding in encodings):
        raise ContentEncodingError
    if _declared_bytes(request) > too_large.limit:
        raise too_large
    context = context_of(request)
    under_way = bodies_of(request.scope).open(context.tenant)
    context.body = under_way
    body = bytearray()
    async for chunk in request.stream():
        under_way.take(len(chunk))
        body += chunk
        if len(body) > too_large.limit:
            raise too_large
    return bytes(body)


async def aside(read: Callable[[bytes], _Read], body: bytes) -> _Read:
    """Return what ``read`` makes of a body: in a thread, if it is so long that others would wait.

    Raises whatever ``read`` raises.
    """
    return read(body) if len(body) <= READ_ON_LOOP_BYTES else await run_in_threadpool(read, body)


def bodies_of(scope: Scope) -> BodiesUnderWay:
    """Return the count of the bodies under way in the app that a request came to."""
    return cast("BodiesUnderWay", scope["app"].state.bodies)


def is_body_declared(request: Request) -> bool:
    """Tell whether the headers say that there is a body."""
    return _declared_bytes(request) > 0 or "transfer-encoding" in request.headers


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if _LENGTH.fullmatch(length) else 0


@raises(*BODY_ERRORS)
async def read_body(request: Request) -> bytes:
    """Return the whole body, without a byte order mark and blanks around it.

    Raises:
        MediaTypeError: it is neither JSON nor a form.
        RequestError: see :func:`read_bytes`.
    """
    if not is_readable(request):
        raise MediaTypeError
    return trimmed(await read_any_body(request))


def trimmed(body: bytes) -> bytes:
    """Return a body without a byte order mark and blanks around it."""
    return body.removeprefix(_BYTE_ORDER_MARK).strip()


AnyBody = Annotated[bytes, Depends(read_any_body)]
"""The body, whatever it is, as an endpoint asks for it."""

Body = Annotated[bytes, Depends(read_body)]
"""The body, JSON or a form, as an endpoint asks for it."""


def is_form(request: Request, body: bytes) -> bool:
    """Tell whether a body is a form, and not something else that curl calls one."""
    return media_type(request) == FORM and _FORM_BEGINS.match(body) is not None


def form_fields(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return names and values of a form, which need not be UTF-8.

    Raises:
        MalformedBodyError: it has more than ``limits.FORM_FIELDS``.
    """
    if body.count(b"&") >= FORM_FIELDS:
        raise MalformedBodyError(f"a form must not have more than {FORM_FIELDS} fields")
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


def payload_of(value: JsonValue) -> bytes:
    """Return a value that a client sent as an execution's input, no longer than it has to be.

    Raises:
        MalformedBodyError: it nests too deeply to be written again.
    """
    try:
        return to_utf8(dump_readable(value))
    except InvalidJsonError as error:
        raise MalformedBodyError(str(error)) from error
