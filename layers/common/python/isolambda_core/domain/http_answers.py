"""What an HTTP function answers: what of it is valid, and which headers may go out.

A worker may be taken over, so nothing is taken for granted of what it says.
"""

import re
from binascii import a2b_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, parse
from isolambda_core.domain.limits import HTTP_HEAD_BYTES, HTTP_HEADERS

STATUSES: Final = range(200, 600)
"""What a function can answer: no 1xx, which would not be the last."""
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header."""
_VALUE: Final = re.compile(r"[\t -~\x80-\xff]*")
_JSON: Final = (("content-type", "application/json"),)
_TEXT: Final = (("content-type", "text/plain;charset=UTF-8"),)
_SET_COOKIE: Final = "set-cookie"
_DOMAIN: Final = re.compile(r";[ \t]*domain[ \t]*(?:=|;|$)", re.IGNORECASE)
"""What has a browser send a cookie to other hosts (RFC 6265, section 5.2)."""

HOP_BY_HOP: Final = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers of one connection (RFC 9110, section 7.6.1), which say nothing to a function."""
_OURS: Final = frozenset(("content-length", "date", "server", "x-content-type-options"))
"""What the server says itself."""
# What holds for all of a host, or makes a proxy in front do something.
_OF_THE_HOST: Final = frozenset(
    (
        "accept-ch",
        "alt-svc",
        "clear-site-data",
        "critical-ch",
        "expect-ct",
        "nel",
        "origin-agent-cluster",
        "public-key-pins",
        "report-to",
        "secure-session-registration",
        "service-worker-allowed",
        "set-login",
        "sourcemap",
        "strict-transport-security",
        "use-as-dictionary",
        "x-request-id",
        "x-sendfile",
        "x-lighttpd-send-file",
    )
)
_DROPPED: Final = HOP_BY_HOP | _OURS | _OF_THE_HOST
_DROPPED_IF_SHARED: Final = _DROPPED | {_SET_COOKIE}
_PREFIXES: Final = ("x-accel-", "x-amz", "x-litespeed-")

Headers = Sequence[tuple[str, str]]
"""Names in lower case, and values; both in Latin-1."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer to a request; ``status`` is one of ``STATUSES``."""

    status: int
    headers: Headers
    body: bytes


class InvalidAnswerError(IsolambdaError):
    """What a function returned cannot be an answer; ``str(error)`` says why."""


def answer_of(result: bytes | None) -> HttpAnswer:
    """Return the answer in the result of an execution, JSON of status, headers, body in base64.

    Raises:
        InvalidAnswerError: it is none.
    """
    if result is None:
        raise InvalidAnswerError("the function returned nothing")
    try:
        fields = parse(result)
    except InvalidJsonError as error:
        raise InvalidAnswerError("the answer is not JSON") from error
    match fields:
        case {"status": int(status), "headers": [*pairs], "body": str(encoded)}:
            pass
        case _:
            raise InvalidAnswerError("the answer has no status, headers and body")
    if isinstance(status, bool) or status not in STATUSES:
        raise InvalidAnswerError(f"the status is not one of {STATUSES.start} to 599")
    headers = checked(pairs)
    try:
        return HttpAnswer(status, headers, a2b_base64(encoded, strict_mode=True))
    except ValueError as error:
        raise InvalidAnswerError("the body is not base64") from error


def checked(pairs: Sequence[JsonValue]) -> Headers:
    """Return headers of names and values, if all of them are.

    Raises:
        InvalidAnswerError: one is none, or they are too many or too long.
    """
    if len(pairs) > HTTP_HEADERS:
        raise InvalidAnswerError(
            f"the answer has {len(pairs)} headers; the limit is {HTTP_HEADERS}"
        )
    headers = []
    size = 0
    for pair in pairs:
        match pair:
            case [str(name), str(value)] if TOKEN.fullmatch(name) and _VALUE.fullmatch(value):
                headers.append((name.lower(), value))
                size += len(name) + len(value)
            case _:
                raise InvalidAnswerError("the answer has a header that is none")
    if size > HTTP_HEAD_BYTES:
        raise InvalidAnswerError(f"the headers have {size} bytes; the limit is {HTTP_HEAD_BYTES}")
    return tuple(headers)


def outgoing(headers: Headers, *, shared: bool) -> list[tuple[str, str]]:
    """Return the headers that may go out; on a ``shared`` host no cookie does.

    On no host does one for another: a name above may be that of the API, or of another account.
    """
    dropped = _DROPPED_IF_SHARED if shared else _DROPPED
    for header, value in headers:
        if header == "connection":
            dropped |= {name.strip().lower() for name in value.split(",")}
    return [
        header
        for header in headers
        if header[0] not in dropped
        and not header[0].startswith(_PREFIXES)
        and not (header[0] == _SET_COOKIE and _DOMAIN.search(header[1]))
    ]


def is_http_fallback(fallback: JsonValue) -> bool:
    """Return whether the ``fallback`` of a document is an answer, and not a callflow."""
    return isinstance(fallback, Mapping) and "status" in fallback and "module" not in fallback


def answer_of_fallback(fallback: Mapping[str, JsonValue]) -> HttpAnswer:
    """Return a valid ``fallback`` as an answer; a callflow is answered as JSON, and so is a body.

    A body that is a text is answered as it is.
    """
    if not is_http_fallback(fallback):
        return HttpAnswer(200, _JSON, dump(fallback).encode())
    fields = cast("Mapping[str, Any]", fallback)
    status, body = int(fields["status"]), fields.get("body", "")
    pairs = tuple((name.lower(), text) for name, text in fields.get("headers", {}).items())
    if isinstance(body, str):
        headers, encoded = (_TEXT if body else ()), body.encode("utf-8", "replace")
    else:
        headers, encoded = _JSON, dump(body).encode()
    is_typed = any(name == "content-type" for name, _ in pairs)
    return HttpAnswer(status, pairs if is_typed else (*pairs, *headers), encoded)
