"""What does not fit a schema, where that is, and how long it may take to find out."""

import json
import subprocess
import sys
from typing import Any

import pytest

from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.executions.errors import InputNotAcceptedError
from isolambda_core.domain.limits import SCHEMA_WORK
from isolambda_core.domain.schemas.contract import Fault

CHECKER = JsonSchemaChecker()
LINE = {
    "type": "object",
    "required": ["sku"],
    "additionalProperties": False,
    "properties": {"sku": {"pattern": "^[A-Z]+$"}, "count": {"type": "integer", "minimum": 1}},
}
ORDER = {"properties": {"lines": {"items": {"$ref": "#/$defs/line"}}}, "$defs": {"line": LINE}}


def fault_of(schema: Any, value: Any) -> Fault | None:
    """Return the fault of a value, or of the text of one, and hold that the schema has none."""
    assert list(CHECKER.check(schema)) == []
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return CHECKER.first_fault(schema, text)


def told(schema: Any, value: Any) -> tuple[str, str, str] | None:
    """Return path, keyword and message of a fault."""
    fault = fault_of(schema, value)
    return None if fault is None else (fault.path, fault.keyword, fault.message)


def test_a_value_that_fits_has_no_fault() -> None:
    assert told(ORDER, {"lines": [{"sku": "A", "count": 1.0}], "other": None}) is None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"sku": "a"}, ("/lines/1/sku", "pattern", 'must match the pattern "^[A-Z]+$"')),
        ({}, ("/lines/1/sku", "required", "is missing")),
        ({"sku": "A", "a/b": 1}, ("/lines/1/a~1b", "additionalProperties", "is not allowed")),
        ({"sku": "A", "count": 0}, ("/lines/1/count", "minimum", "must be at least 1")),
        ({"sku": "A", "count": "1"}, ("/lines/1/count", "type", 'must be of type "integer"')),
        (7, ("/lines/1", "type", 'must be of type "object"')),
    ],
)
def test_a_fault_has_path_keyword_and_message(line: Any, fault: tuple[str, str, str]) -> None:
    assert told(ORDER, {"lines": [{"sku": "A"}, line]}) == fault


@pytest.mark.parametrize(
    ("schema", "value", "path", "keyword"),
    [
        ({"anyOf": [{"type": "null"}, {"minimum": 5}]}, 1, "", "anyOf"),
        ({"items": {"oneOf": [True, {"type": "integer"}]}}, ["a", 1], "/1", "oneOf"),
        ({"not": {"not": {"const": 1}}}, 2, "", "not"),
        ({"additionalProperties": False}, {"a": 1}, "/a", "additionalProperties"),
        ({"properties": {"a": False}}, {"a": 1}, "/a", "falseSchema"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "/ab", "propertyNames"),
        ({"contains": {"const": 1}, "minContains": 2}, [1], "", "minContains"),
        ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], "", "maxContains"),
        ({"contains": {"const": 1}}, [2], "", "contains"),
        ({"uniqueItems": True}, [1, 1.0], "", "uniqueItems"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "/b", "required"),
        ({"if": {"type": "integer"}, "then": {"minimum": 5}}, 1, "", "minimum"),
        ({"anyOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"a": 1, "b": 2},
         "/b", "unevaluatedProperties"),
        ({"prefixItems": [True], "unevaluatedItems": False}, [1, 2], "", "unevaluatedItems"),
        ({"const": {"a": 1}}, {"a": True}, "", "const"),
        ({"enum": [0, "x"]}, False, "", "enum"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_names_its_keyword(
    schema: Any, value: Any, path: str, keyword: str
) -> None:
    fault = fault_of(schema, value)

    assert fault is not None
    assert (fault.path, fault.keyword) == (path, keyword)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"pattern": "(?=a)b"}, "pattern"),
        ({"items": {"pattern": r"(a)\1"}}, "items/pattern"),
        ({"patternProperties": {"(": {}}}, "patternProperties/("),
        ({"pattern": "(?:a{1000}){1000}"}, "pattern"),
    ],
)
def test_patterns_that_do_not_take_linear_time_are_refused(schema: Any, path: str) -> None:
    assert ["/".join(found.path) for found in CHECKER.check(schema)] == [path]


def test_a_message_has_nothing_of_the_value_and_is_cut() -> None:
    fault = fault_of({"items": {"enum": ["x" * 200] * 5}}, ["hunter2" * 1000])

    assert fault is not None
    assert "hunter2" not in fault.text
    assert len(fault.message) <= 256
    assert "hunter2" not in str(InputNotAcceptedError(fault))


def test_a_long_name_in_a_path_is_cut() -> None:
    fault = fault_of({"additionalProperties": False}, {"n" * 10_000: 1})

    assert fault is not None
    assert len(fault.path) == 1 + 64


