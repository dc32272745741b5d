import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.json_pieces import pieces_of
from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    check_json,
    dump,
    dump_utf8,
    faulty_key,
    is_deeper_than,
    parse,
)
from isolambda_core.domain.limits import INPUT_DEPTH

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
        "\ufeff\ufeff1",
        "1\ufeff",
        '"\x00"',
        "9" * 309,
        "[-" + "9" * 400 + "]",
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


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "digits",
    ["1" + "0" * 309, "9" * 309, "9" * 5000, "1e309", "17976931348623159e292", "9" * 400 + ".5"],
    ids=lambda digits: digits[:20],
)
def test_a_number_that_no_double_holds_is_too_large_however_it_is_written(
    sign: str, digits: str
) -> None:
    for text in (sign + digits, f'{{"a": [[1, {sign}{digits}]]}}'):
        with pytest.raises(InvalidJsonError, match="a number is too large"):
            parse(text)


def test_the_largest_number_is_taken_with_all_its_digits() -> None:
    largest = str(int(1.7976931348623157e308))

    assert len(largest) == 309
    assert dump(parse(largest)) == largest
    assert parse("-1.7976931348623157e308") == -1.7976931348623157e308
    assert dump(parse("12345678901234567890")) == "12345678901234567890"


def test_a_byte_order_mark_is_left_out() -> None:
    assert parse(b'\xef\xbb\xbf{"a":1}') == parse('\ufeff{"a":1}') == {"a": 1}
    assert parse('["\ufeff"]') == ["\ufeff"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"a\x01"', "Invalid control character at line 1 column 3"),
        ('{"a": "b', "Unterminated string starting at line 1 column 7"),
        ("[1 2]", "Expecting ',' delimiter at line 1 column 4"),
        ('"\\x"', "Invalid \\escape at line 1 column 2"),
    ],
)
def test_a_refusal_can_be_read_aloud(text: str, message: str) -> None:
    with pytest.raises(InvalidJsonError) as caught:
        parse(text)

    assert str(caught.value).replace("escape:", "escape") == message


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("inner", ["", "1"])
@pytest.mark.parametrize("around", [0, 1])
def test_as_many_levels_are_taken_as_documented(opening: str, inner: str, around: int) -> None:
    if opening != "[":
        inner = inner or "null"
    closing = "]" if opening == "[" else "}"
    deepest = INPUT_DEPTH + around

    parse(opening * deepest + inner + closing * deepest, around=around)
    with pytest.raises(InvalidJsonError, match=f"nested more than {INPUT_DEPTH} levels deep"):
        parse(opening * (deepest + 1) + inner + closing * (deepest + 1), around=around)


def test_what_is_wide_is_not_deep() -> None:
    value: JsonValue = [{"a": [[]]}] * 2 * INPUT_DEPTH

    assert parse(dump(value)) == value


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"Data": {"a": }}', "Data"),
        (b'\xef\xbb\xbf { "x" : [1] , "Meta" : {"a": 1e400}, "Data": 1}', "Meta"),
        (b'{"a": 1, "b": ' + b"9" * 400 + b"}", "b"),
        (b'{"Data": "a\x01"}', "Data"),
        (b'{"Data": "\xff"}', "Data"),
        (b'{"a": ' + b"[" * 600 + b"]" * 600 + b', "b": }', "a"),
        (b'{"a": ' + b"[" * 100_000, "a"),
        (b'{"\\u0061\\"": x}', 'a"'),
        (b'{"a": 1}', None),
        (b'{"a": 1,,}', None),
        (b'{"a" 1}', None),
        (b"[x]", None),
        (b"", None),
        (b"{" + b'"a": 1,' * 1000 + b'"b": x}', None),
    ],
    ids=lambda each: repr(each)[:30],
)
def test_the_key_whose_value_cannot_be_read_is_known(body: bytes, key: str | None) -> None:
    assert faulty_key(body) == key


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


def test_depth_is_reported_of_what_is_too_deep_to_recurse_into() -> None:
    assert is_deeper_than(nested(200_000), 32)


# Behind so much, SQLite looks at a text first.
_MUCH = b'["' + b"x" * 20_000 + b'",'

