"""A request as an HTTP function gets it: its URL, its headers and its body."""

import base64
import re
from typing import Final
from urllib.parse import quote

from fastapi import Request

from isolambda_api.http.body import bodies_of
from isolambda_api.http.context import context_of
from isolambda_api.http.errors import BodyTooLargeError, MalformedBodyError, UnknownPathError
from isolambda_core.domain.http_answers import HOP_BY_HOP
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import HTTP_BODY_BYTES
from isolambda_core.domain.public_urls import HOST
from isolambda_core.domain.triggers.types.http import PATH_PATTERN

TOO_LARGE: Final = BodyTooLargeError(HTTP_BODY_BYTES)
WITH_BODY: Final = frozenset(("POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""The methods whose body a function gets; the others have none in the web platform."""
# Of the path as it came: what is encoded in the first part would be another name to a proxy.
_PATH: Final = re.compile(rf"/http/([0-9a-f]{{32}})/({PATH_PATTERN})((?:/[!-~]*)?)")
_DOTS: Final = re.compile(r"(?:^|/|%2f|\\|%5c)(?:\.|%2e){1,2}(?:/|%2f|\\|%5c|$)", re.IGNORECASE)
_HOST: Final = re.compile(HOST)
_AS_IT_IS: Final = "%/:@!$&'()*+,;="
_LENGTH: Final = re.compile(r"[0-9]{1,20}")


def path_of(request: Request) -> tuple[str, str]:
    """Return the account and the path's name of a request.

    Raises:
        UnknownPathError: there can be none, or the path leaves what is below the name.
    """
    found = _PATH.fullmatch(_raw_path(request))
    if found is None or _DOTS.search(found[3]):
        raise UnknownPathError
    return found[1], found[2]


def url_of(request: Request, public_url: str | None) -> str:
    """Return the whole URL of a request: at ``public_url``, or at the host that it names.

    Raises:
        MalformedBodyError: it names no host.
    """
    query = request.scope["query_string"].decode("latin-1")
    asked = f"{_raw_path(request)}?{query}" if query else _raw_path(request)
    if public_url is not None:
        return public_url + asked
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        raise MalformedBodyError("the request names no host")
    # Mangum would believe X-Forwarded-Proto; API Gateway speaks nothing but HTTPS.
    scheme = "https" if "aws.event" in request.scope else request.scope["scheme"]
    return f"{scheme}://{host}{asked}"


async def read_body(request: Request) -> bytes:
    """Return the body as it came, also where it is encoded.

    Raises:
        BodyTooLargeError: it is over ``limits.HTTP_BODY_BYTES``; the rest is not read.
        BodyTimeoutError: it does not come in time.
        OverloadedError: there are too many bytes of bodies under way.
    """
    headers = request.headers
    length = headers.get("content-length", "")
    if not length and "transfer-encoding" not in headers and "aws.event" not in request.scope:
        return b""  # as most requests have none, whose stream need not be asked
    if _LENGTH.fullmatch(length) and int(length) > HTTP_BODY_BYTES:
        raise TOO_LARGE
    context = context_of(request)
    context.body = bodies_of(request).open(context.tenant)
    body = bytearray()
    async for chunk in request.stream():
        context.body.take(len(chunk))
        body += chunk
        if len(body) > HTTP_BODY_BYTES:
            raise TOO_LARGE
    return bytes(body)


def payload_of(request: Request, url: str, body: bytes, withheld: frozenset[str]) -> bytes:
    """Return the input of the function, JSON; headers that are ``withheld`` do not reach it."""
    method = "GET" if request.method == "HEAD" else request.method
    headers = _headers(request, withheld)
    has_body = method in WITH_BODY and (body or "content-length" in request.headers)
    head = dump({"method": method, "url": url, "headers": headers})[:-1]
    if not has_body:
        return f'{head},"body":null}}'.encode()
    return b'%b,"body":"%b"}' % (head.encode(), base64.b64encode(body))


def _headers(request: Request, withheld: frozenset[str]) -> list[tuple[str, str]]:
    dropped = HOP_BY_HOP | withheld if withheld else HOP_BY_HOP
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.scope["headers"]
    ]
    for name, value in headers:
        if name == "connection":
            dropped |= {named.strip().lower() for named in value.split(",")}
    return [header for header in headers if header[0] not in dropped]


def _raw_path(request: Request) -> str:
    scope = request.scope
    if "aws.event" in scope:
        # API Gateway decodes all but the percent sign itself.
        return quote(scope["aws.event"]["rawPath"], _AS_IT_IS)
    return str(scope["raw_path"].decode("latin-1").partition("?")[0])
