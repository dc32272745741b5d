"""Kazoo's envelope around an answer (Kx: src/api_util.erl)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from fastapi import Request, Response

from isolambda_api.http.context import (
    RequestContext,
    context_of,
)
from isolambda_api.http.json_response import (
    Body,
    encode,
    indented,
)
from isolambda_api.http.preconditions import NOT_MODIFIED, is_known_to_client
from isolambda_core import __version__
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue, dump

_NO_REVISION = "automatic"
"""What Kazoo says where an answer is no document."""
# What a page may be called back by; nothing else of the client's gets into the script.
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)
_CALLBACK_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class _SuccessBody:
    """The envelope of a success, without its trailer, which is of one request."""

    before: bytes
    after: bytes
    etag: str

    @property
    def size(self) -> int:
        return len(self.before) + len(self.after)

    def complete(self, context: RequestContext) -> bytes:
        trailer = dump(_trailer(context))[1:-1].encode()
        return b"".join((self.before, trailer, self.after))


def success(
    request: Request,
    data: Body,
    *,
    status: int | None = None,
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, JsonValue] | None = None,
) -> Response:
    """Return a successful answer; ``etag`` comes without quotes and is also the ``revision``.

    The status is that of the route unless ``status`` is another. ``more`` are further keys of the
    envelope. A GET of what the client has already is a 304.
    """
    tag = {} if etag is None else {"etag": f'"{etag}"'}
    if etag is not None and request.method == "GET" and is_known_to_client(request, etag):
        return Response(status_code=NOT_MODIFIED, headers=tag)
    context = context_of(request)
    revision = etag or _NO_REVISION
    before = b'{"data":%b,"status":"success","revision":"%b",' % (encode(data), revision.encode())
    body = _SuccessBody(before, b"," + encode(more)[1:] if more else b"}", revision)
    if etag is not None and request.method == "GET":
        context.reusable = body
    status = status or request.scope["route"].status_code or 200
    return _written(request, body.complete(context), status, {**tag, **(headers or {})})


def success_body(before: str, value: bytes, after: str, context: RequestContext) -> bytes:
    """Return the body of :func:`success` around data that is JSON: a value in UTF-8 within texts.

    It is written in one piece, and holds what :func:`_trailer` says.
    """
    tokens, token = context.tokens, context.auth_token
    auth_token = "" if token is None else f'"auth_token":{dump(token)},'
    end = (
        f'{after},"status":"success","revision":"{_NO_REVISION}",'
        f'"request_id":"{context.request_id}",'
        f'"tokens":{{"consumed":{tokens.consumed},"remaining":{tokens.remaining}}},'
        f'"node":"{context.node}","timestamp":"{_timestamp(context.received_at)}",'
        f'{auth_token}"version":"{__version__}"}}'
    )
    return b"".join((f'{{"data":{before}'.encode(), value, end.encode()))


def listing(
    request: Request,
    data: Sequence[Mapping[str, JsonValue]],
    paging: Mapping[str, JsonValue] | None = None,
) -> Response:
    """Return a list; its revision is a digest of its data and its paging keys alone."""
    digest = hashlib.sha256(dump({"data": data, **(paging or {})}).encode())
    return success(request, data, etag=digest.hexdigest()[:32], more=paging)


def failure(
    request: Request, data: JsonValue, *, status: int, message: str, headers: Mapping[str, str]
) -> Response:
    """Return the answer to a request that failed."""
    envelope = failure_envelope(context_of(request), data, status=status, message=message)
    return _written(request, encode(envelope), status, headers)


def failure_envelope(
    context: RequestContext, data: JsonValue, *, status: int, message: str
) -> dict[str, JsonValue]:
    """Return the envelope of a failure; ``error`` is the HTTP status as a string."""
    error = {"status": "error", "message": message, "error": str(status)}
    return {"data": data, **error, **_trailer(context)}


def require_callback(request: Request) -> None:
    """Let a request pass whose ``jsonp`` is the name of a function, if it has one.

    Raises:
        InvalidDocumentError: it is anything else.
    """
    if request.query_params.get("jsonp") is not None and _callback(request) is None:
        given = request.query_params["jsonp"][:_CALLBACK_CHARACTERS]
        raise InvalidDocumentError([Violation(("jsonp",), "pattern", _CALLBACK.pattern, given)])


def _callback(request: Request) -> str | None:
    name = request.query_params.get("jsonp", "")
    return name if len(name) <= _CALLBACK_CHARACTERS and _CALLBACK.fullmatch(name) else None


def _trailer(context: RequestContext) -> dict[str, JsonValue]:
    tokens = context.tokens
    trailer: dict[str, JsonValue] = {
        "request_id": context.request_id,
        "tokens": {"consumed": tokens.consumed, "remaining": tokens.remaining},
        "node": context.node,
        "timestamp": _timestamp(context.received_at),
    }
    if context.auth_token is not None:
        trailer["auth_token"] = context.auth_token
    if context.caller is not None:
        trailer["version"] = __version__
    return trailer


@lru_cache(1)
def _timestamp(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _written(request: Request, body: bytes, status: int, headers: Mapping[str, str]) -> Response:
    if "true" in (
        request.query_params.get("pretty_print"),
        request.headers.get("x-pretty-print"),
    ):
        body = indented(body)
    callback = _callback(request)
    if callback is not None:
        script = callback.encode() + b"(" + body + b");"
        return Response(script, status, dict(headers), media_type="application/javascript")
    # monster-ui reads an error only when the content type is exactly this.
    return Response(body, status, dict(headers), media_type="application/json")
