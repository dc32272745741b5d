"""What every answer has, and how one that a route makes is sent."""

import json
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from isolambda_api.http.dialect import Dialect
from isolambda_api.http.errors import ResponseTooLargeError
from isolambda_api.http.fast_path import Answer, HeaderLines

# Kx: src/api_resource.erl; the last eight of the headers allowed are ours.
_CORS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": (
        "content-type, depth, user-agent, x-http-method-override, x-file-size, x-requested-with, "
        "if-modified-since, x-file-name, cache-control, x-auth-token, x-kazoo-cluster-id, "
        "if-match, authorization, x-cm-projectid, x-request-id, if-none-match, "
        "x-affinity-key, prefer, idempotency-key, x-callback-url"
    ),
    "access-control-expose-headers": (
        "content-type, x-auth-token, x-request-id, x-kazoo-cluster-id, location, etag, "
        "x-function-version, x-execution-id, preference-applied, idempotent-replayed"
    ),
    "access-control-max-age": "86400",
}

_HEADERS: Mapping[str, str] = {"x-content-type-options": "nosniff", **_CORS}
_NOSNIFF = (b"x-content-type-options", b"nosniff")
ON_EVERY_ANSWER: Final = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
"""The headers of every answer but those of dialects whose answers are plain."""


class ResponseSender:
    """Sends an answer with the headers that every answer has, and remembers its status.

    The start of an answer is held back until its body, which is in one piece, has come: an answer
    that cannot be carried still becomes an error. An answer to HEAD has the length of its body, and
    goes without it.
    """

    def __init__(
        self,
        send: Send,
        request_id: str,
        body_bytes: int | None,
        dialect: Dialect,
        *,
        has_body: bool,
    ) -> None:
        self._send = send
        self._is_plain = dialect.is_plain
        self._has_body = has_body
        self._body_bytes = body_bytes
        self._start: Message | None = None
        self.request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        """Send a message of ASGI.

        Raises:
            ResponseTooLargeError: the body is too long to be carried; nothing was sent.
        """
        if message["type"] == "http.response.start":
            if self._is_plain:
                message = {**message, "headers": self._plain(message["headers"])}
            else:
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = self.request_id
                headers.update(_HEADERS)
            self._start = message
            return
        if self._start is not None:
            self._require_room(message.get("body", b""))
            start, self._start = self._start, None
            self.status = start["status"]
            await self._send(start)
        await self._send(message if self._has_body else {**message, "body": b""})

    async def send_plain(self, answer: Answer) -> None:
        """Send an answer of a plain dialect, as :meth:`send` does its messages.

        Raises:
            ResponseTooLargeError: the body is too long to be carried; nothing was sent.
        """
        status, body = answer.status, answer.body
        self._require_room(body)
        self.status = status
        lines = self._plain(answer.headers)
        await self._send({"type": "http.response.start", "status": status, "headers": lines})
        await self._send({"type": "http.response.body", "body": body if self._has_body else b""})

    def _plain(self, headers: HeaderLines) -> HeaderLines:
        return [*headers, (b"x-request-id", self.request_id.encode()), _NOSNIFF]

    def _require_room(self, body: bytes) -> None:
        # Lambda writes the body as a JSON string, in which a character is six at the most.
        if self._body_bytes is None or len(body) * 6 <= self._body_bytes:
            return
        try:
            used = len(json.dumps(body.decode(), ensure_ascii=False).encode())
        except UnicodeDecodeError:  # it goes out in base64
            used = 4 * (len(body) + 2) // 3
        if used > self._body_bytes:
            raise ResponseTooLargeError(self._body_bytes, used)
