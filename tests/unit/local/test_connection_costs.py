"""What a request costs a connection, without the app: counted in calls, and in turns of the loop.

The bound of the calls is what Python 3.11 makes, and a twentieth more; later Pythons make less.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any, cast

import pytest
import uvicorn
import uvloop
from typing_extensions import override
from uvicorn.server import ServerState

from isolambda_api.http.response_sender import ON_EVERY_ANSWER
from isolambda_local.bounded_connection import BoundedConnection, protocol_of
from isolambda_local.connections import Connections

CALLS_MAX = 95
REQUEST = (
    b"POST /execute HTTP/1.1\r\nhost: a\r\nx-auth-token: key\r\n"
    b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
)
WARM_UP = 5
COUNTED = 10


class Transport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    @override
    def write(self, data: Any) -> None:
        self.written += data

    @override
    def is_closing(self) -> bool:
        return False

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def resume_reading(self) -> None:
        pass


async def answer(_scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    await receive()
    headers = [(b"content-length", b"2"), (b"x-request-id", b"0" * 32), *ON_EVERY_ANSWER]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def transport() -> Transport:
    return Transport()


def connection_to(transport: Transport) -> BoundedConnection:
    """Return a connection of the loop that runs, as a server opens it."""
    config = uvicorn.Config(
        answer, interface="asgi3", lifespan="off", log_config=None, proxy_headers=False
    )
    config.load()
    make = cast("Callable[..., BoundedConnection]", protocol_of(Connections(10)))
    connection = make(config=config, server_state=ServerState(), app_state={})
    connection.connection_made(transport)
    return connection


async def serve(connection: BoundedConnection, transport: Transport) -> None:
    transport.written = b""
    connection.data_received(REQUEST)
    await asyncio.sleep(0)
    assert transport.written.endswith(b"\r\n\r\n{}")


def test_a_request_makes_no_more_calls(transport: Transport) -> None:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    async def counted() -> int:
        nonlocal calls
        connection, each = connection_to(transport), []
        for _ in range(WARM_UP + COUNTED):
            calls = 0
            sys.setprofile(count)
            await serve(connection, transport)
            sys.setprofile(None)
            each.append(calls)
        return min(each[WARM_UP:])

    assert 0 < uvloop.run(counted()) <= CALLS_MAX


def test_a_request_takes_one_turn_of_the_loop_and_is_under_way_no_longer(
    transport: Transport,
) -> None:
    async def turns() -> int:
        loop, connection = asyncio.get_running_loop(), connection_to(transport)
        call_soon, called = loop.call_soon, []

        def counted(callback: Any, *arguments: Any, **options: Any) -> asyncio.Handle:
            called.append(callback)
            return call_soon(callback, *arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "call_soon", counted)
            connection.data_received(REQUEST)
            assert len(connection.tasks) == 1
            turns = len(called)
            await asyncio.sleep(0)
            assert transport.written
            assert not connection.tasks
        return turns + len(called[turns + 1 :])  # the first one behind them goes on here

    assert asyncio.run(turns()) == 1
