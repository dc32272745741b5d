import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.compression import (
    decode_source,
    encode_source,
)
from isolambda_core.domain.limits import SOURCE_BYTES


@given(st.text(st.characters(codec=None, exclude_categories=())), st.integers(1, 3000))
def test_every_source_survives(text: str, times: int) -> None:
    assert decode_source(encode_source(text * times)) == text * times


def test_a_short_source_is_stored_as_it_is() -> None:
    assert encode_source("return 1")[1:] == b"return 1"


def test_a_long_source_is_stored_shorter() -> None:
    source = "x" * SOURCE_BYTES

    assert len(encode_source(source)) < 2000
    assert decode_source(encode_source(source)) == source


def test_a_damaged_source_is_never_half_returned() -> None:
    stored = encode_source("return 1;\n" * 1000)

    with pytest.raises(zlib.error):
        decode_source(stored[:-5])
