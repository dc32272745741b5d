"""Where Prometheus asks: a port of its own, or a path of the server with a token."""

import hmac
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from isolambda_local.listening import listening
from isolambda_local.metrics.exposition import Exposition
from isolambda_local.settings import ServerSettings
from isolambda_local.start_error import StartError

PATH: Final = "/metrics"
_HOST: Final = "127.0.0.1"
_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
_TOKEN_MIN, _TOKEN_MAX = 16, 1_024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MetricsEndpoint:
    """Answers ``GET /metrics`` beside an app, on ``port`` alone or with ``token``.

    It stands before all else, as ``scope`` has to have the address of the listener itself. On
    ``port`` of 127.0.0.1 there is nothing else; the app may have the same port of another address.
    Elsewhere whoever has no token gets the answer of the app, as if there were no metrics.
    """

    app: ASGIApp
    text: Callable[[], Awaitable[bytes]]
    port: int | None
    token: bytes | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for metrics; pass on all others."""
        if scope["type"] == "http":
            if scope.get("server") == (_HOST, self.port):
                await self._answer(scope, send)
                return
            if scope["path"] == PATH and self.token is not None and self._has_token(scope):
                await self._answer(scope, send)
                return
        await self.app(scope, receive, send)

    def _has_token(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        expected = b"Bearer " + (self.token or b"")
        return len(given) == 1 and hmac.compare_digest(given[0], expected)

    async def _answer(self, scope: Scope, send: Send) -> None:
        if scope["path"] != PATH:
            await _send(send, 404, b"text/plain; charset=utf-8", b"The metrics are at /metrics.\n")
        elif scope["method"] not in {"GET", "HEAD"}:
            await _send(send, 405, b"text/plain; charset=utf-8", b"Ask by GET.\n")
        else:
            await _send(send, 200, _TYPE, await self.text())


def read_token(file: Path) -> bytes:
    """Return the token in a file, without the white space around it.

    Raises:
        StartError: the file cannot be read, or holds no token.
    """
    try:
        with file.open("rb") as opened:
            token = opened.read(_TOKEN_MAX + 1).strip()
    except OSError as error:
        raise StartError(f"the token of metrics cannot be read: {error}") from error
    is_plain = token.isascii() and token.decode("ascii").isprintable() and b" " not in token
    if not _TOKEN_MIN <= len(token) <= _TOKEN_MAX or not is_plain:
        raise StartError(
            f"{file} must hold a token of {_TOKEN_MIN} to {_TOKEN_MAX} printable characters"
        )
    return token


@dataclass(frozen=True, slots=True)
class _Listening:
    """The sockets of the port for metrics, and the token; nothing where they are not wanted."""

    sockets: list[socket.socket]
    port: int | None
    token: bytes | None

    def beside(self, app: ASGIApp, exposition: Exposition | None) -> ASGIApp:
        """Return the app with its metrics beside it."""
        if exposition is None:
            return app
        return MetricsEndpoint(app, exposition.text, self.port, self.token)


@contextmanager
def listening_for_metrics(settings: ServerSettings) -> Iterator[_Listening]:
    """Listen on the port for metrics, and read the token, where an operator wants them.

    Raises:
        StartError: the port is taken or not allowed, or the file holds no token.
    """
    file = settings.metrics_token_file
    token = None if file is None else read_token(file)
    if settings.metrics_port is None:
        yield _Listening([], None, token)
        return
    with listening(_HOST, settings.metrics_port, "--metrics-port") as (sockets, url):
        _log.info("metrics are at %s%s", url, PATH)
        yield _Listening(sockets, sockets[0].getsockname()[1], token)


async def _send(send: Send, status: int, media_type: bytes, body: bytes) -> None:
    headers = [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
