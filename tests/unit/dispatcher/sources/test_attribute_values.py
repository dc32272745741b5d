"""No digit of a number in DynamoDB is lost on its way to a function."""

import json
from decimal import Decimal
from typing import Any

import pytest

from isolambda_dispatcher.parsing import UnknownEventError
from isolambda_dispatcher.sources import stream
from isolambda_dispatcher.sources.attribute_values import plain
from tests.support.recorded import recorded

EXACT = {
    "0": 0,
    "-0": 0,
    "101": 101,
    "-101": -101,
    "12.50": 12.5,
    "0.1": 0.1,
    "-0.1": -0.1,
    "1E+2": 100,
    "1E-130": 1e-130,
    "123456789012345.6": 123456789012345.6,
    "9007199254740991": 2**53 - 1,
    "-9007199254740991": 1 - 2**53,
}
TOO_LONG = (
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "1234567890123456789",
    "-1234567890123456789",
    "12345678901234567890123456789012345678",
    "1000000000000000000000",
    "0.12345678901234567890123456789012345678",
    "-123456789012345.678901",
    "1.0000000000000000000000000000000000001",
    "9.9999999999999999999999999999999999999E+125",
    "-1.2345678901234567890E-130",
)


def called(change: dict[str, Any]) -> dict[str, Any]:
    record = recorded("dynamodb_stream")["Records"][0]
    record["dynamodb"] |= change
    call: dict[str, Any] = json.loads(stream.read(record).payload)
    return call


@pytest.mark.parametrize("digits", EXACT)
def test_a_number_that_a_double_holds_is_one_to_calculate_with(digits: str) -> None:
    attribute = {"N": digits}

    call = called({"Keys": {"Id": attribute}, "NewImage": {"in": {"L": [attribute]}}})

    assert call["keys"]["Id"] == EXACT[digits]
    assert call["new"] == {"in": [EXACT[digits]]}
    assert not isinstance(call["keys"]["Id"], str)
    assert Decimal(repr(call["keys"]["Id"])) == Decimal(digits)


@pytest.mark.parametrize("digits", TOO_LONG)
def test_a_number_that_no_double_holds_is_its_text_wherever_it_is(digits: str) -> None:
    attribute = {"N": digits}
    image = {
        "itself": attribute,
        "listed": {"L": [attribute]},
        "mapped": {"M": {"in": {"M": {"deeper": attribute}}}},
        "set": {"NS": [digits]},
    }

    call = called({"Keys": {"Id": attribute}, "NewImage": image, "OldImage": image})

    expected = {
        "itself": digits,
        "listed": [digits],
        "mapped": {"in": {"deeper": digits}},
        "set": [digits],
    }
    assert call["keys"] == {"Id": digits}
    assert call["new"] == call["old"] == expected


def test_a_set_of_numbers_is_in_order_whether_they_are_text_or_not() -> None:
    numbers = {"NS": ["10", "-1234567890123456789", "9", "1234567890123456789", "0.5"]}

    assert plain({"n": numbers}) == {
        "n": ["-1234567890123456789", 0.5, 9, 10, "1234567890123456789"]
    }


def test_every_type_of_an_attribute_is_read() -> None:
    assert plain(
        {
            "S": {"S": "text"},
            "B": {"B": "Yg=="},
            "BOOL": {"BOOL": False},
            "NULL": {"NULL": True},
            "M": {"M": {}},
            "L": {"L": [{"S": ""}, {"L": []}]},
            "SS": {"SS": ["b", "a"]},
            "BS": {"BS": ["Yg==", "YQ=="]},
        }
    ) == {
        "S": "text",
        "B": "Yg==",
        "BOOL": False,
        "NULL": None,
        "M": {},
        "L": ["", []],
        "SS": ["a", "b"],
        "BS": ["YQ==", "Yg=="],
    }


@pytest.mark.parametrize(
    "attribute",
    [
        {"N": "NaN"},
        {"N": "Infinity"},
        {"N": "1_000"},
        {"N": " 1"},
        {"N": ""},
        {"N": "1E+99999999999999999999"},
        {"N": 1},
        {"NS": ["1", "one"]},
        {"NS": "12"},
        {"NULL": False},
        {"BOOL": "true"},
        {"S": "a", "N": "1"},
        {"X": "1"},
        {},
    ],
)
def test_what_is_no_attribute_is_no_event(attribute: Any) -> None:
    with pytest.raises(UnknownEventError):
        called({"NewImage": {"a": attribute}})
