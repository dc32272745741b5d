"""A JSON Schema as a type of TypeScript."""

import pytest

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.schemas.typescript import type_of

TEXT: JsonValue = {"type": "string"}
NUMBER: JsonValue = {"type": "number"}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (True, "unknown"),
        (False, "never"),
        ({}, "unknown"),
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "string", "format": "date"}, "string"),
        ({"const": "a"}, '"a"'),
        ({"enum": ["a", 2, None, True]}, '"a" | 2 | null | true'),
        ({"enum": ["a", {"b": 1}]}, "unknown"),
        ({"type": "string", "const": "x" * 300}, "string"),
        ({"type": "array", "items": TEXT}, "string[]"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "(string | null)[]"),
        ({"type": "array"}, "unknown[]"),
        (
            {"type": "array", "prefixItems": [TEXT, NUMBER], "minItems": 1, "items": False},
            "[string, number?]",
        ),
        ({"type": "array", "prefixItems": [TEXT]}, "[string?, ...unknown[]]"),
        ({"type": "object"}, "Record<string, unknown>"),
        ({"type": "object", "additionalProperties": TEXT}, "Record<string, string>"),
        ({"type": "object", "patternProperties": {"^a": TEXT}}, "Record<string, unknown>"),
        (
            {"type": "object", "properties": {"a": TEXT, "b-c": NUMBER}, "required": ["a"]},
            '{ a: string; "b-c"?: number }',
        ),
        ({"type": "object", "required": ["a"]}, "{ a: unknown }"),
        ({"anyOf": [TEXT, NUMBER, TEXT, False]}, "string | number"),
        ({"oneOf": [TEXT, {}]}, "unknown"),
        ({"allOf": [TEXT, {}]}, "string"),
        ({"type": ["string", "number"], "allOf": [{"anyOf": [TEXT, {"type": "null"}]}]},
         "(string | number) & (string | null)"),
        ({"type": "string", "not": {"const": "a"}, "x-more": 1}, "string"),
        ({"$ref": "#/$defs/a", "$defs": {"a": NUMBER}}, "number"),
        ({"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": NUMBER}}, "number"),
        ({"$ref": "https://example.com/a"}, "unknown"),
        ({"$ref": "#/$defs/none"}, "unknown"),
        ({"properties": {"a": TEXT}}, "unknown"),
        ({"type": "something"}, "unknown"),
    ],
)  # fmt: skip
def test_a_schema_is_the_type_of_what_it_accepts(schema: JsonValue, written: str) -> None:
    assert type_of(schema) == written


def test_a_long_object_has_a_line_for_each_property_with_its_description() -> None:
    schema: JsonValue = {
        "type": "object",
        "required": ["lines"],
        "properties": {
            "lines": {
                "type": "array",
                "description": "What was\n ordered */ evil()",
                "items": {
                    "type": "object",
                    "properties": {"sku": {**TEXT, "description": "The number."}},  # type: ignore[dict-item]
                },
            },
            "note": TEXT,
        },
    }
    assert type_of(schema) == (
        "{\n"
        "  /** What was ordered *\\/ evil() */\n"
        "  lines: {\n"
        "    /** The number. */\n"
        "    sku?: string;\n"
        "  }[];\n"
        "  note?: string;\n"
        "}"
    )
    assert type_of(schema, readable=False) == "{ lines: { sku?: string }[]; note?: string }"


def test_a_text_that_no_file_can_hold_is_not_in_a_description() -> None:
    schema: JsonValue = {
        "type": "object",
        "properties": {"a": {"description": "\ud800 a\u2028b\0"}, "\ud800": True},
    }
    written = type_of(schema)
    assert written.encode()
    assert "/** a b */" in written


def test_a_schema_that_contains_itself_ends_as_unknown() -> None:
    schema: JsonValue = {
        "type": "object",
        "properties": {"next": {"$ref": "#"}, "other": {"$ref": "#"}},
    }
    written = type_of(schema)
    assert written.endswith("}")
    assert "unknown" in written
    assert written.count("next?") < 2_000


def test_one_long_part_that_is_referred_to_often_is_not_written_each_time() -> None:
    names: list[JsonValue] = [f"name {number}" for number in range(4_000)]
    schema: JsonValue = {
        "$defs": {"name": {"enum": names}},
        "type": "object",
        "properties": {f"p{number}": {"$ref": "#/$defs/name"} for number in range(400)},
    }
    assert len(type_of(schema)) < 200_000
