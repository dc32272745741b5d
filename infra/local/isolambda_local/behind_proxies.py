"""The edge of the app: who asks, and by which URL, before anything reads a request."""

import logging
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from isolambda_api.http.context import adopt_request_id
from isolambda_api.http.health import PASSED_ON
from isolambda_core.domain.correlation import correlate
from isolambda_local.connections import Connections
from isolambda_local.forwarded import (
    FOR,
    NAMES,
    PREFIX,
    AmbiguousForwardingError,
    Told,
    told,
)
from isolambda_local.trusted_proxies import TrustedProxies

_TYPE: Final = (b"content-type", b"text/plain; charset=utf-8")
_AMBIGUOUS: Final = (
    b"The proxy passes on Forwarded beside X-Forwarded-For, -Proto, -Host or -Port; "
    b"it must remove what it does not write itself.\n"
)
_TOO_MANY: Final = b"Too many requests at a time come from this address.\n"

_log = logging.getLogger(__name__)


class BehindProxies:
    """An ASGI app for which ``client``, ``scheme`` and ``host`` are those of the client.

    Of a peer that is no trusted proxy, the headers that tell of a client are left out, so that
    nothing believes them. Of one that is, they are read: then the address of the client stands in
    ``x-forwarded-for`` alone, and its requests under way count as connections from that address.
    """

    def __init__(self, app: ASGIApp, proxies: TrustedProxies, connections: Connections) -> None:
        self._app = app
        self._proxies = proxies
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        given: list[tuple[bytes, bytes]] = []
        if not NAMES.isdisjoint(dict(headers)):
            given = [header for header in headers if header[0] in NAMES]
            kept = [header for header in headers if header[0] not in NAMES]
            scope = {**scope, "headers": kept, PASSED_ON: True}
        peer = scope["client"][0] if scope["client"] else ""
        if not self._proxies.trust(peer):
            await self._app(scope, receive, send)
            return
        try:
            scope = self._seen(scope, given, peer)
        except AmbiguousForwardingError:
            await self._refuse(scope, send, 400, _AMBIGUOUS)
            return
        address = scope["client"][0]
        try:
            if self._connections.begin(address):
                await self._app(scope, receive, send)
            else:
                await self._refuse(scope, send, 429, _TOO_MANY, (b"retry-after", b"1"))
        finally:
            self._connections.end(address)

    async def _refuse(
        self, scope: Scope, send: Send, status: int, text: bytes, *more: tuple[bytes, bytes]
    ) -> None:
        """Answer a request that no app sees, with a line in the log that says why."""
        self._connections.refused(status)
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = adopt_request_id(given.decode("latin-1"))
        correlate(request_id)
        line = {"method": scope["method"], "status": status, "reason": text.decode().rstrip()}
        _log.info("%(method)s - %(status)s: %(reason)s", line, extra=line)
        headers = [
            _TYPE,
            (b"content-length", b"%d" % len(text)),
            (b"x-request-id", request_id.encode()),
            *more,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def _seen(self, scope: Scope, given: list[tuple[bytes, bytes]], peer: str) -> Scope:
        """Return a request as its client sent it."""
        lines: dict[bytes, list[bytes]] = {}
        for name, value in given:
            lines.setdefault(name, []).append(value)
        lists = {name: b",".join(values).decode("latin-1") for name, values in lines.items()}
        headers = scope["headers"]
        host = next((value for name, value in headers if name == b"host"), b"").decode("latin-1")
        seen = told(lists, host, peer, self._proxies)
        return {
            **scope,
            "client": (seen.address, 0),
            "scheme": seen.scheme or scope["scheme"],
            "headers": [*_asked(headers, seen), (FOR, seen.address.encode("ascii"))],
        }


def _asked(headers: list[tuple[bytes, bytes]], seen: Told) -> list[tuple[bytes, bytes]]:
    if seen.prefix is not None:
        headers = [*headers, (PREFIX, seen.prefix.encode("latin-1"))]
    if seen.host is None:
        return headers
    host = (b"host", seen.host.encode("ascii"))
    return [host, *(header for header in headers if header[0] != b"host")]
