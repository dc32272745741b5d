"""A request as an HTTP function gets it: its URL, its headers and its body."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.types import Scope

from isolambda_api.http.body import bodies_of
from isolambda_api.http.errors import BodyTooLargeError, MalformedBodyError, UnknownPathError
from isolambda_api.http.fast_path import PlainRequest
from isolambda_api.http_functions.hosts import OWN_HOST, SEVERAL
from isolambda_core.domain.http_hosts import source_of_host
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import HTTP_BODY_BYTES
from isolambda_core.domain.public_urls import is_host
from isolambda_core.domain.triggers.types.http import PATH_PATTERN

TOO_LARGE: Final = BodyTooLargeError(HTTP_BODY_BYTES)
WITH_BODY: Final = frozenset(("POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""The methods whose body a function gets; the others have none in the web platform."""
# Of the path as it came: what is encoded in the first part would be another name to a proxy.
_PATH: Final = re.compile(
    rf"(?P<source>/http/[0-9a-f]{{32}}/{PATH_PATTERN})(?P<below>(?:/[!-~]*)?)"
)
_BELOW_HOST: Final = re.compile("(?P<below>/[!-~]*)")
_DOTS: Final = re.compile(r"(?:^|/|%2f|\\|%5c)(?:\.|%2e){1,2}(?:/|%2f|\\|%5c|$)", re.IGNORECASE)
_AS_IT_IS: Final = "%/:@!$&'()*+,;="
_LENGTH: Final = re.compile(rb"[0-9]{1,20}")


def raw_path_of(scope: Scope) -> str:
    """Return the path of a request as it came, without the query."""
    if "aws.event" in scope:
        # API Gateway decodes all but the percent sign itself.
        return quote(scope["aws.event"]["rawPath"], _AS_IT_IS)
    return str(scope["raw_path"].decode("latin-1").partition("?")[0])


def source_in(scope: Scope, raw_path: str) -> str:
    """Return the source of the trigger that a request asks: a path, or the host of ``hosts.py``.

    Raises:
        UnknownPathError: there can be none, or the path leaves what is below it.
        MalformedBodyError: the request names several hosts.
    """
    host = scope.get(OWN_HOST)
    found = (_PATH if host is None else _BELOW_HOST).fullmatch(raw_path)
    if found is None or _DOTS.search(found["below"]):
        raise UnknownPathError
    if host == SEVERAL:
        raise MalformedBodyError("the request names several hosts")
    return found["source"] if host is None else source_of_host(host)


def url_of(request: PlainRequest, raw_path: str, public_url: str | None) -> str:
    """Return the whole URL of a request: at ``public_url``, or at the host that it names.

    A host of a function's own is in no ``public_url``.

    Raises:
        MalformedBodyError: it names no host.
    """
    scope = request.scope
    query = scope["query_string"]
    asked = f"{raw_path}?{query.decode('latin-1')}" if query else raw_path
    if public_url is not None and OWN_HOST not in scope:
        return public_url + asked
    host = request.headers.get(b"host", b"").decode("latin-1")
    if not is_host(host):
        raise MalformedBodyError("the request names no host")
    # Mangum would believe X-Forwarded-Proto; API Gateway speaks nothing but HTTPS.
    scheme = "https" if "aws.event" in scope else scope["scheme"]
    return f"{scheme}://{host}{asked}"


async def read_body(request: PlainRequest) -> bytes:
    """Return the body as it came, also where it is encoded.

    Raises:
        BodyTooLargeError: it is over ``limits.HTTP_BODY_BYTES``; the rest is not read.
        BodyTimeoutError: it does not come in time.
        OverloadedError: there are too many bytes of bodies under way.
    """
    headers, scope = request.headers, request.scope
    length = headers.get(b"content-length", b"")
    if not length and b"transfer-encoding" not in headers and "aws.event" not in scope:
        return b""  # as most requests have none, whose stream need not be asked
    if _LENGTH.fullmatch(length) and int(length) > HTTP_BODY_BYTES:
        raise TOO_LARGE
    context = request.context
    context.body = bodies_of(scope).open(context.tenant)
    body = bytearray()
    async for chunk in Request(scope, request.receive).stream():
        context.body.take(len(chunk))
        body += chunk
        if len(body) > HTTP_BODY_BYTES:
            raise TOO_LARGE
    return bytes(body)


def payload_of(request: PlainRequest, url: str, body: bytes, withheld: frozenset[bytes]) -> bytes:
    """Return the input of the function, JSON; headers that are ``withheld`` do not reach it."""
    method = request.scope["method"]
    if method == "HEAD":
        method = "GET"
    headers = _headers(request.headers, withheld)
    has_body = method in WITH_BODY and (body or b"content-length" in request.headers)
    head = dump({"method": method, "url": url, "headers": headers})[:-1]
    if not has_body:
        return f'{head},"body":null}}'.encode()
    return b'%b,"body":"%b"}' % (head.encode(), base64.b64encode(body))


def _headers(given: Mapping[bytes, bytes], withheld: frozenset[bytes]) -> Sequence[tuple[str, str]]:
    connection = given.get(b"connection")
    if connection is not None:
        withheld = withheld.union(name.strip().lower() for name in connection.split(b","))
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in given.items()
        if name not in withheld
    ]
