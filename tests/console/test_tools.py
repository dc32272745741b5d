"""Functions as tools of language models."""

from typing import Any

from playwright.sync_api import expect

from tests.console.console import Console


def tool_of(console: Console, function: str) -> dict[str, Any] | None:
    """Return what the API has of a function as a tool."""
    with console.account.client() as client:
        url = console.account.functions_url(function)
        tool: dict[str, Any] | None = client.get(url).raise_for_status().json()["data"].get("tool")
    return tool


def test_a_function_becomes_a_tool_with_the_name_that_models_see(console: Console) -> None:
    function = console.account.create("return 1", name="balance of a customer!")
    console.enter("functions", function + "?tab=settings")

    console.field("It is a tool: models may call it").check()
    console.field("What it does, and when to use it").fill("Returns a balance.")
    expect(console.main).to_contain_text("A model calls balance_of_a_customer:")
    console.field("A person approves each call").check()
    console.button("Save").click()
    expect(console.status("Saved")).to_be_visible()

    assert tool_of(console, function) == {"description": "Returns a balance.", "approval": True}
    expect(console.main.get_by_role("link", name="tool of language models")).to_be_visible()


def test_a_tool_has_the_name_that_is_given_and_keeps_what_no_field_is_for(
    console: Console,
) -> None:
    tool = {"description": "Greets.", "annotations": {"readOnlyHint": True}}
    function = console.account.create("return 1", tool=tool)
    console.enter("functions", function + "?tab=settings")

    console.field("Name of the tool (optional)").fill("greet")
    expect(console.main).to_contain_text("A model calls greet:")
    console.button("Save").click()
    expect(console.status("Saved")).to_be_visible()

    assert tool_of(console, function) == {**tool, "name": "greet"}


def test_a_function_is_a_tool_no_more(console: Console) -> None:
    function = console.account.create("return 1", tool={"description": "Greets."})
    console.enter("functions", function + "?tab=settings")

    console.field("It is a tool: models may call it").uncheck()
    console.button("Save").click()
    expect(console.status("Saved")).to_be_visible()

    assert tool_of(console, function) is None
    expect(console.main.get_by_role("link", name="tool of language models")).to_have_count(0)


def test_a_tool_that_says_nothing_is_refused_in_the_words_of_the_api(console: Console) -> None:
    console.watch.expect_status(400)
    console.enter("functions", console.account.create("return 1") + "?tab=settings")

    console.field("It is a tool: models may call it").check()
    console.button("Save").click()

    expect(console.alert).to_contain_text("tool.description")
