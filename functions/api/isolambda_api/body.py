"""Read a request's body, up to the limit, and the JSON in it."""

from typing import Annotated

from fastapi import Depends, Request

from isolambda_api.errors import BodyTooLargeError, MalformedBodyError, MediaTypeError
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump_utf8, parse
from isolambda_core.domain.limits import BODY_BYTES

FORM = "application/x-www-form-urlencoded"
# A body without a media type is JSON, and curl calls everything a form.
_READ = ("", "application/json", FORM)


def media_type(request: Request) -> str:
    """Return the media type of the body, in lower case and without parameters; "" for none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_readable(request: Request) -> bool:
    """Tell whether the body has a media type that we read, or none."""
    return media_type(request) in _READ


async def read_any_body(request: Request) -> bytes:
    """Return the whole body, whatever it is.

    Raises:
        BodyTooLargeError: it is over ``limits.BODY_BYTES``; the rest is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise BodyTooLargeError(BODY_BYTES)
    return bytes(body)


async def read_body(request: Request) -> bytes:
    """Return the whole body.

    Raises:
        MediaTypeError: it is neither JSON nor a form.
        BodyTooLargeError: it is over ``limits.BODY_BYTES``; the rest is not read.
    """
    if not is_readable(request):
        raise MediaTypeError
    return await read_any_body(request)


AnyBody = Annotated[bytes, Depends(read_any_body)]
"""The body, whatever it is, as an endpoint asks for it."""

Body = Annotated[bytes, Depends(read_body)]
"""The body, JSON or a form, as an endpoint asks for it."""


def read_json(text: str | bytes) -> JsonValue:
    """Return the value of JSON text that a client sent.

    Raises:
        MalformedBodyError: it is not JSON.
    """
    try:
        return parse(text)
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
