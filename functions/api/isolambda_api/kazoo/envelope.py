"""Kazoo's envelope: what surrounds ``data`` in a request and in an answer.

Kx: src/api_util.erl. The API key is never repeated in an answer as ``auth_token``.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from fastapi import Request, Response

from isolambda_api.body import read_json
from isolambda_api.exchange import Exchange, exchange_of
from isolambda_api.json_answer import Answer, encode
from isolambda_core import __version__
from isolambda_core.domain.errors import InvalidDocumentError, IsolambdaError, Problem
from isolambda_core.domain.functions import Document
from isolambda_core.domain.json_text import JsonValue, dump

_NO_REVISION = "automatic"
"""What Kazoo says where an answer is no document."""


class MissingDataError(IsolambdaError):
    """The body is JSON, but no object with ``data``; ``body`` is what it is."""

    def __init__(self, body: JsonValue) -> None:
        super().__init__("the body has no data")
        self.body = body


def read_data(body: bytes) -> Document:
    """Return the ``data`` of a request; no body at all is no data, which is allowed.

    The other keys of the envelope are not looked at.

    Raises:
        MalformedBodyError: the body is not JSON.
        MissingDataError: it is not an object with ``data``.
        InvalidDocumentError: ``data`` is not an object.
    """
    if not body:
        return {}
    envelope = read_json(body)
    keys = {key.lower(): key for key in envelope} if isinstance(envelope, dict) else {}
    if "data" not in keys:
        raise MissingDataError(envelope)
    data = cast("Mapping[str, JsonValue]", envelope)[keys["data"]]
    if not isinstance(data, dict):
        raise InvalidDocumentError([Problem(("data",), "type", "object", data)])
    return data


def success(
    request: Request,
    data: Answer,
    *,
    status: int = 200,
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
    paging: Mapping[str, JsonValue] | None = None,
) -> Response:
    """Return a successful answer; ``etag`` comes without quotes and is also the ``revision``."""
    revision = {"status": "success", "revision": etag or _NO_REVISION}
    envelope = {"data": data, **(paging or {}), **revision, **_trailer(exchange_of(request))}
    tag = {} if etag is None else {"etag": f'"{etag}"'}
    return _json(envelope, status, {**tag, **(headers or {})})


def failure(
    request: Request, data: JsonValue, *, status: int, message: str, headers: Mapping[str, str]
) -> Response:
    """Return the answer to a request that failed."""
    envelope = failure_envelope(exchange_of(request), data, status=status, message=message)
    return _json(envelope, status, headers)


def failure_envelope(
    exchange: Exchange, data: JsonValue, *, status: int, message: str
) -> dict[str, JsonValue]:
    """Return the envelope of a failure; ``error`` is the HTTP status as a string."""
    error = {"status": "error", "message": message, "error": str(status)}
    return {"data": data, **error, **_trailer(exchange)}


def revision_of(listing: Mapping[str, JsonValue]) -> str:
    """Return the revision of a list: a digest of its data and its paging keys alone."""
    return hashlib.sha256(dump(listing).encode()).hexdigest()[:32]


def _trailer(exchange: Exchange) -> dict[str, JsonValue]:
    time = datetime.fromtimestamp(exchange.received_at, UTC)
    trailer: dict[str, JsonValue] = {
        "request_id": exchange.request_id,
        "node": exchange.node,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    if exchange.authenticated:
        trailer["version"] = __version__
    return trailer


def _json(envelope: Answer, status: int, headers: Mapping[str, str]) -> Response:
    # monster-ui reads an error only when the content type is exactly this.
    return Response(encode(envelope), status, dict(headers), media_type="application/json")
