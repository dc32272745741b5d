"""The schema that is proposed for values."""

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from isolambda_cli.schema.inference import Shape
from isolambda_core.domain import limits
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.documents import check_schema

NAMES = st.sampled_from(["a", "b", "c", "$ref", "enum"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def proposed(*values: JsonValue) -> dict[str, Any]:
    shape = Shape()
    for value in values:
        shape.add(value)
    return shape.schema()


@given(st.lists(VALUES, max_size=40))
def test_a_proposal_is_a_schema_that_all_values_fit(values: list[JsonValue]) -> None:
    schema = proposed(*values)

    assert list(check_schema(schema)) == []
    for value in values:
        Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([], {}),
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([True, None], {"type": ["boolean", "null"]}),
        (["a"] * 20, {"type": "string", "enum": ["a"]}),
        ([*["a", "b"] * 10, None], {"type": ["string", "null"], "enum": ["a", "b", None]}),
        (["a"] * 19, {"type": "string"}),
        ([*["a"] * 30, "b"], {"type": "string"}),
        ([*["a"] * 30, 1], {"type": ["string", "integer"]}),
        ([*"abcdef"] * 10, {"type": "string"}),
        (["x" * 41] * 30, {"type": "string"}),
        ([[]], {"type": "array"}),
        ([[1], ["a"]], {"type": "array", "items": {"type": ["string", "integer"]}}),
        ([{}], {"type": "object"}),
        ([{"a": 1}, {}], {"type": "object", "properties": {"a": {"type": "integer"}}}),
        (
            [{"a": 1, "b": None}, {"b": "x"}],
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": ["string", "null"]}},
                "required": ["b"],
            },
        ),
    ],
)
def test_it_says_what_all_values_have_in_common(
    values: list[JsonValue], schema: dict[str, Any]
) -> None:
    assert proposed(*values) == schema


def test_an_object_with_ever_other_properties_is_a_map() -> None:
    values: list[JsonValue] = [{f"id {number}": number} for number in range(101)]

    assert proposed(*values) == {"type": "object", "additionalProperties": {"type": "integer"}}
    assert "properties" in proposed(*values[:100])


def test_nothing_is_proposed_of_what_is_deep() -> None:
    value: JsonValue = 1
    for _ in range(500):
        value = [value]

    schema = proposed(value)

    assert str(schema).count("items") == 10
    assert list(check_schema(schema)) == []


def test_names_and_texts_that_no_schema_may_have_are_left_out() -> None:
    values: list[JsonValue] = [{"a": "\ud800", "\udfff": 1}] * 20

    schema = proposed(*values)

    assert schema["properties"] == {"a": {"type": "string"}}
    assert schema["required"] == ["a"]
    numbers: dict[str, JsonValue] = {f"{number}": number for number in range(150)}
    of_map = proposed({**numbers, "\udfff": "a"})
    assert of_map["additionalProperties"] == {"type": ["string", "integer"]}


@pytest.mark.parametrize("name", ["p{}", "a very long name of a property " * 20 + "{}"])
def test_levels_that_are_more_than_a_schema_may_have_are_left_out(name: str) -> None:
    leaves: JsonValue = {name.format(number): number for number in range(30)}
    value: JsonValue = {f"{number}": leaves for number in range(30)}

    schema = proposed({"wide": value, "narrow": 1})

    assert list(check_schema(schema)) == []
    assert len(str(schema)) < limits.SCHEMA_BYTES / 2
    assert schema["properties"]["narrow"] == {"type": "integer"}
    assert schema["properties"]["wide"]["type"] == "object"


def test_a_value_is_taken_once_into_account_however_deep_it_is() -> None:
    value: JsonValue = list(range(10))
    for _ in range(9):
        value = {"a": value}
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        Shape().add(value)
    finally:
        sys.setprofile(None)

    assert calls < 1_000


def test_a_map_of_maps_is_one() -> None:
    inner: JsonValue = {f"id {number}": [number, None] for number in range(150)}
    value: JsonValue = {f"{number}": inner for number in range(150)}

    both = {"type": ["integer", "null"]}
    of_lists = {"type": "object", "additionalProperties": {"type": "array", "items": both}}
    assert proposed(value) == {"type": "object", "additionalProperties": of_lists}
