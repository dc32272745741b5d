"""What a function asks to fetch, and the headers that go out for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.hops import HOPS_HEADER, header_of_hops
from isolambda_core.domain.limits import ANSWER_HEAD_BYTES, ANSWER_HEADERS, FETCH_BODY_BYTES
from isolambda_core.net.heads import is_header
from isolambda_executor.fetching.errors import FetchError, over_limit
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import payload_of
from isolambda_executor.operations import Fields

Headers = tuple[tuple[str, str], ...]

_METHOD: Final = re.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_NO_METHODS: Final = frozenset(("CONNECT", "TRACE", "TRACK"))
_WITHOUT_BODY: Final = frozenset(("GET", "HEAD"))
_REDIRECTS: Final = frozenset(("follow", "error", "manual"))

# What says how a message travels, on whose behalf, or by which way: that is ours to say.
_OURS: Final = re.compile(
    "connection|keep-alive|te|trailer|transfer-encoding|upgrade|host|content-length|expect|via|"
    "http2-settings|forwarded|cdn-loop|(?:proxy|x-forwarded|x-amzn|isolambda)-.*"
)
_OF_A_HOP: Final = re.compile(
    "connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-connection"
)


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A request as a function asks for it; names of headers are in lower case.

    ``body`` is None where there is none, or where it ``is_streamed``.
    """

    method: str
    url: str
    headers: Headers
    redirect: str
    body: bytes | None = None
    is_streamed: bool = False


def read_request(fields: Fields) -> FetchRequest:
    """Return the request of a message.

    Raises:
        BrokenPeerError: no intact worker sends that.
    """
    method, url = fields.get("method"), fields.get("url")
    redirect, body = fields.get("redirect"), fields.get("body")
    if not isinstance(method, str) or not isinstance(url, str) or redirect not in _REDIRECTS:
        raise BrokenPeerError
    if body not in (None, "bytes", "stream"):
        raise BrokenPeerError
    return FetchRequest(
        method,
        url,
        _read_headers(fields.get("headers")),
        str(redirect),
        payload_of(fields) if body == "bytes" else None,
        body == "stream",
    )


def check_request(request: FetchRequest) -> None:
    """Refuse what no server is asked.

    Raises:
        FetchError: the request is one of those.
    """
    if not _METHOD.fullmatch(request.method):
        raise FetchError("refused", "the method is no token of HTTP")
    if request.method.upper() in _NO_METHODS:
        raise FetchError("refused", f"the method {request.method} is not sent")
    if request.method in _WITHOUT_BODY and (request.body is not None or request.is_streamed):
        raise FetchError("refused", f"a request by {request.method} has no body")
    if len(request.headers) > ANSWER_HEADERS:
        used = len(request.headers)
        raise over_limit("too many headers", "fetch_headers", ANSWER_HEADERS, used)
    used = len(request.url) + sum(len(name) + len(value) + 4 for name, value in request.headers)
    if used > ANSWER_HEAD_BYTES:
        raise over_limit("the head is too long", "fetch_head_bytes", ANSWER_HEAD_BYTES, used)
    require_headers(request.headers)
    if request.body is not None:
        require_short(len(request.body))


def require_headers(headers: Headers) -> None:
    """Refuse headers that could be read as more than they are.

    Raises:
        FetchError: a name is no token, or a value has a character that ends a line.
    """
    for name, value in headers:
        if not is_header(name, value):
            raise FetchError("refused", f"the header {name[:64]!r} cannot be sent")


def require_short(body_bytes: int) -> None:
    """Refuse the body of a request that is too long.

    Raises:
        FetchError: it is.
    """
    if body_bytes > FETCH_BODY_BYTES:
        what = "the body of the request is too long"
        raise over_limit(what, "fetch_body_bytes", FETCH_BODY_BYTES, body_bytes)


def headers_to_send(headers: Headers, execution: ExecutionRequest, authority: str) -> Headers:
    """Return the headers of a request without those that are ours, and with these."""
    # Some servers take an underscore for a dash.
    own = [each for each in headers if not _OURS.fullmatch(each[0].replace("_", "-"))]
    names = {name for name, _ in own}
    # The bytes of a range are those of the body as it is stored.
    codings = "identity" if "range" in names else "gzip, deflate, br"
    defaults = (("accept", "*/*"), ("accept-encoding", codings), ("user-agent", "isolambda"))
    return (
        ("host", authority),
        *own,
        *(default for default in defaults if default[0] not in names),
        ("isolambda-function", execution.function_id),
        (HOPS_HEADER, header_of_hops(execution.hops + 1)),
    )


def headers_to_show(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of an answer without those of the connection that it came by."""
    return [(name, value) for name, value in headers if not _OF_A_HOP.fullmatch(name)]


def _read_headers(pairs: object) -> Headers:
    if not isinstance(pairs, list):
        raise BrokenPeerError
    for pair in pairs:
        if not isinstance(pair, list) or [type(text) for text in pair] != [str, str]:
            raise BrokenPeerError
    return tuple((name.lower(), value) for name, value in pairs)
