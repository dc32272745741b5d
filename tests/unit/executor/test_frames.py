"""Frames come out of the bytes of their peer whole, one by one, however the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_executor.frames import (
    FRAME_BYTES_MAX,
    BrokenPeerError,
    FrameParser,
    FrameToSend,
    encode_frame,
)

_LENGTHS_BYTES = 12


@given(
    frames=st.lists(st.tuples(st.binary(), st.binary(), st.binary()), max_size=4),
    cuts=st.lists(st.integers(0, 200)),
)
def test_every_frame_is_found_however_the_bytes_are_cut(
    frames: list[FrameToSend], cuts: list[int]
) -> None:
    sent = b"".join(encode_frame(*frame) for frame in frames)
    parser, found = FrameParser(), []

    for begin, end in pairwise(sorted({0, *(cut for cut in cuts if cut < len(sent)), len(sent)})):
        parser.feed(sent[begin:end])
        while (frame := parser.next_frame()) is not None:
            found.append(frame)

    assert found == frames
    assert not parser.parts


def test_a_frame_is_found_when_its_last_byte_comes() -> None:
    sent = encode_frame(b"head", b"first", b"second")
    parser = FrameParser()

    for byte in sent[:-1]:
        parser.feed(bytes([byte]))
        assert parser.next_frame() is None
    parser.feed(sent[-1:])

    assert parser.next_frame() == (b"head", b"first", b"second")


def test_what_is_missing_is_known_as_soon_as_the_lengths_are() -> None:
    parser = FrameParser()

    missing = [parser.missing_bytes]
    for part in (b"\x00" * 3 + b"\x07", b"\x00" * 8, b"head"):
        parser.feed(part)
        parser.next_frame()
        missing.append(parser.missing_bytes)

    assert missing == [_LENGTHS_BYTES, 8, 7, 3]


@pytest.mark.parametrize(("more", "is_ahead"), [(b"", False), (b"\x00", True)])
def test_what_follows_a_frame_is_ahead(more: bytes, *, is_ahead: bool) -> None:
    parser = FrameParser()
    parser.feed(encode_frame(b"head") + more)

    assert parser.next_frame() == (b"head", b"", b"")
    assert bool(parser.parts) is is_ahead


@pytest.mark.parametrize(
    ("lengths", "bytes_max"),
    [
        ((FRAME_BYTES_MAX, 0, 1), FRAME_BYTES_MAX),
        ((2**32 - 1, 2**32 - 1, 2**32 - 1), FRAME_BYTES_MAX),
        ((5, 5, 79), 100),
    ],
)
def test_a_frame_longer_than_allowed_is_refused_before_it_came(
    lengths: tuple[int, ...], bytes_max: int
) -> None:
    parser = FrameParser()
    parser.feed(b"".join(length.to_bytes(4, "big") for length in lengths))

    with pytest.raises(BrokenPeerError):
        parser.next_frame(bytes_max)


def test_a_frame_as_long_as_allowed_is_taken() -> None:
    sent = encode_frame(b"head", b"x" * 80)
    parser = FrameParser()
    parser.feed(sent)

    assert parser.next_frame(len(sent)) == (b"head", b"x" * 80, b"")
