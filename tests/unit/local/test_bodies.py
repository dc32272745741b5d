"""A body comes in time and in few pieces, and an answer is taken, or the connection ends."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from typing_extensions import override
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from isolambda_api.http.errors import BodyTimeoutError, BodyTooLargeError, MalformedBodyError
from isolambda_core.domain.limits import BODY_BYTES, CHUNK_BYTES_MIN, CHUNKS
from isolambda_local import bounded_connection, exchange
from isolambda_local.connections import Connection, Connections
from isolambda_local.exchange import Pace
from isolambda_local.request_body import ChunkedBody
from isolambda_local.slow_readers import SlowReaders
from tests.support.http_server import HttpServer, until_closed
from tests.support.waiting import WAIT_S

POST = b"POST / HTTP/1.1\r\nhost: a\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
LARGEST_READ = 256 * 1_024
"""What uvloop and asyncio read at once."""
NO_BODY = [POST + b"content-length: 50\r\n\r\nhi", CHUNKED, CHUNKED + b"5\r\nhi"]


async def reading(_scope: Any, receive: Any, send: Any) -> None:
    """Read the body, and answer with how long it is, or why it is not read."""
    status, length = 200, 0
    try:
        while (message := await receive())["type"] == "http.request":
            length += len(message["body"])
            if not message["more_body"]:
                break
    except BodyTimeoutError:
        status = 408
    except BodyTooLargeError:
        status = 413
    except MalformedBodyError:
        status = 400
    await answer(send, status, str(length).encode())


async def asking_twice(scope: Any, receive: Any, send: Any) -> None:
    """Ask once more for a body that is not read, as who replays a request does."""
    with suppress(BodyTooLargeError):
        while True:
            await receive()
    await reading(scope, receive, send)


async def refusing(_scope: Any, _receive: Any, send: Any) -> None:
    """Answer without a look at the body."""
    await answer(send, 401, b"")


async def asking_late(_scope: Any, receive: Any, send: Any) -> None:
    """Ask for the body once the connection reads no more; answer with how much had come."""
    async with asyncio.timeout(WAIT_S):
        while not receive.__self__._flow.read_paused:
            await asyncio.sleep(0)
    first = await receive()
    message = first
    while message["more_body"]:
        message = await receive()
    await answer(send, 200, str(len(first["body"])).encode())


async def answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def reader() -> Iterator[HttpServer]:
    with HttpServer(reading) as server:
        yield server


@pytest.fixture
def refuser() -> Iterator[HttpServer]:
    with HttpServer(refusing) as server:
        yield server


def test_of_a_body_that_nothing_asks_for_yet_little_is_read() -> None:
    body = bytes(1 << 20)
    request = POST + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    with HttpServer(asking_late) as server:
        read = int(server.all_answers(request).rpartition(b"\r\n")[2])

    assert HIGH_WATER_LIMIT < read <= HIGH_WATER_LIMIT + LARGEST_READ


@pytest.mark.parametrize("sent", NO_BODY)
def test_a_body_that_stalls_is_a_408_and_the_end_of_the_connection(
    reader: HttpServer, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "BODY_SILENCE_S", 0.1)

    received = reader.all_answers(sent)

    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in received


def time_until_too_slow(bytes_per_s: float, until: float) -> float:
    """Return when a body at this rate, sent each half second, is too slow, at most ``until``."""
    pace, now = Pace(asked_at=100.0), 100.0
    while now < pace.deadline and now < 100 + until:
        now += 0.5
        pace.note(int(bytes_per_s / 2), now)
    return now - 100


@pytest.mark.parametrize(("bytes_per_s", "seconds"), [(2, 16), (100, 20), (400, 40)])
def test_a_body_that_is_slow_after_its_first_seconds_is_too_slow(
    bytes_per_s: float, seconds: float
) -> None:
    assert 10 < time_until_too_slow(bytes_per_s, 100) <= seconds


@pytest.mark.parametrize("bytes_per_s", [500, 1_000, 1_000_000])
def test_a_body_at_the_minimum_rate_is_read_as_long_as_it_takes(bytes_per_s: float) -> None:
    assert time_until_too_slow(bytes_per_s, 10_000) == 10_000


def test_a_fast_body_that_falls_silent_is_too_slow() -> None:
    pace = Pace(asked_at=0.0)
    pace.note(BODY_BYTES, 12.0)

    assert pace.deadline == 27.0


def test_a_chunk_past_the_limit_is_refused_before_it_comes(reader: HttpServer) -> None:
    for size in (b"%x" % (BODY_BYTES + 1), b"f" * 17, b"0" * 500 + b"f" * 500):
        received = reader.all_answers(CHUNKED + size + b"\r\nhi")

        assert received.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in received


def test_a_body_that_is_refused_is_refused_again() -> None:
    with HttpServer(asking_twice) as server:
        answer = server.all_answers(CHUNKED + b"%x\r\n" % (BODY_BYTES + 1))

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_chunks_go_past_the_limit_together() -> None:
    body = ChunkedBody()
    body.take(b"%x\r\n" % (BODY_BYTES - 1) + b" " * (BODY_BYTES - 1) + b"\r\n1\r\n \r\n")

    with pytest.raises(BodyTooLargeError):
        body.take(b"1\r\n")


def test_too_many_small_chunks_are_refused(reader: HttpServer) -> None:
    received = reader.all_answers(CHUNKED + b"1\r\n.\r\n" * (CHUNKS + 1))

    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in received


@pytest.mark.parametrize(
    ("size", "chunks"), [(1, CHUNKS), (CHUNK_BYTES_MIN, 3 * CHUNKS), (8_000, CHUNKS)]
)
def test_few_chunks_may_be_small_and_many_long(reader: HttpServer, size: int, chunks: int) -> None:
    sent = b"%x\r\n%b\r\n" % (size, b"." * size) * chunks + b"0\r\n\r\n"

    received = reader.all_answers(
        CHUNKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n") + sent
    )

    assert received.endswith(b"\r\n\r\n%d" % (size * chunks))


@pytest.mark.parametrize("sent", NO_BODY)
def test_an_answer_before_the_body_ends_the_connection(refuser: HttpServer, sent: bytes) -> None:
    received = refuser.all_answers(sent)

    assert received.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in received


def test_a_client_that_goes_on_sending_its_body_gets_the_answer(refuser: HttpServer) -> None:
    client = refuser.connect(POST + b"content-length: %d\r\n\r\n" % BODY_BYTES)

    client.sendall(b" " * BODY_BYTES)

    assert until_closed(client).startswith(b"HTTP/1.1 401 ")


def test_a_client_that_sends_on_and_on_is_cut_off(
    refuser: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_connection, "LINGER_BYTES", 1_000_000)
    client = refuser.connect(CHUNKED)

    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        client.sendall(b" " * 100_000_000)


def test_an_answer_to_a_whole_request_keeps_the_connection(refuser: HttpServer) -> None:
    client = refuser.connect(POST + b"content-length: 2\r\n\r\nhi")
    assert client.recv(1_000).startswith(b"HTTP/1.1 401 ")
    client.sendall(POST + b"content-length: 2\r\n\r\nhi")

    assert client.recv(1_000).startswith(b"HTTP/1.1 401 ")


class FakeTransport:
    """A transport whose client takes what the test says."""

    def __init__(self, unsent: int) -> None:
        self.unsent = unsent
        self.is_open = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.is_open = False


def test_a_client_that_takes_nothing_of_an_answer_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("isolambda_local.slow_readers.BODY_SILENCE_S", 0.01)

    async def watch() -> None:
        silent, done = FakeTransport(100), FakeTransport(100)
        readers = SlowReaders()
        readers.watch(silent)  # type: ignore[arg-type]
        readers.watch(done)  # type: ignore[arg-type]
        done.unsent = 0
        while silent.is_open:
            await asyncio.sleep(0)
        assert done.is_open

    asyncio.run(watch())


def test_of_too_many_unsent_bytes_those_that_wait_longest_go() -> None:
    async def watch() -> None:
        readers = SlowReaders(at_most=250)
        transports = [FakeTransport(100) for _ in range(4)]
        for transport in transports:
            readers.watch(transport)  # type: ignore[arg-type]
        assert [one.is_open for one in transports] == [False, False, True, True]
        for transport in transports:
            readers.forget(transport)  # type: ignore[arg-type]

    asyncio.run(watch())


def test_a_short_answer_is_looked_at_when_it_can_have_been_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("isolambda_local.slow_readers.BODY_SILENCE_S", 0.01)
    monkeypatch.setattr("isolambda_local.slow_readers._SOON_S", 0.01)

    async def note() -> None:
        silent, gone, done = FakeTransport(100), FakeTransport(100), FakeTransport(100)
        readers = SlowReaders()
        for transport in (silent, gone, done):
            readers.note(transport)  # type: ignore[arg-type]
        readers.forget(gone)  # type: ignore[arg-type]
        done.unsent = 0
        while silent.is_open:
            await asyncio.sleep(0)
        assert done.is_open
        assert gone.is_open

    asyncio.run(note())


def test_a_long_answer_counts_at_once() -> None:
    async def note() -> None:
        readers = SlowReaders(at_most=250_000)
        transports = [FakeTransport(100_000) for _ in range(4)]
        for transport in transports:
            readers.note(transport)  # type: ignore[arg-type]
        assert [one.is_open for one in transports] == [False, False, True, True]
        for transport in transports:
            readers.forget(transport)  # type: ignore[arg-type]

    asyncio.run(note())


class Watched(Connections):
    """Connections that tell when the last one is gone."""

    def __init__(self) -> None:
        super().__init__(10)
        self.gone = threading.Event()

    @override
    def remove(self, connection: Connection) -> None:
        super().remove(connection)
        self.gone.set()


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.1", b"GET / HTTP/1.0"])
def test_a_server_closes_a_connection_whose_client_does_not_take_the_answer(
    request_line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_local.slow_readers.BODY_SILENCE_S", 0.1)
    connections = Watched()

    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        await answer(send, 200, b" " * 50_000_000)

    with HttpServer(large, connections) as server:
        server.connect(request_line + b"\r\nhost: a\r\n\r\n")

        assert connections.gone.wait(WAIT_S)
