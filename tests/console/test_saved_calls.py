"""Saved calls: made by hand, of a run or of an execution, and executed on a version."""

import json
from typing import Any

from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console

GREETING = "return { text: `hello ${call.name}` };"
MANY_DIGITS = 1234567890123456789


def saved(console: Console, function: str, name: str) -> dict[str, Any]:
    """Return a saved call as the API has it."""
    with console.account.client() as client:
        url = f"{console.account.functions_url(function)}/calls/{name}"
        call: dict[str, Any] = client.get(url).raise_for_status().json()["data"]
    return call


def save(console: Console, function: str, name: str, given: Any, result: Any) -> None:
    with console.account.client() as client:
        url = f"{console.account.functions_url(function)}/calls/{name}"
        data = {"input": given, "expect": {"equal": result}}
        client.put(url, json={"data": data}).raise_for_status()


def test_a_run_becomes_a_call_that_passes(console: Console) -> None:
    function = console.account.create(GREETING)
    console.enter("functions", function)
    console.field("Input").fill('{"name": "Ada"}')
    console.button("Run").click()
    expect(console.result).to_be_visible()
    console.field("Input").fill('{"name": "Bob"}')

    console.button("Save as a call").click()
    console.field("Name").fill("greets")
    console.button("Save").last.click()
    expect(console.dialog).to_have_count(0)
    console.main.get_by_role("link", name="Saved calls").click()
    console.button("Run all").click()

    expect(console.status("On the draft: 1 passed, 0 failed.")).to_be_visible()
    assert saved(console, function, "greets")["input"] == {"name": "Ada"}
    assert saved(console, function, "greets")["expect"] == {"equal": {"text": "hello Ada"}}


def test_an_execution_becomes_a_call_with_its_numbers_as_they_were(console: Console) -> None:
    function = console.account.create("return { hi: 1 };", record="all")
    execution = console.account.execute(function, {"number": MANY_DIGITS})["execution_id"]
    console.enter("executions", function, execution)

    console.button("Save as a call").click()
    expect(console.field("Input, as JSON")).to_have_value(f'{{\n  "number": {MANY_DIGITS}\n}}')
    console.button("Save").click()
    expect(console.dialog).to_have_count(0)

    call = saved(console, function, f"call_{execution[:12]}")
    assert (call["input"], call["expect"]) == ({"number": MANY_DIGITS}, {"equal": {"hi": 1}})


def test_an_execution_that_failed_becomes_a_call_that_expects_it(console: Console) -> None:
    function = console.account.create("throw new Error('no');")
    execution = console.account.execute(function)["execution_id"]
    console.enter("executions", function, execution)

    console.button("Save as a call").click()
    expect(console.field("Outcome")).to_have_value("exception")
    console.field("Name").fill("fails")
    console.button("Save").click()
    expect(console.dialog).to_have_count(0)

    assert saved(console, function, "fails")["expect"] == {"outcome": "exception"}


def test_a_report_says_what_was_expected_and_what_came(console: Console) -> None:
    function = console.account.create(GREETING)
    save(console, function, "greets", {"name": "Ada"}, {"text": "hello Ada"})
    save(console, function, "waves", {"name": "Ada"}, {"text": "bye Ada"})
    console.enter("functions", function, "calls")

    with network.slow(console.page, "**/calls/run", method="POST") as held:
        console.button("Run all").click()
        expect(console.button("Running …")).to_be_disabled()
        held.release()
        expect(console.status("On the draft: 1 passed, 1 failed.")).to_be_visible()

    expect(console.played).to_have_count(2)
    expect(console.played.nth(0)).to_have_text("passedgreets")
    expect(console.played.nth(1)).to_have_text(
        'failedwaves/text is another valueExpected"bye Ada"Got"hello Ada"'
    )


def test_calls_run_on_the_version_that_is_chosen(console: Console) -> None:
    function = console.account.create("return 1")
    url = console.account.functions_url(function)
    with console.account.client() as client:
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        client.patch(url, json={"data": {"function_js": "return 2"}}).raise_for_status()
    save(console, function, "one", {}, 1)
    console.enter("functions", function, "calls")

    console.field("On").select_option("Version 1")
    console.button("Run all").click()
    expect(console.status("On version 1: 1 passed, 0 failed.")).to_be_visible()
    console.field("On").select_option("The draft")
    console.button("Run all").click()

    expect(console.status("On the draft: 0 passed, 1 failed.")).to_be_visible()


def test_who_runs_calls_on_the_draft_is_told_of_what_is_not_saved(console: Console) -> None:
    function = console.account.create("return 1")
    save(console, function, "one", {}, 1)
    console.enter("functions", function)
    console.type_source("return 2")

    console.go("functions", function, "calls")

    expect(console.main.get_by_role("note")).to_contain_text("not saved: they are not executed")


def test_a_call_is_made_changed_and_deleted_by_hand(console: Console) -> None:
    function = console.account.create(GREETING)
    console.enter("functions", function, "calls")
    expect(console.main.get_by_role("heading", name="No saved calls yet")).to_be_visible()

    console.button("New call").click()
    console.field("Name").fill("greets")
    console.field("Input, as JSON").fill(json.dumps({"number": MANY_DIGITS}))
    console.field("It passes when").select_option("The result fits this schema")
    console.field("JSON Schema").fill('{"type": "object"}')
    console.button("Save").click()
    expect(console.row("greets")).to_contain_text("The result fits this schema")
    console.button("Change greets").click()
    expect(console.field("JSON Schema")).to_have_value('{\n  "type": "object"\n}')
    console.field("It passes when").select_option("The result has at least this")
    console.field("Result, as JSON").fill("{}")
    console.button("Save").click()

    expect(console.row("greets")).to_contain_text("The result has at least this")
    call = saved(console, function, "greets")
    assert (call["input"], call["expect"]) == ({"number": MANY_DIGITS}, {"subset": {}})
    console.button("Delete greets").click()
    console.dialog.get_by_role("button", name="Delete").click()
    expect(console.main.get_by_role("heading", name="No saved calls yet")).to_be_visible()


def test_a_new_call_overwrites_none_of_its_name(console: Console) -> None:
    console.watch.expect_status(412)
    function = console.account.create(GREETING)
    save(console, function, "greets", {"name": "Ada"}, {"text": "hello Ada"})
    console.enter("functions", function, "calls")

    console.button("New call").click()
    console.field("Name").fill("greets")
    console.button("Save").click()

    expect(console.alert).to_have_text(
        "There is a call of the name greets already. Give this one another name."
    )
    assert saved(console, function, "greets")["input"] == {"name": "Ada"}


def test_what_is_no_json_is_told_before_anything_is_sent(console: Console) -> None:
    console.enter("functions", console.account.create(GREETING), "calls")
    console.button("New call").click()
    console.field("Name").fill("greets")
    console.field("Input, as JSON").fill("{name}")

    console.button("Save").click()

    expect(console.alert).to_contain_text("The input is no JSON")
    assert not [
        each for each in console.watch.requests if each.method == "PUT" and "calls" in each.url
    ]


def test_what_the_api_says_of_an_expectation_is_shown_where_it_was_typed(console: Console) -> None:
    console.watch.expect_status(400)
    console.enter("functions", console.account.create(GREETING), "calls")
    console.button("New call").click()
    console.field("Name").fill("greets")
    console.field("It passes when").select_option("The result fits this schema")
    console.field("JSON Schema").fill('{"type": "x"}')

    console.button("Save").click()

    expect(console.alert).to_contain_text("expect.schema.type")
    expect(console.field("JSON Schema")).to_have_value('{"type": "x"}')
