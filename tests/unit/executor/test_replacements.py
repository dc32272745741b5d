"""Byte strings are replaced in what passes, however it is cut, and in linear time."""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from isolambda_executor.replacements import Replacements

_ONE = {b"secret-1": b"[A]"}
_WITHIN = {b"abcdefgh": b"[short]", b"abcdefghijkl": b"[long]", b"fghi": b"[inner]"}


def _in_chunks(replacements: Replacements, data: bytes, cuts: list[int]) -> bytes:
    passing = replacements.passing()
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    out = [passing.take(data[begin:end]) for begin, end in pairwise(places)]
    return b"".join([*out, passing.end()])


def _as_defined(replacements: Mapping[bytes, bytes], data: bytes) -> bytes:
    """Return what one look at each place, the longest first, makes of it."""
    out, place = b"", 0
    while place < len(data):
        found = [each for each in replacements if data.startswith(each, place)]
        longest = max(found, key=len, default=b"")
        out += replacements[longest] if longest else data[place : place + 1]
        place += len(longest) or 1
    return out


@given(
    forms=st.dictionaries(
        st.text("ab", min_size=1, max_size=6).map(str.encode), st.binary(max_size=3), max_size=4
    ),
    data=st.text("abc", max_size=60).map(str.encode),
    cuts=st.lists(st.integers(0, 60)),
)
def test_however_it_is_cut_it_is_replaced_as_one_would_by_hand(
    forms: dict[bytes, bytes], data: bytes, cuts: list[int]
) -> None:
    replacements = Replacements(forms)

    assert replacements.applied(data) == _as_defined(forms, data)
    assert _in_chunks(replacements, data, cuts) == _as_defined(forms, data)


def test_the_longest_of_those_that_begin_at_one_place_counts() -> None:
    replacements = Replacements(_WITHIN)

    for cut in range(13):
        assert _in_chunks(replacements, b"abcdefghijkl", [cut]) == b"[long]"
        assert _in_chunks(replacements, b"abcdefghijk.", [cut]) == b"[short]ijk."


def test_what_took_a_place_is_not_looked_at_again() -> None:
    replacements = Replacements({b"one": b"two", b"two": b"one"})

    assert replacements.applied(b"one two") == b"two one"


def test_what_cannot_be_the_beginning_of_one_is_not_held_back() -> None:
    passing = Replacements(_ONE).passing()

    assert passing.take(b"an event\n") == b"an event\n"
    assert passing.take(b"secret") == b""
    assert passing.take(b"s: 3") == b"secrets: 3"
    assert passing.end() == b""


def test_what_is_not_whole_at_the_end_comes_as_it_is() -> None:
    passing = Replacements(_ONE).passing()

    assert passing.take(b"a secret-") + passing.end() == b"a secret-"


def test_less_is_held_back_than_the_longest_takes() -> None:
    passing, given_out = Replacements({b"a" * 1_000: b"[A]"}).passing(), 0

    for sent in range(1, 5_000):
        given_out += passing.take(b"a").count(b"[A]")
        held = sent - given_out * 1_000
        assert held < 1_000


class _Counted(bytes):
    """Bytes that count how many are looked at when the end of others is compared with them."""

    looked_at = 0

    @override
    def startswith(self, other: bytes) -> bool:  # type: ignore[override]
        _Counted.looked_at += len(other)
        return super().startswith(other)


@pytest.mark.parametrize("rest", [b"", b"b", b"ab" * 10])
def test_bytes_that_come_one_by_one_are_not_looked_at_again_and_again(rest: bytes) -> None:
    form = _Counted(b"a" * 2_000 + b"!")
    passing = Replacements({form: b"[A]"}).passing()
    _Counted.looked_at = 0

    data = (b"a" * 1_990 + rest) * 3
    out = b"".join(passing.take(data[at : at + 1]) for at in range(len(data))) + passing.end()

    assert out == data
    assert _Counted.looked_at < len(form) * len(data)
