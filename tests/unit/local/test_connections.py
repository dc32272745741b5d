"""A server bounds its connections: how many there are, and how long one may be silent."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
import uvicorn

from isolambda_local import connections
from isolambda_local.connections import BoundedConnection, Connections

REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
BODY_TO_COME = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n"
WAIT_S = 60.0


class Server:
    """A server whose answers wait until ``answers`` is set."""

    def __init__(self, bounds: Connections) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Semaphore(0)
        self._clients: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            self._app, http=bounds.protocol(), interface="asgi3", lifespan="off", log_level="error"
        )
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def connect(self, sent: bytes = b"") -> socket.socket:
        client = socket.create_connection(self._socket.getsockname(), timeout=WAIT_S)
        self._clients.append(client)
        client.sendall(sent)
        return client

    def close(self) -> None:
        self.answers.set()
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(WAIT_S)
        self._socket.close()

    async def _app(self, _scope: Any, receive: Any, send: Any) -> None:
        self.asked.release()
        while (await receive()).get("more_body"):
            pass
        await asyncio.get_running_loop().run_in_executor(None, self.answers.wait)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@dataclass(eq=False)
class FakeConnection:
    """A connection that waits until it is closed."""

    waits_since: float
    address: str = "127.0.0.1"
    waits: bool = True

    def abort(self) -> None:
        self.waits = False


@pytest.fixture
def serve() -> Iterator[Callable[[Connections], Server]]:
    servers: list[Server] = []

    def start(bounds: Connections) -> Server:
        servers.append(Server(bounds))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def is_closed(client: socket.socket) -> bool:
    """Wait until the server answers or closes, and return whether it closed."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nhost: a\r\n", REQUEST + b"GET"])
def test_a_connection_without_a_whole_head_is_closed(
    serve: Callable[[Connections], Server], sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_HEAD_S", 0.05)
    client = serve(Connections(10)).connect(sent)

    while not is_closed(client):
        pass  # the answer to a request before


@pytest.mark.parametrize("sent", [REQUEST, BODY_TO_COME])
def test_a_request_may_take_longer_than_its_head(
    serve: Callable[[Connections], Server], sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_HEAD_S", 1.0)
    server = serve(Connections(10))
    server.answers.clear()
    silent, client = server.connect(), server.connect(sent)

    assert is_closed(silent)  # as long has passed for both
    server.answers.set()
    client.sendall(b"{}" if sent is BODY_TO_COME else b"")

    assert not is_closed(client)


def test_of_too_many_connections_the_one_that_waits_longest_is_closed(
    serve: Callable[[Connections], Server],
) -> None:
    server = serve(Connections(3))
    server.answers.clear()
    served = server.connect(REQUEST)
    half = server.connect(BODY_TO_COME)
    assert server.asked.acquire(timeout=WAIT_S)
    assert server.asked.acquire(timeout=WAIT_S)
    silent = server.connect()

    newest = server.connect(REQUEST)

    assert is_closed(half)
    server.answers.set()
    assert not is_closed(newest)
    assert not is_closed(served)
    silent.sendall(REQUEST)
    assert not is_closed(silent)


def test_a_connection_more_is_closed_where_all_are_served(
    serve: Callable[[Connections], Server],
) -> None:
    server = serve(Connections(1))
    server.answers.clear()
    served = server.connect(REQUEST)
    assert server.asked.acquire(timeout=WAIT_S)

    assert is_closed(server.connect())
    server.answers.set()
    assert not is_closed(served)


def test_an_address_has_no_more_connections_than_its_share(
    serve: Callable[[Connections], Server],
) -> None:
    server = serve(Connections(100, from_one_address=2))
    first, second = server.connect(), server.connect()

    third = server.connect(REQUEST)

    assert is_closed(first)
    assert not is_closed(third)
    second.sendall(REQUEST)
    assert not is_closed(second)


def test_of_many_that_connect_at_once_each_more_closes_another() -> None:
    bounds, made = Connections(3), []

    for at in range(8):
        made.append(FakeConnection(float(at)))
        bounds.add(cast("BoundedConnection", made[-1]))

    # None of them has left yet: the event loop tells that later.
    assert [one.waits_since for one in made if one.waits] == [5.0, 6.0, 7.0]


def test_a_connection_that_was_closed_counts_no_more(
    serve: Callable[[Connections], Server],
) -> None:
    server = serve(Connections(1))
    for _ in range(5):
        client = server.connect(REQUEST)
        assert not is_closed(client)
        client.close()
