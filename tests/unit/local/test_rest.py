"""A connection that rests between requests is closed in time, and not before."""

import asyncio
from typing import Any

import pytest
import uvicorn
from typing_extensions import override
from uvicorn.server import ServerState

from isolambda_local.bounded_connection import protocol_of
from isolambda_local.connections import Connections

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
KEEP_ALIVE_S = 5


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock the test sets."""

    now = 100.0

    @override
    def time(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and do what is due then."""
        self.now += seconds
        for _ in range(5):
            self.call_soon(self.stop)
            self.run_forever()


class Transport(asyncio.Transport):
    """A transport whose client takes everything; it counts the answers."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.answers = 0
        self.is_open = True

    @override
    def write(self, data: Any) -> None:
        self.answers += data.startswith(b"HTTP/1.1 204 ")

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def is_closing(self) -> bool:
        return not self.is_open

    @override
    def close(self) -> None:
        self.is_open = False

    @override
    def abort(self) -> None:
        self.is_open = False


async def no_content(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


class Connected:
    """A connection to a server with one app, and the clock of both."""

    def __init__(self, loop: Loop) -> None:
        config = uvicorn.Config(
            no_content,
            http=protocol_of(Connections(10)),
            interface="asgi3",
            timeout_keep_alive=KEEP_ALIVE_S,
            log_level="critical",
        )
        config.load()
        self.loop = loop
        self.transport = Transport()
        make: Any = config.http_protocol_class
        self.protocol = make(config=config, server_state=ServerState(), app_state={}, _loop=loop)
        self.protocol.connection_made(self.transport)

    def ask(self, sent: bytes = GET) -> None:
        self.protocol.data_received(sent)
        self.loop.pass_by(0)

    def rests_for(self, seconds: float) -> bool:
        """Let time pass, and return whether the connection is still open."""
        self.loop.pass_by(seconds)
        return self.transport.is_open


@pytest.fixture
def connected() -> Any:
    loop = Loop()
    asyncio.set_event_loop(loop)
    connected = Connected(loop)
    yield connected
    connected.protocol.connection_lost(None)
    loop.close()
    asyncio.set_event_loop(None)


def test_a_connection_that_rests_too_long_is_closed(connected: Connected) -> None:
    connected.ask()

    assert connected.transport.answers == 1
    assert connected.rests_for(KEEP_ALIVE_S - 0.1)
    assert not connected.rests_for(0.2)


def test_the_rest_begins_with_the_last_answer(connected: Connected) -> None:
    connected.ask()
    assert connected.rests_for(KEEP_ALIVE_S - 0.1)
    connected.ask()

    assert connected.transport.answers == 2
    assert connected.rests_for(0.2)
    assert connected.rests_for(KEEP_ALIVE_S - 0.4)
    assert not connected.rests_for(0.3)


def test_a_request_under_way_is_no_rest_and_the_answer_to_it_begins_one(
    connected: Connected,
) -> None:
    connected.ask()
    connected.ask(GET[:5])
    assert connected.rests_for(KEEP_ALIVE_S + 0.1)
    connected.ask(GET[5:])

    assert connected.transport.answers == 2
    assert connected.rests_for(KEEP_ALIVE_S - 0.1)
    assert not connected.rests_for(0.2)


def test_a_head_that_does_not_end_is_no_rest_but_ends_in_its_own_time(
    connected: Connected,
) -> None:
    connected.ask()
    connected.ask(GET[:5])

    assert connected.rests_for(9.9)
    assert not connected.rests_for(0.2)
