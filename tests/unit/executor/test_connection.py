"""Frames arrive over a socket whole, or not at all."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread, Timer
from typing import Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from isolambda_core.domain.coroutines import complete
from isolambda_executor.connection import Connection
from isolambda_executor.frames import (
    FRAME_BYTES_MAX,
    BrokenPeerError,
    UnreadError,
    encode_frame,
)
from isolambda_executor.loops import OnLoop
from isolambda_executor.waits import BLOCKING, Waits

_WAIT_S = 60.0
Begin = Callable[[Waits], Awaitable[Any]]
Run = Callable[[Begin], Any]


async def _awaited(begin: Begin, waits: Waits) -> Any:
    return await begin(waits)


def _run_on(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Run:
    def run(begin: Begin) -> Any:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            waits = OnLoop(runner.get_loop())
            try:
                return runner.run(_awaited(begin, waits))
            finally:
                waits.close()

    return run


def _after(seconds: float) -> float:
    return time.monotonic() + seconds


in_either_way = pytest.mark.parametrize(
    "run",
    [
        lambda begin: complete(_awaited(begin, BLOCKING)),
        _run_on(asyncio.new_event_loop),
        _run_on(uvloop.new_event_loop),
    ],
    ids=["in a thread", "on asyncio's loop", "on uvloop"],
)


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    here, there = socket.socketpair()
    one, other = Connection(here), Connection(there)
    yield one, other
    one.close()
    other.close()


@settings(deadline=None)
@given(parts=st.tuples(st.binary(), st.binary(), st.binary()))
def test_what_is_sent_is_received(parts: tuple[bytes, bytes, bytes]) -> None:
    here, there = socket.socketpair()
    with here, there:
        Connection(here).send(encode_frame(*parts))

        assert Connection(there).receive() == parts


def test_frames_that_arrive_together_are_received_one_by_one(
    ends: tuple[Connection, Connection],
) -> None:
    ends[0].send(encode_frame(b"first", b"1"))
    ends[0].send(encode_frame(b"second", b"", b"2"))

    assert ends[1].receive() == (b"first", b"1", b"")
    assert ends[1].receive() == (b"second", b"", b"2")


def test_a_large_frame_crosses(ends: tuple[Connection, Connection]) -> None:
    large = b"x" * (5 << 20)
    sender = Thread(target=ends[0].send, args=(encode_frame(b"head", large),))
    sender.start()

    assert ends[1].receive() == (b"head", large, b"")
    sender.join()


def test_a_peer_that_is_gone_is_an_error(ends: tuple[Connection, Connection]) -> None:
    ends[0].close()

    with pytest.raises(BrokenPeerError):
        ends[1].receive()
    with pytest.raises(BrokenPeerError):
        ends[1].send(encode_frame(b"head"))


@in_either_way
def test_a_frame_that_does_not_come_is_not_waited_for(
    ends: tuple[Connection, Connection], run: Run
) -> None:
    with pytest.raises(TimeoutError):
        run(lambda waits: ends[1].receive_by(_after(0.01), FRAME_BYTES_MAX, waits))


@in_either_way
def test_a_peer_that_takes_nothing_in_is_given_up(
    ends: tuple[Connection, Connection], run: Run
) -> None:
    frame = encode_frame(b"head", b"x" * (8 << 20))

    with pytest.raises(BrokenPeerError):
        run(lambda waits: ends[0].send_by(_after(0.05), frame, waits))


@in_either_way
def test_a_large_frame_crosses_in_the_time_there_is(
    ends: tuple[Connection, Connection], run: Run
) -> None:
    large = b"x" * (5 << 20)
    reader = ThreadPoolExecutor(1).submit(ends[1].receive)

    run(lambda waits: ends[0].send_by(_after(_WAIT_S), encode_frame(b"head", large), waits))

    assert reader.result(_WAIT_S) == (b"head", large, b"")
    sender = ThreadPoolExecutor(1).submit(ends[1].send, encode_frame(b"head", large))
    received = run(lambda waits: ends[0].receive_by(_after(_WAIT_S), FRAME_BYTES_MAX, waits))
    sender.result(_WAIT_S)
    assert received == (b"head", large, b"")


@in_either_way
def test_a_peer_that_goes_while_it_is_waited_for_is_an_error(
    ends: tuple[Connection, Connection], run: Run
) -> None:
    closing = Timer(0.01, ends[1].close)
    closing.start()

    with pytest.raises(BrokenPeerError):
        run(lambda waits: ends[0].receive_by(_after(_WAIT_S), FRAME_BYTES_MAX, waits))

    closing.join()


def test_a_peer_that_ends_without_reading_has_an_error_of_its_own(
    ends: tuple[Connection, Connection],
) -> None:
    ends[0].send(encode_frame(b"never read"))
    ends[1].close()

    with pytest.raises(UnreadError):
        ends[0].receive()


def test_a_frame_longer_than_any_of_ours_is_refused() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.send(FRAME_BYTES_MAX.to_bytes(4, "big") + b"\x00\x00\x00\x01" + b"\x00" * 4)

        with pytest.raises(BrokenPeerError):
            Connection(there).receive()


def test_who_sends_knows_whether_all_of_it_was_read(ends: tuple[Connection, Connection]) -> None:
    ends[0].send(encode_frame(b"head", b"x" * 20_000))
    before = ends[0].is_read()
    ends[1].receive()

    assert (before, ends[0].is_read()) == (False, True)
