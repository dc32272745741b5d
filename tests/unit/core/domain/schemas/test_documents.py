"""Schemas that clients send: what is refused, with its path, and what a schema expands to."""

from collections.abc import Mapping
from typing import Any

import pytest

from isolambda_core.domain import limits
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.functions.functions import validated_function
from isolambda_core.domain.functions.versions import FROZEN_KEYS
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.contract import Fault
from isolambda_core.domain.schemas.documents import check_schema, patterns_in
from isolambda_core.domain.schemas.expansion import expanded
from isolambda_core.domain.schemas.keywords import ASSERTIONS, DIALECT

ORDER = {
    "$schema": DIALECT,
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "integer", "minimum": 1, "example": 7},
        "email": {"type": "string", "format": "email"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "x-order": True},
    },
    "additionalProperties": False,
    "$defs": {"line": {"type": "object", "properties": {"sku": {"pattern": "^[A-Z]+$"}}}},
}


def faults_of(schema: Any) -> list[tuple[str, str]]:
    """Return the path and the rule of each violation."""
    return [("/".join(found.path), found.rule) for found in check_schema(schema)]


def message_of(schema: Any) -> str:
    """Return the message of the only violation."""
    [violation] = check_schema(schema)
    return str(violation.message)


def test_a_schema_of_any_keywords_is_taken_and_unknown_ones_are_annotations() -> None:
    assert faults_of(ORDER) == []
    assert faults_of({}) == []


@pytest.mark.parametrize("number", [0, 2.0, 1e2, 1e300])
@pytest.mark.parametrize(
    "keyword", [name for name, shape in ASSERTIONS.items() if shape.get("type") == "integer"]
)
def test_a_count_is_a_number_without_a_fraction_however_it_is_written(
    keyword: str, number: float
) -> None:
    assert faults_of({keyword: number}) == []
    assert faults_of({keyword: number + 0.5}) == [(keyword, "type")] * (number < 1e300)


@pytest.mark.parametrize(
    ("schema", "path", "rule"),
    [
        (5, "", "type"),
        ([], "", "type"),
        ({"type": "strin"}, "type", "enum"),
        ({"type": ["string", "x"]}, "type/1", "enum"),
        ({"type": []}, "type", "minItems"),
        ({"type": 5}, "type", "type"),
        ({"minLength": -1}, "minLength", "minimum"),
        ({"minLength": -1.0}, "minLength", "minimum"),
        ({"minLength": True}, "minLength", "type"),
        ({"enum": []}, "enum", "minItems"),
        ({"multipleOf": 0}, "multipleOf", "exclusiveMinimum"),
        ({"required": "id"}, "required", "type"),
        ({"required": ["a", "b", "a"]}, "required/2", "error"),
        ({"type": ["string", "string"]}, "type/1", "error"),
        ({"dependentRequired": {"a": ["b", "b"]}}, "dependentRequired/a/1", "error"),
        ({"title": 4}, "title", "type"),
        ({"items": {"description": ["a"]}}, "items/description", "type"),
        ({"format": None}, "format", "type"),
        ({"deprecated": "no"}, "deprecated", "type"),
        ({"examples": {"a": 1}}, "examples", "type"),
        ({"contentSchema": "#"}, "contentSchema", "type"),
        ({"items": [{}]}, "items", "type"),
        ({"allOf": []}, "allOf", "minItems"),
        ({"properties": {"a": {"not": 1}}}, "properties/a/not", "type"),
        ({"dependentRequired": {"a": [1]}}, "dependentRequired/a/0", "type"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema", "enum"),
        ({"$id": "https://example.com/a"}, "$id", "error"),
        ({"items": {"$dynamicRef": "#a"}}, "items/$dynamicRef", "error"),
        ({"$defs": {"a": {"$anchor": "a"}}}, "$defs/a/$anchor", "error"),
        ({"$ref": "https://example.com/a"}, "$ref", "error"),
        ({"$ref": "file:///etc/passwd"}, "$ref", "error"),
        ({"$ref": "#/$defs/a"}, "$ref", "error"),
        ({"$ref": "#/$defs/a/items", "$defs": {"a": {"items": {}}}}, "$ref", "error"),
        ({"pattern": "a" * 501}, "pattern", "maxLength"),
        ({"const": "\ud800"}, "", "error"),
        ({"properties": {"\udfff": {}}}, "", "error"),
        ({"const": "x" * limits.SCHEMA_BYTES}, "", "maxBytes"),
    ],
)
def test_what_is_no_schema_here_is_refused_with_its_path(schema: Any, path: str, rule: str) -> None:
    assert faults_of(schema) == [(path, rule)]


def test_a_schema_that_nests_too_deep_is_refused() -> None:
    schema: Any = {}
    for _ in range(100_000):
        schema = {"not": schema}

    assert faults_of(schema) == [("", "maxDepth")]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"not": {"$ref": "#/$defs/a"}}},
        },
    ],
)
def test_a_reference_that_leads_to_itself_is_refused_with_its_path(schema: Any) -> None:
    [violation] = check_schema(schema)

    assert violation.path[-1] == "$ref"
    assert violation.message == "The reference leads to itself again"


