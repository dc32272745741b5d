"""The form for an input, which a function's schema makes, and the JSON beside it."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console import axe
from tests.console.console import Console

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Who", "description": "Who is greeted."},
        "age": {"type": ["integer", "null"]},
        "size": {"enum": ["s", 2, None]},
        "loud": {"$ref": "#/$defs/flag"},
        "tags": {"type": "array", "items": {"type": "number"}},
    },
    "$defs": {"flag": {"type": "boolean"}},
}


def shown_json(console: Console) -> Any:
    console.button("JSON").click()
    value = json.loads(console.field("Input").input_value())
    console.button("Form").click()
    return value


def test_what_is_typed_into_the_form_is_what_the_function_gets(console: Console) -> None:
    console.enter("functions", console.account.create("return call", input_schema=SCHEMA))
    expect(console.field("Who")).to_have_accessible_description("Who is greeted.")

    console.field("Who").fill("Ada")
    console.field("age").press_sequentially("1.05")
    console.field("size").select_option("2")
    console.field("loud").select_option("true")
    console.field("tags").press_sequentially("1\n2.5\n")

    expect(console.field("age")).to_have_value("1.05")
    expect(console.field("tags")).to_have_value("1\n2.5\n")
    typed = {"name": "Ada", "age": 1.05, "size": 2, "loud": True, "tags": [1, 2.5]}
    assert shown_json(console) == typed

    console.field("age").fill("")
    console.field("size").select_option("null")
    console.field("loud").select_option("")
    console.field("tags").fill("")
    assert shown_json(console) == {"name": "Ada", "size": None}

    assert axe.findings(console.page) == []
    console.button("Run").click()
    expect(console.result).to_contain_text("Ada")


def test_the_form_shows_what_is_typed_as_json_and_keeps_what_it_has_no_field_for(
    console: Console,
) -> None:
    console.enter("functions", console.account.create("return call", input_schema=SCHEMA))
    console.button("JSON").click()
    console.field("Input").fill('{"more": [1], "name": "Ada", "tags": [3]}')

    console.button("Form").click()

    expect(console.field("Who")).to_have_value("Ada")
    expect(console.field("tags")).to_have_value("3")
    console.field("Who").fill("Bob")
    assert shown_json(console) == {"more": [1], "name": "Bob", "tags": [3]}


@pytest.mark.parametrize("text", ["{", "[1]", '{"age": 12345678901234567890}'])
def test_what_the_form_would_change_is_left_to_json(console: Console, text: str) -> None:
    console.enter("functions", console.account.create("return call", input_schema=SCHEMA))
    console.button("JSON").click()
    console.field("Input").fill(text)

    console.button("Form").click()

    expect(console.main).to_contain_text("The form cannot show this input")
    console.button("JSON").click()
    expect(console.field("Input")).to_have_value(text)


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {"type": "object"},
        {"properties": {"a": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"type": "object"}}},
        {"type": "object", "properties": {"a": {"type": ["string", "integer"]}}},
        {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "array"}}}},
    ],
)
def test_without_a_schema_of_single_values_there_is_no_form(
    console: Console, schema: dict[str, Any] | None
) -> None:
    more = {} if schema is None else {"input_schema": schema}
    console.enter("functions", console.account.create("return call", **more))

    expect(console.field("Input")).to_have_value("{}")
    expect(console.button("Form")).to_have_count(0)


def test_the_editor_completes_what_a_call_has(console: Console) -> None:
    line = {"type": "object", "properties": {"sku": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {"total": {"type": "integer", "description": "In cents."}, "line": line},
    }
    console.enter("functions", console.account.create("return 1", input_schema=schema))

    console.type_source("return call.")
    console.page.keyboard.press("Control+Space")

    options = console.page.locator(".cm-completionLabel, .cm-completionDetail")
    expect(options).to_have_text(["line", "object", "total", "number"])
    console.page.keyboard.insert_text("line.")
    console.page.keyboard.press("Control+Space")
    expect(options).to_have_text(["sku", "string"])
