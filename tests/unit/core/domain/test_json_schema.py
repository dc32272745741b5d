"""What the checker makes of a value and a table of rules."""

import pytest

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema, check, paths_of
from isolambda_core.domain.json_text import JsonValue

CLOSED: Schema = {
    "type": "object",
    "required": ["a"],
    "additionalProperties": False,
    "properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]}},
}


@pytest.mark.parametrize(
    ("value", "schema", "rule", "target", "given"),
    [
        (True, {"type": "integer"}, "type", "integer", True),
        ("x", {"type": ["integer", "null"]}, "type", "integer", "x"),
        ("x", {"enum": ["y"]}, "enum", ["y"], "x"),
        ("", {"minLength": 1}, "minLength", 1, ""),
        ("xx", {"maxLength": 1}, "maxLength", 1, "xx"),
        ("ab", {"pattern": "a"}, "pattern", "a", "ab"),
        (0, {"minimum": 1}, "minimum", 1, 0),
        (1.5, {"maximum": 1}, "maximum", 1, 1.5),
        ([], {"minItems": 1}, "minItems", 1, 0),
        ([1, 2], {"maxItems": 1}, "maxItems", 1, 2),
    ],
)
def test_a_broken_rule_is_named_with_what_it_demands(
    value: JsonValue, schema: Schema, rule: str, target: JsonValue, given: JsonValue
) -> None:
    assert list(check(value, schema)) == [Violation((), rule, target, given)]


def test_properties_come_in_the_order_of_the_table_and_unknown_keys_before_them() -> None:
    assert list(check({"b": "x", "c": 1}, CLOSED)) == [
        Violation(("c",), "additionalProperties", None, "c"),
        Violation(("a",), "required", None, "a"),
        Violation(("b",), "type", "integer", "x"),
    ]


def test_an_object_that_requires_nothing_comes_in_its_own_order() -> None:
    loose: Schema = {**CLOSED, "required": []}

    found = [violation.path for violation in check({"c": 1, "b": "x", "a": 1}, loose)]

    assert found == [("c",), ("b",), ("a",)]


def test_a_rule_in_code_is_asked_only_about_what_follows_the_table() -> None:
    rules = {"a": lambda value: iter([Violation(("in",), "error", None, value)])}

    assert [v.rule for v in check({"a": 1}, CLOSED, rules=rules)] == ["type"]
    assert list(check({"a": "x"}, CLOSED, rules=rules)) == [
        Violation(("a", "in"), "error", None, "x")
    ]


def test_paths_are_found_by_type() -> None:
    assert list(paths_of({"properties": {"o": CLOSED}}, "integer")) == [("o", "b")]
