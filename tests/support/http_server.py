"""An HTTP server on bounded connections, in a thread, whose app answers with what it got."""

import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

import uvicorn

from isolambda_local.bounded_connection import protocol_of
from isolambda_local.connections import Connections
from tests.support.waiting import WAIT_S

App = Callable[[Any, Any, Any], Awaitable[None]]


class HttpServer:
    """A server of one ASGI app; its ``log`` has the exceptions that the app raised."""

    def __init__(self, app: App, bounds: Connections | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            app,
            http=protocol_of(bounds or Connections(100)),
            interface="asgi3",
            lifespan="off",
            log_level="critical",
        )
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._clients: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(WAIT_S)
        self._socket.close()

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Return a connection of a client, which has sent this."""
        client = socket.create_connection(self._socket.getsockname(), timeout=WAIT_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clients.append(client)
        client.sendall(sent)
        return client

    def all_answers(self, sent: bytes, in_pieces_of: int = 1_000_000) -> bytes:
        """Return everything that the server answers until it closes the connection."""
        client = self.connect()
        for at in range(0, len(sent), in_pieces_of):
            client.sendall(sent[at : at + in_pieces_of])
        return until_closed(client)


class EchoServer(HttpServer):
    """A server that answers with the method, the target and the body of each request."""

    def __init__(self) -> None:
        super().__init__(_echo)

    def last(self, request: bytes) -> bytes:
        """Return a request behind whose answer the server closes the connection."""
        return request.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)


def until_closed(client: socket.socket) -> bytes:
    """Return what comes until the other side closes the connection."""
    received = b""
    while piece := client.recv(65_536):
        received += piece
    return received


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    body = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    said = b"%b %b%b %b" % (scope["method"].encode(), scope["raw_path"], query, body)
    length = (b"content-length", str(len(said)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": said})
