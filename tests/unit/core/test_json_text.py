import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    dump,
    dump_utf8,
    is_deeper_than,
    parse,
)

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
ANY_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=20,
)


def nested(depth: int) -> JsonValue:
    """Return ``depth`` lists and objects, one in the other."""
    value: JsonValue = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@given(ANY_VALUE)
def test_every_value_survives_both_forms(value: JsonValue) -> None:
    text = dump(value)

    assert text.isascii()
    assert dump(parse(text)) == text
    assert dump(parse(dump_utf8(value))) == text


def test_text_is_compact() -> None:
    assert dump({"a": [1, 2]}) == '{"a":[1,2]}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[1,]",
        "'a'",
        "NaN",
        "-Infinity",
        '{"a": Infinity}',
        "1e999",
        "[-1e999]",
        "01",
        "1 2",
        "\ufeff1",
        '"\x00"',
        "9" * 5000,
        "[" * 100_000,
        '{"a":' * 100_000,
        b"\xff",
        b'"\xe4"',
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidJsonError):
        parse(text)


def test_a_refusal_says_where_and_never_repeats_the_text() -> None:
    with pytest.raises(InvalidJsonError) as caught:
        parse('{"password":\n  hunter2}')

    assert "line 2 column 3" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_value_that_is_too_deep_to_write_is_refused() -> None:
    with pytest.raises(InvalidJsonError, match="deep"):
        dump(nested(200_000))
    with pytest.raises(InvalidJsonError, match="deep"):
        dump_utf8(nested(200_000))


def test_json_s_own_last_key_wins() -> None:
    assert parse('{"a":1,"a":2}') == json.loads('{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize("depth", [0, 1, 2, 31, 32])
def test_depth_counts_lists_and_objects(depth: int) -> None:
    assert not is_deeper_than(nested(depth), depth)
    assert depth == 0 or is_deeper_than(nested(depth), depth - 1)


def test_depth_is_that_of_the_deepest_branch() -> None:
    value: JsonValue = [[], {"a": 1}, [nested(5)], "text"]

    assert is_deeper_than(value, 6)
    assert not is_deeper_than(value, 7)


def test_depth_is_told_of_what_is_too_deep_to_recurse_into() -> None:
    assert is_deeper_than(nested(200_000), 32)
