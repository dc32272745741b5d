"""Aliases that enforce the contract of their function, and how they are moved all the same."""

from typing import Any

from playwright.sync_api import expect

from tests.console.console import Console


def broken_by_version_2(console: Console, contract: str = "enforced") -> str:
    """Make a function whose alias points to version 1, and whose version 2 breaks its contract."""
    function = console.account.create("return { text: 'hi' };")
    url = console.account.functions_url(function)
    with console.account.client() as client:
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        saved = {"input": {}, "expect": {"equal": {"text": "hi"}}}
        client.put(f"{url}/calls/greets", json={"data": saved}).raise_for_status()
        live = {"version": 1, "contract": contract}
        client.put(f"{url}/aliases/live", json={"data": live}).raise_for_status()
        change = {"function_js": "return { text: 'ho' };", "input_schema": {"required": ["name"]}}
        client.patch(url, json={"data": change}).raise_for_status()
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
    return function


def alias_of(console: Console, function: str) -> dict[str, Any]:
    with console.account.client() as client:
        url = f"{console.account.functions_url(function)}/aliases/live"
        alias: dict[str, Any] = client.get(url).json()["data"]
    return alias


def refuse(console: Console) -> None:
    """Have the console ask for a move that the contract does not let through."""
    console.watch.expect_status(409)
    console.button("Change live").click()
    console.field("Version").select_option("2")
    console.dialog.get_by_role("button", name="Change").click()
    expect(console.alert).to_contain_text("saved calls that fail: 1, breaks of schemas: 1")


def test_a_contract_is_enforced_from_the_form_of_an_alias(console: Console) -> None:
    function = broken_by_version_2(console, "off")
    console.enter("functions", function, "versions")
    expect(console.main.get_by_text("contract enforced")).to_have_count(0)

    console.button("Change live").click()
    console.field("Enforce the contract").check()
    console.dialog.get_by_role("button", name="Change").click()

    expect(console.main.get_by_text("contract enforced")).to_be_visible()
    assert alias_of(console, function)["contract"] == "enforced"


def test_a_broken_contract_is_told_call_by_call_and_break_by_break(console: Console) -> None:
    console.enter("functions", broken_by_version_2(console), "versions")

    refuse(console)

    calls = console.dialog.get_by_role("list", name="Saved calls that fail")
    expect(calls).to_contain_text("greets")
    expect(calls).to_contain_text("on version 2")
    breaks = console.dialog.get_by_role("list", name="Breaks of schemas")
    expect(breaks).to_contain_text("What callers send may be missing (version 1 to 2)")
    expect(breaks).to_contain_text("/name")


def test_an_alias_is_moved_all_the_same_with_a_reason_that_stays(console: Console) -> None:
    function = broken_by_version_2(console)
    console.enter("functions", function, "versions")
    refuse(console)

    console.field("Move it all the same").check()
    console.button("Change all the same").click()
    expect(console.field("Reason, for the history")).to_be_focused()
    console.field("Reason, for the history").fill("the clients know")
    console.button("Change all the same").click()

    expect(console.main).to_contain_text("Version 2 100 %")
    assert alias_of(console, function)["history"][0]["reason"] == "the clients know"
    console.button("History live").click()
    expect(console.dialog.get_by_role("listitem")).to_contain_text("forced the clients know")


def test_what_is_forced_is_what_was_shown(console: Console) -> None:
    """Another target is asked for without force, even where another one was to be forced."""
    function = broken_by_version_2(console)
    console.enter("functions", function, "versions")
    refuse(console)
    console.field("Move it all the same").check()

    console.field("Version").select_option("1")

    expect(console.field("Move it all the same")).to_have_count(0)
    console.dialog.get_by_role("button", name="Change").click()
    expect(console.dialog).to_have_count(0)
    assert alias_of(console, function)["history"] == []


def test_a_rollback_that_breaks_the_contract_is_told_and_forced(console: Console) -> None:
    console.watch.expect_status(409)
    function = broken_by_version_2(console, "off")
    with console.account.client() as client:
        url = console.account.functions_url(function)
        live = {"version": 2, "contract": "off"}
        client.put(f"{url}/aliases/live", json={"data": live}).raise_for_status()
        saved = {"input": {"name": "Ada"}, "expect": {"equal": {"text": "ho"}}}
        client.put(f"{url}/calls/greets", json={"data": saved}).raise_for_status()
        live = {"version": 2, "contract": "enforced"}
        client.put(f"{url}/aliases/live", json={"data": live}).raise_for_status()
    console.enter("functions", function, "versions")

    console.button("Roll back live").click()
    console.dialog.get_by_role("button", name="Roll back").click()
    expect(console.dialog.get_by_role("list", name="Saved calls that fail")).to_contain_text('"ho"')
    console.field("Move it all the same").check()
    console.field("Reason, for the history").fill("version 2 is slow")
    console.button("Roll back all the same").click()

    expect(console.main).to_contain_text("Version 1 100 %")
    move = alias_of(console, function)["history"][0]
    assert (move["rollback"], move["reason"]) == (True, "version 2 is slow")


def test_versions_whose_schemas_differ_are_not_equal(console: Console) -> None:
    function = broken_by_version_2(console)
    console.enter("functions", function, "versions?before=1&after=2")

    settings = console.main.get_by_role("table", name="Settings")

    expect(settings).to_contain_text("input_schema")