def test_a_schema_that_blows_up_by_its_references_is_refused() -> None:
    doubling = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(12)}
    schema = {"$ref": "#/$defs/a0", "$defs": {**doubling, "a12": {}}}

    assert message_of(schema).startswith("The schema must not have more than 500 subschemas")


def test_a_long_chain_of_references_is_refused() -> None:
    chain = {f"a{n}": {"items": {"$ref": f"#/$defs/a{n + 1}"}} for n in range(40)}
    schema = {"$ref": "#/$defs/a0", "$defs": {**chain, "a40": {}}}

    assert message_of(schema) == "Subschemas must not nest more than 32 levels deep"


def test_nested_unevaluated_properties_which_take_exponential_time_are_refused() -> None:
    schema: dict[str, Any] = {"properties": {"a": True}}
    for _ in range(8):
        schema = {"allOf": [schema], "unevaluatedProperties": False}

    assert "below an `unevaluated…`" in message_of(schema)


def test_an_expanded_schema_has_neither_references_nor_annotations() -> None:
    schema: dict[str, JsonValue] = {
        "title": "t",
        "properties": {"a~/b": {"$ref": "#/$defs/a~0~1b", "maxLength": 3, "format": "email"}},
        "prefixItems": [True, {"default": 1}],
        "$defs": {"a~/b": {"type": "string", "examples": ["x"]}},
    }

    assert faults_of(schema) == []
    assert expanded(schema) == {
        "properties": {"a~/b": {"maxLength": 3, "allOf": [{"type": "string"}]}},
        "prefixItems": [True, {}],
    }


def test_patterns_are_found_with_their_paths() -> None:
    schema: JsonValue = {
        "items": {"pattern": "a"},
        "$defs": {"d": {"patternProperties": {"^b": {}}}},
    }

    found = {"/".join(path): pattern for path, pattern in patterns_in(schema)}

    assert found == {"items/pattern": "a", "$defs/d/patternProperties/^b": "^b"}


@pytest.mark.parametrize("key", ["input_schema", "result_schema"])
def test_a_function_has_schemas_that_are_checked_and_frozen(key: str) -> None:
    def document(schema: object) -> Mapping[str, Any]:
        return {"name": "n", "function_js": "return 1;", key: schema}

    assert validated_function(document(ORDER))[key] == ORDER
    assert key in FROZEN_KEYS
    with pytest.raises(InvalidDocumentError) as refused:
        validated_function(document({"items": {"type": "x"}}))
    assert [violation.path for violation in refused.value.violations] == [(key, "items", "type")]
    with pytest.raises(InvalidDocumentError):
        validated_function(document(True))


def test_the_path_of_a_fault_is_a_json_pointer() -> None:
    assert Fault(("items", "0", "a/b~c"), "type", "is no text").path == "/items/0/a~1b~0c"
    assert Fault(("a",), "type", "is no text").text == "/a: is no text"
    assert Fault((), "type", "is no text").text == "is no text"
