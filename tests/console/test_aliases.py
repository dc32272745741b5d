"""Aliases, and the versions that they point to, beside each other."""

import json

from playwright.sync_api import Locator, expect

from tests.console.console import Console


def two_versions(console: Console) -> str:
    """Make a function with two versions, of which an alias points to the first."""
    function = console.account.create("const word = 'hello';\nreturn word;")
    url = console.account.functions_url(function)
    with console.account.client() as client:
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        client.put(f"{url}/aliases", json={"data": {"name": "live", "version": 1}})
        source = {"function_js": "const word = 'hi';\nreturn word;"}
        client.patch(url, json={"data": source}).raise_for_status()
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
    return function


def alias(console: Console, name: str) -> Locator:
    """Return what the view says of an alias."""
    heading = console.page.get_by_role("heading", name=name, exact=True)
    return console.main.get_by_role("listitem").filter(has=heading)


def test_a_share_of_callers_is_moved_by_a_slider_with_keys_alone(console: Console) -> None:
    console.enter("functions", two_versions(console), "versions")

    console.button("Change live").press("Enter")
    console.field("Also send some callers to").select_option("2")
    slider = console.dialog.get_by_role("slider")
    slider.press("ArrowRight")
    expect(slider).to_have_accessible_name("11 % of callers get version 2, and 89 % version 1")
    console.dialog.get_by_role("button", name="Change").press("Enter")

    expect(alias(console, "live")).to_contain_text("Version 1 89 %Version 2 11 %")
    expect(console.button("Change live")).to_be_focused()


def test_a_change_says_nothing_of_what_its_form_does_not_show(console: Console) -> None:
    """So that keys of an alias which the console does not know stay as they are."""
    console.enter("functions", two_versions(console), "versions")

    console.button("Change live").click()
    console.field("Version").select_option("2")
    console.dialog.get_by_role("button", name="Change").click()
    expect(alias(console, "live")).to_contain_text("Version 2 100 %")

    [change] = [each for each in console.watch.requests if each.url.endswith("/aliases/live")]
    assert change.method == "PATCH"
    assert set(json.loads(change.post_data or "")["data"]) == {
        "version", "additional_version", "additional_version_weight", "description", "contract"
    }  # fmt: skip


def test_an_alias_goes_back_and_says_when_it_cannot_any_further(console: Console) -> None:
    console.enter("functions", two_versions(console), "versions")
    console.button("Change live").click()
    console.field("Version").select_option("2")
    console.dialog.get_by_role("button", name="Change").click()
    expect(alias(console, "live")).to_contain_text("Version 2 100 %")

    console.button("Roll back live").click()
    console.dialog.get_by_role("button", name="Roll back").click()
    expect(alias(console, "live")).to_contain_text("Version 1 100 %")
    console.watch.expect_status(400)
    console.button("Roll back live").click()
    console.dialog.get_by_role("button", name="Roll back").click()

    expect(console.alert).to_have_text("There is nothing to go back to")


def test_on_a_phone_two_versions_are_compared_in_one_column(console: Console) -> None:
    console.page.set_viewport_size({"width": 390, "height": 844})
    console.enter("functions", f"{two_versions(console)}/versions?before=1&after=2")

    rows = console.main.get_by_role("table", name="function.js").get_by_role("row")

    expect(rows.filter(has_text="removed: const word = 'hello'")).not_to_contain_text("'hi'")
    expect(rows.filter(has_text="added: const word = 'hi'")).to_be_visible()
