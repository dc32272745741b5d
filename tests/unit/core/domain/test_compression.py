import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.compression import (
    compress,
    decompress,
    inflate,
)
from isolambda_core.domain.limits import MIB


@given(st.binary(), st.integers(1, 3_000), st.sampled_from([0, 100, 10**9]))
def test_all_bytes_survive(some: bytes, times: int, above: int) -> None:
    assert decompress(compress(some * times, above=above, level=1)) == some * times


def test_what_is_short_stays_as_it_is_and_costs_a_byte() -> None:
    assert compress(b"x" * 100, above=100)[1:] == b"x" * 100
    assert len(compress(b"x" * 101, above=100)) < 101


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_what_is_cut_short_is_never_half_returned(cut: int) -> None:
    stored = compress(bytes(range(256)), above=0)

    with pytest.raises(zlib.error):
        decompress(stored[:-cut])


def test_what_inflates_beyond_all_bounds_is_not_inflated() -> None:
    with pytest.raises(zlib.error):
        inflate(zlib.compress(bytes(32 * MIB + 1)))
    assert len(inflate(zlib.compress(bytes(31 * MIB)))) == 31 * MIB
