import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain import json_pieces
from isolambda_core.domain.json_pieces import pieces_of

_KEYS = st.sampled_from(["", "a", '"', "},{", '},"', "\\", "[", "}"])
_VALUES = st.recursive(
    st.just(1) | _KEYS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=30,
)
_FAULTS = st.lists(
    st.tuples(
        st.integers(0), st.integers(0, 3), st.sampled_from(["", *'[]{},":1\\', "},{", "],["])
    ),
    max_size=2,
)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@given(_VALUES, _FAULTS, st.integers(1, 40), st.integers(1, 40))
def test_a_text_whose_pieces_are_json_is_json(
    value: object, faults: list[tuple[int, int, str]], head: int, piece: int
) -> None:
    text = json.dumps(value, separators=(",", ":"))
    for place, size, instead in faults:
        at = place % (len(text) + 1)
        text = text[:at] + instead + text[at + size :]
    encoded = text.encode()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "_SHORT_BYTES", 0)
        patch.setattr(json_pieces, "_HEAD_BYTES", head)
        patch.setattr(json_pieces, "_PIECE_BYTES", piece)
        pieces = list(pieces_of(encoded))

    assert _is_json(encoded) or not all(map(_is_json, pieces))
    assert len(pieces) > 1 or pieces == [encoded]


@pytest.mark.parametrize(
    "text", [b'{"a":[%b]}', b"[%b]", b"[[],%b]", b'{"a":{"b":{}},"c":[1,[%b]]}'], ids=str
)
def test_rows_become_many_pieces_that_are_json(text: bytes) -> None:
    rows = text % b",".join([b'{"a":"}\\"{","b":[[],{}]}'] * 50_000)

    pieces = list(pieces_of(rows))

    assert len(pieces) > 10
    assert all(map(_is_json, pieces))
    assert max(map(len, pieces)) < len(rows) / 10


def test_what_is_short_or_has_no_rows_stays_whole() -> None:
    short, flat = b'[{"a":1},{"a":2}]', b"[" + b"1," * 500_000 + b"1]"

    assert list(pieces_of(short)) == [short]
    assert list(pieces_of(flat)) == [flat]
