"""What another author changed while a form is open: nothing is lost, and the form goes on."""

from typing import Any

from playwright.sync_api import expect

from tests.console.console import Console


def document_of(console: Console, path: str) -> dict[str, Any]:
    with console.account.client() as client:
        document: dict[str, Any] = client.get(path).raise_for_status().json()["data"]
    return document


def change(console: Console, path: str, **data: Any) -> None:
    with console.account.client() as client:
        client.patch(path, json={"data": data}).raise_for_status()


def open_trigger(console: Console) -> str:
    """Open the form of a trigger; return its path."""
    function = console.account.create("return 1", name="greet")
    url = f"{console.account.functions_url(function)}/triggers"
    data = {
        "name": "daily",
        "type": "schedule",
        "schedule": "rate(1 day)",
        "input": {"a": 1},
    }
    with console.account.client() as client:
        trigger = client.put(url, json={"data": data}).raise_for_status().json()["data"]["id"]
    console.enter(f"triggers?function={function}&trigger={trigger}")
    console.button("Change").click()
    expect(console.dialog).to_be_visible()
    return f"{url}/{trigger}"


def test_a_trigger_that_was_changed_elsewhere_is_loaded_and_keeps_what_is_typed(
    console: Console,
) -> None:
    console.watch.expect_status(412)
    path = open_trigger(console)
    change(console, path, input={"a": 2}, name="theirs", enabled=False)

    console.dialog.get_by_label("Name").fill("mine")
    console.dialog.get_by_role("button", name="Change").click()
    expect(console.alert).to_contain_text("It was changed elsewhere since you opened it.")
    console.button("Load it and go on").click()

    told = console.dialog.get_by_role("note")
    expect(told).to_contain_text(
        "There it is now: Name (here yours is kept), Input (optional). "
        "What you typed stays: press Change to save it."
    )
    expect(told).to_be_focused()
    console.dialog.get_by_role("button", name="Change").click()
    expect(console.dialog).to_have_count(0)
    trigger = document_of(console, path)
    assert (trigger["name"], trigger["input"], trigger["enabled"]) == ("mine", {"a": 2}, False)


def test_what_no_field_shows_may_have_changed_elsewhere(console: Console) -> None:
    console.watch.expect_status(412)
    path = open_trigger(console)
    change(console, path, enabled=False)

    console.dialog.get_by_label("Name").fill("mine")
    console.dialog.get_by_role("button", name="Change").click()
    console.button("Load it and go on").click()

    expect(console.dialog.get_by_role("note")).to_contain_text("Nothing of it was changed that")
    console.dialog.get_by_role("button", name="Change").click()
    expect(console.dialog).to_have_count(0)
    assert document_of(console, path)["enabled"] is False


def test_a_trigger_that_was_removed_elsewhere_is_told_when_it_is_loaded(console: Console) -> None:
    console.watch.expect_status(412, 404)
    path = open_trigger(console)
    change(console, path, enabled=False)
    console.dialog.get_by_role("button", name="Change").click()
    expect(console.button("Load it and go on")).to_be_visible()
    with console.account.client() as client:
        client.delete(path).raise_for_status()

    console.button("Load it and go on").click()

    expect(console.dialog.get_by_role("alert")).not_to_contain_text("was changed elsewhere")
    expect(console.dialog.get_by_label("Name")).to_have_value("daily")


def test_a_call_that_was_changed_elsewhere_is_loaded_and_keeps_what_is_typed(
    console: Console,
) -> None:
    console.watch.expect_status(412)
    function = console.account.create("return 1")
    path = f"{console.account.functions_url(function)}/calls/one"
    with console.account.client() as client:
        data = {"input": {}, "expect": {"equal": 1}}
        client.put(path, json={"data": data}).raise_for_status()
        console.enter("functions", function, "calls")
        console.button("Change one").click()
        expect(console.dialog).to_be_visible()
        theirs = {"input": {"theirs": 1}, "expect": {"equal": 1}}
        client.put(path, json={"data": theirs}).raise_for_status()

    console.field("Result, as JSON").fill("2")
    console.button("Save").click()
    console.button("Load it and go on").click()
    expect(console.dialog.get_by_role("note")).to_contain_text("There it is now: Input, as JSON.")
    console.button("Save").click()

    expect(console.dialog).to_have_count(0)
    call = document_of(console, path)
    assert (call["input"], call["expect"]) == ({"theirs": 1}, {"equal": 2})