# SQLite looks at many rows in pieces: at those of an array or an object, inside of others or not.
_ROW = '{"a":[{},[{"b":"}"}],"],[\\"},{",""],"c":null}'
_MORE = f",{_ROW}" * 20_000
_KEYED = f',"b":{_ROW}' * 20_000
_ROWS = [
    f"[{_ROW}{_MORE}]",
    f'{{"a":{{"b":[[],[{_ROW}{_MORE}]]}},"c":1}}',
    f"[[{_ROW}{_MORE.replace('},{', '}],[{')}]]",
    f'{{"a":{_ROW}{_KEYED}}}',
]

JSON = [
    b"1", b"-0", b"1e999", b"9" * 5_000, b'"\\ud800"', b'"\x7f\xc3\xa9\xf0\x9f\x98\x80"', b" [ ] ",
    b"[" * 900 + b"]" * 900, b"[" * 5_000 + b"]" * 5_000, b'{"a":{"a":null},"b":[true,false]}',
]  # fmt: skip
NOT_JSON = [
    b"", b" ", b"01", b"-", b"+1", b"1.", b".5", b"1e", b"0x1", b"NaN", b"-Infinity", b"nul",
    b"truex", b"1 2", b"1,", b"[1,]", b"[1 2]", b"[1]]", b"[", b"[" * 5_000, b"1]", b"{]",
    b'{"a"}', b'{"a":}', b'{"a" "b"}', b'{"a":1,}', b"{a:1}", b"'a'", b'"', b'"\\x"', b'"\\u12"',
    b'"a\nb"', b'"\t"', b'"\x00"', b"1\x00", b"1\x00]", b"/**/1", b"1//", b"\x0b1",
    b"\xef\xbb\xbf1", b"\xc2\xa01", b'"\xff"', b'"\xed\xa0\x80"',
]  # fmt: skip


@pytest.mark.parametrize("encoded", JSON)
def test_what_is_json_is_found_to_be(encoded: bytes) -> None:
    large = _MUCH + encoded + b"]"

    check_json(encoded)
    check_json(large)


@pytest.mark.parametrize("encoded", NOT_JSON)
def test_what_is_not_json_is_refused_small_or_large(encoded: bytes) -> None:
    for text in (encoded, _MUCH + encoded + b"]"):
        with pytest.raises(InvalidJsonError):
            check_json(text)


@pytest.mark.parametrize("rows", _ROWS)
def test_long_rows_are_checked_in_pieces(rows: str) -> None:
    assert len(list(pieces_of(rows.encode()))) > 5
    check_json(rows.encode())


@pytest.mark.parametrize("rows", _ROWS)
@pytest.mark.parametrize(
    ("there", "instead"),
    [(',"c"', '"c"'), ("null}", "null]"), ("{}", "{"), ('"}"', '"}'), ("null", "\xff")],
)
@pytest.mark.parametrize("place", [0.0, 0.4, 0.7])
def test_a_fault_in_any_piece_is_found(rows: str, there: str, instead: str, place: float) -> None:
    at = rows.index(there, int(place * len(rows)))
    wrong = (rows[:at] + instead + rows[at + len(there) :]).encode("latin-1")

    with pytest.raises(InvalidJsonError):
        check_json(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        f"[{_ROW}{_MORE}",
        f"[{_ROW}{_MORE}]]",
        f"[{_ROW}{_MORE}}}",
        f'{{"a":[{_ROW}{_MORE}]',
        f"{_ROW}{_MORE}",
        f'["{_ROW}{_MORE}]',
        f"[{_ROW}{_MORE}],[{_ROW}{_MORE}]",
    ],
)
def test_rows_that_are_opened_or_closed_otherwise_are_refused(wrong: str) -> None:
    with pytest.raises(InvalidJsonError):
        check_json(wrong.encode())


@pytest.mark.parametrize("behind", [b"\x00", b"\x00]", b"1", b"]", b"\xc2\xa0"])
def test_a_large_text_with_more_behind_it_is_refused(behind: bytes) -> None:
    with pytest.raises(InvalidJsonError):
        check_json(_MUCH + b"1]" + behind)
