"""A server bounds its connections: how many there are, and how long one may be silent."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from typing_extensions import override

from isolambda_local import bounded_connection
from isolambda_local.connections import Connections
from tests.support.connections import FakeConnection
from tests.support.http_server import HttpServer
from tests.support.waiting import WAIT_S

REQUEST = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
BODY_TO_COME = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n"


class Server(HttpServer):
    """A server whose answers wait until ``answers`` is set."""

    def __init__(self, bounds: Connections) -> None:
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Semaphore(0)
        super().__init__(self._answer, bounds)

    @override
    def __exit__(self, *_: object) -> None:
        self.answers.set()
        super().__exit__()

    async def _answer(self, _scope: Any, receive: Any, send: Any) -> None:
        self.asked.release()
        while (await receive()).get("more_body"):
            pass
        await asyncio.get_running_loop().run_in_executor(None, self.answers.wait)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@pytest.fixture
def serve() -> Iterator[Callable[[Connections], Server]]:
    with ExitStack() as servers:
        yield lambda bounds: servers.enter_context(Server(bounds))


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
    monkeypatch.setattr(bounded_connection, "REQUEST_HEAD_S", 0.05)
    client = serve(Connections(10)).connect(sent)

    while not is_closed(client):
        pass  # the answer to a request before


@pytest.mark.parametrize("sent", [REQUEST, BODY_TO_COME])
def test_a_request_may_take_longer_than_its_head(
    serve: Callable[[Connections], Server], sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_connection, "REQUEST_HEAD_S", 1.0)
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


@pytest.mark.parametrize(("at_most", "of_address"), [(2, 10), (10, 2)])
def test_each_connection_that_is_closed_for_another_is_told(at_most: int, of_address: int) -> None:
    refused: list[int | None] = []
    bounds = Connections(at_most, of_address, refused=refused.append)

    for at in range(5):
        bounds.add(FakeConnection(float(at)))

    assert refused == [None] * 3


def test_what_is_no_request_is_told_and_what_the_app_has_is_not(
    serve: Callable[[Connections], Server],
) -> None:
    refused: list[int | None] = []
    server = serve(Connections(10, refused=refused.append))
    server.answers.set()

    for sent in (b"GARBAGE\r\n\r\n", REQUEST, REQUEST.replace(b"host", b"ho st")):
        client = server.connect(sent)
        assert client.recv(1)

    assert refused == [400, 400]


def test_a_proxy_has_as_many_connections_as_there_may_be_in_all() -> None:
    bounds = Connections(3, from_one_address=1, is_proxy=lambda address: address == "127.0.0.1")
    made = [FakeConnection(float(at)) for at in range(4)]

    for each in made:
        bounds.add(each)

    assert [one.waits_since for one in made if one.waits] == [1.0, 2.0, 3.0]


def test_a_client_of_ipv6_has_one_share_for_all_addresses_of_its_network() -> None:
    bounds = Connections(100, from_one_address=2, is_proxy=lambda name: name == "2001:db8::a")
    made = [FakeConnection(float(at), f"2001:db8::{at}") for at in range(3)]
    others = [FakeConnection(9.0, name) for name in ["2001:db8::a"] * 3 + ["2001:db8:0:1::"]]

    for connection in (*others, *made):
        bounds.add(connection)
    assert [one.waits for one in made] == [False, True, True]
    assert all(other.waits for other in others)
    assert not bounds.begin("2001:db8::4")  # nor by a request through a proxy
    bounds.end("2001:db8::4")

    for connection in (*others, *made):
        bounds.remove(connection)
    assert [bounds.begin(f"2001:db8::{at}") for at in range(3)] == [True, True, False]


def test_of_many_that_connect_at_once_each_more_closes_another() -> None:
    bounds, made = Connections(3), []

    for at in range(8):
        made.append(FakeConnection(float(at)))
        bounds.add(made[-1])

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
