"""Frames arrive over a socket whole, or not at all."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isolambda_executor.connection import Connection
from isolambda_executor.frames import (
    FRAME_BYTES_MAX,
    BrokenPeerError,
    UnreadError,
    encode_frame,
)

_WAIT_S = 60.0


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

        assert Connection(there).receive(_WAIT_S) == parts


def test_frames_that_arrive_together_are_received_one_by_one(
    ends: tuple[Connection, Connection],
) -> None:
    ends[0].send(encode_frame(b"first", b"1"))
    ends[0].send(encode_frame(b"second", b"", b"2"))

    assert ends[1].receive(_WAIT_S) == (b"first", b"1", b"")
    assert ends[1].receive(_WAIT_S) == (b"second", b"", b"2")


def test_a_large_frame_crosses(ends: tuple[Connection, Connection]) -> None:
    large = b"x" * (5 << 20)
    sender = Thread(target=ends[0].send, args=(encode_frame(b"head", large),))
    sender.start()

    assert ends[1].receive(_WAIT_S) == (b"head", large, b"")
    sender.join()


def test_a_peer_that_is_gone_is_an_error(ends: tuple[Connection, Connection]) -> None:
    ends[0].close()

    with pytest.raises(BrokenPeerError):
        ends[1].receive(_WAIT_S)
    with pytest.raises(BrokenPeerError):
        ends[1].send(encode_frame(b"head"))


def test_a_frame_that_does_not_come_is_not_waited_for(
    ends: tuple[Connection, Connection],
) -> None:
    with pytest.raises(TimeoutError):
        ends[1].receive(0.01)


def test_a_peer_that_takes_nothing_in_is_given_up() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(BrokenPeerError):
        Connection(here).send(encode_frame(b"head", b"x" * (8 << 20)), timeout_s=0.05)


def test_a_peer_that_ends_without_reading_has_an_error_of_its_own(
    ends: tuple[Connection, Connection],
) -> None:
    ends[0].send(encode_frame(b"never read"))
    ends[1].close()

    with pytest.raises(UnreadError):
        ends[0].receive(_WAIT_S)


def test_a_frame_longer_than_any_of_ours_is_refused() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.send(FRAME_BYTES_MAX.to_bytes(4, "big") + b"\x00\x00\x00\x01" + b"\x00" * 4)

        with pytest.raises(BrokenPeerError):
            Connection(there).receive(_WAIT_S)


def test_who_sends_knows_whether_all_of_it_was_read(ends: tuple[Connection, Connection]) -> None:
    ends[0].send(encode_frame(b"head", b"x" * 20_000))
    before = ends[0].is_read()
    ends[1].receive(_WAIT_S)

    assert (before, ends[0].is_read()) == (False, True)