def test_half_of_a_surrogate_pair_counts_as_a_character() -> None:
    assert fault_of({"maxLength": 1}, rb'"\ud800"') is None
    assert fault_of({"maxLength": 1}, rb'"\ud83d\ude00"') is None
    assert told({"properties": {"a": {"type": "null"}}}, rb'{"\udfff": 1, "a": 2}') == (
        "/a", "type", 'must be of type "null"',
    )  # fmt: skip


def test_deep_values_fit_and_one_that_does_not_says_so() -> None:
    deep = b"[" * 400 + b"]" * 400

    assert fault_of({"type": "array"}, deep) is None
    for schema in ({"type": "object"}, {"uniqueItems": True, "minItems": 2}):
        fault = fault_of(schema, deep)
        assert fault is not None
        assert fault.keyword == "maxDepth"
    too_deep = fault_of({}, b"[" * 100_000 + b"]" * 100_000)
    assert too_deep is not None
    assert too_deep.message == "cannot be read: nested more than 512 levels deep"


def test_a_value_for_which_there_is_too_much_to_check_says_what_the_limit_is() -> None:
    many = {"items": {"allOf": [{"minimum": -number} for number in range(400)]}}

    fault = fault_of(many, [0] * 100_000)

    assert fault is not None
    assert fault.keyword == "maxWork"
    assert str(SCHEMA_WORK) in fault.message
    assert fault_of({"items": {"type": "integer"}}, [0] * 100_000) is None


def test_a_schema_of_before_it_had_a_meaning_checks_nothing() -> None:
    assert CHECKER.first_fault({"$ref": "https://example.com"}, b"1") is None
    assert CHECKER.first_fault({"pattern": "(?=a)"}, b'"b"') is None


def test_a_choice_that_fails_makes_no_copy_of_the_value_for_each_of_its_schemas() -> None:
    program = """
import json, re
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
schema = {"anyOf": [{"maxItems": number} for number in range(12)]}
text = json.dumps([{"id": 1, "name": "x" * 20}] * 20_000).encode()
fault = JsonSchemaChecker().first_fault(schema, text)
assert fault.keyword == "anyOf", fault
# What the kernel counts for resource.getrusage has the peak of the process that started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert int(done.stdout) < 256


@pytest.mark.parametrize(
    "program",
    [
        "schema = {}\nfor _ in range(100_000): schema = {'not': schema}",
        "schema = {'pattern': '(' * 500}",
        "schema = {'pattern': '(?:' * 160 + ')' * 5}",
        "schema = {'properties': {str(i): {'type': 'integer'} for i in range(499)}}",
        "schema = {'const': 10 ** 4000, 'minLength': 10 ** 30, 'multipleOf': 1e-308}",
        "value = '[' * 500 + ']' * 500\nschema = {'uniqueItems': True, 'const': [[[]]]}",
        "value = '[' * 10**6\nschema = {'items': {}}",
        "value = '[' * 511 + ']' * 511\nschema = {'not': {'not': {'type': 'object'}}}",
    ],
)
def test_a_hostile_schema_or_value_does_not_end_the_process(program: str) -> None:
    ends = (
        "\nfrom isolambda_core.adapters.json_schemas import JsonSchemaChecker\n"
        "checker = JsonSchemaChecker()\n"
        "found = list(checker.check(schema))\n"
        "text = globals().get('value', '[1, \"a\", {\"a\": {}}]').encode()\n"
        "print(bool(found), found or checker.first_fault(schema, text))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program + ends], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-500:]


FRACTIONS = [number + 0.5 for number in range(1_000)]
LARGE = [10**19 + number for number in range(5_000)]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"enum": FRACTIONS}}, [-1.5] * 10_000),
        ({"items": {"enum": list(range(1_000))}}, [-1.5] * 10_000),
        ({"items": {"enum": [[number] for number in FRACTIONS]}}, [[-1.5]] * 10_000),
        ({"items": {"anyOf": [{"const": each} for each in FRACTIONS[:400]]}}, [-1.5] * 2_000),
        ({"items": {"allOf": [{"minimum": each} for each in FRACTIONS[:400]]}}, [1e9] * 1_000),
        ({"uniqueItems": True}, LARGE),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [{"id": each} for each in LARGE]}),
        ({"uniqueItems": True}, [-each for each in LARGE]),
    ],
)
def test_numbers_that_take_long_to_compare_are_work(schema: Any, value: Any) -> None:
    fault = CHECKER.first_fault(schema, json.dumps(value).encode())

    assert fault is not None
    assert fault.keyword == "maxWork"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"enum": list(range(20))}}, [7] * 10_000),
        ({"items": {"enum": [f"{number}" for number in range(5_000)]}}, ["7"] * 100_000),
        ({"items": {"minimum": 0, "maximum": 99}}, [7] * 500_000),
        ({"uniqueItems": True}, LARGE[:500]),
        ({"uniqueItems": True}, list(range(50_000))),
        ({"items": {"type": "integer"}}, LARGE),
    ],
)
def test_what_is_soon_checked_is_not_too_much_work(schema: Any, value: Any) -> None:
    assert CHECKER.first_fault(schema, json.dumps(value).encode()) is None
