"""A large part of a frame goes through shared memory, and is looked at only once it is copied."""

import os
import struct

import pytest

from isolambda_executor.console import exchange_in, open_console
from isolambda_executor.exchange import EXCHANGE_BYTES, LARGE_BYTES, Exchange
from isolambda_executor.frames import BrokenPeerError, Frame, FrameParser, encode_frame

_ELSEWHERE = 1 << 31
_SMALL_FRAME = 100


def both_ends() -> tuple[int, Exchange, Exchange]:
    """Return the descriptor of a file, and its exchange as each process has it."""
    descriptor = open_console()
    return descriptor, exchange_in(descriptor), exchange_in(descriptor)


def received(sent: bytes, exchange: Exchange | None) -> Frame | None:
    parser = FrameParser(exchange)
    parser.feed(sent)
    return parser.next_frame()


@pytest.mark.parametrize("size", [0, LARGE_BYTES, LARGE_BYTES + 1, EXCHANGE_BYTES])
@pytest.mark.parametrize("is_second", [True, False])
def test_what_was_put_in_comes_out(size: int, *, is_second: bool) -> None:
    _, ours, theirs = both_ends()
    part = os.urandom(size)
    frame = (b"head", b"a", part) if is_second else (b"head", part, b"a")

    sent = encode_frame(*frame, ours)

    assert (len(sent) < _SMALL_FRAME) == (size != LARGE_BYTES)
    assert received(sent, theirs) == frame


def test_what_is_larger_than_the_memory_goes_with_the_frame() -> None:
    _, ours, theirs = both_ends()
    frame = (b"head", b"x" * (EXCHANGE_BYTES + 1), b"")

    sent = encode_frame(*frame, ours)

    assert len(sent) > EXCHANGE_BYTES
    assert received(sent, theirs) == frame


def test_of_two_large_parts_one_goes_with_the_frame() -> None:
    _, ours, theirs = both_ends()
    frame = (b"head", b"1" * 100_000, b"2" * 100_000)

    sent = encode_frame(*frame, ours)

    assert 100_000 < len(sent) < 2 * 100_000
    assert received(sent, theirs) == frame


def test_what_is_written_later_changes_nothing_that_was_taken() -> None:
    _, ours, theirs = both_ends()
    taken = received(encode_frame(b"head", b"1" * 100_000, exchange=ours), theirs)

    ours.put(b"2" * 100_000)

    assert taken == (b"head", b"1" * 100_000, b"")


def test_a_worker_takes_an_input_where_it_lies_and_a_source_as_a_copy() -> None:
    descriptor, ours, _ = both_ends()
    theirs = exchange_in(descriptor, in_place=True)

    for large in ((b"head", b"1" * 100_000, b""), (b"head", b"", b"1" * 100_000)):
        taken = received(encode_frame(*large, ours), theirs)
        assert taken == large

        ours.put(b"2" * 100_000)
        assert taken == (b"head", large[1], b"2" * len(large[2]))


@pytest.mark.parametrize(
    "lengths",
    [
        (0, _ELSEWHERE | (EXCHANGE_BYTES + 1), 0),
        (0, 0, _ELSEWHERE | (EXCHANGE_BYTES + 1)),
        (0, 0, 2**32 - 1),
        (_ELSEWHERE, 0, 0),
    ],
)
def test_no_more_is_taken_than_there_is(lengths: tuple[int, int, int]) -> None:
    _, _, theirs = both_ends()

    with pytest.raises(BrokenPeerError):
        received(struct.pack("!III", *lengths), theirs)


def test_a_part_elsewhere_counts_for_the_length_of_a_frame() -> None:
    _, ours, theirs = both_ends()
    parser = FrameParser(theirs)
    parser.feed(encode_frame(b"head", b"1" * 100_000, exchange=ours))

    with pytest.raises(BrokenPeerError):
        parser.next_frame(100_000)


def test_without_an_exchange_nothing_lies_elsewhere() -> None:
    with pytest.raises(BrokenPeerError):
        received(struct.pack("!III", 0, _ELSEWHERE | 1, 0), None)


def test_memory_that_is_released_takes_no_room_until_it_is_used_again() -> None:
    descriptor, ours, theirs = both_ends()
    ours.put(b"1" * 1_000_000)
    blocks = os.fstat(descriptor).st_blocks

    ours.release()

    assert os.fstat(descriptor).st_blocks < blocks
    assert received(encode_frame(b"head", b"2" * 100_000, exchange=theirs), ours) == (
        b"head",
        b"2" * 100_000,
        b"",
    )
