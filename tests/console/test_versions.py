"""The versions of a function, and the aliases that point to them."""

from typing import Any

from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console


def with_versions(console: Console, *sources: str) -> str:
    """Make a function with a version of each source, and show its versions."""
    function = console.account.create(sources[0], name="greet")
    url = console.account.functions_url(function)
    with console.account.client() as client:
        for source in sources:
            client.patch(url, json={"data": {"function_js": source}}).raise_for_status()
            client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
    console.enter("functions", function, "versions")
    return function


def alias_of(console: Console, function: str, name: str = "live") -> dict[str, Any]:
    with console.account.client() as client:
        url = f"{console.account.functions_url(function)}/aliases/{name}"
        found: dict[str, Any] = client.get(url).json()["data"]
        return found


def make_alias(console: Console, version: str) -> None:
    console.button("Make an alias").click()
    console.field("Version").select_option(version)
    console.button("Make").click()
    expect(console.dialog).to_have_count(0)


def test_a_function_without_versions_is_told_what_one_is(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"), "versions")

    expect(console.main.get_by_role("heading", name="No versions yet")).to_be_visible()
    expect(console.main).to_contain_text("isolambda deploy")


def test_a_draft_is_published_once(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"), "versions")

    with network.slow(console.page, method="PUT") as held:
        console.button("Publish the draft").click()
        console.field("What is new (optional)").fill("the first")
        console.button("Publish").click()
        expect(console.button("Publish")).to_be_disabled()
        console.field("What is new (optional)").press("Enter")
        held.release()
        expect(console.row("1")).to_contain_text("the first")

    assert len(held.requests) == 1


def test_who_publishes_is_told_of_what_is_not_saved_and_so_not_in_the_version(
    console: Console,
) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    console.go("functions", function, "versions")
    told = console.dialog.get_by_role("note")

    console.button("Publish the draft").click()
    expect(told).to_contain_text("not saved: they are not in the version")
    told.get_by_role("link", name="Save them").click()
    console.button("Save").click()
    expect(console.status("Saved")).to_be_visible()
    console.go("functions", function, "versions")
    console.button("Publish the draft").click()

    expect(console.button("Publish")).to_be_visible()
    expect(told).to_have_count(0)


def test_two_versions_are_compared_side_by_side(console: Console) -> None:
    with_versions(console, "const a = 1;\nreturn a;", "const a = 2;\nreturn a;")

    console.field("Before").select_option("Version 1")
    console.field("After").select_option("Version 2")

    diff = console.main.get_by_role("table", name="function.js")
    expect(diff).to_contain_text("1 removed")
    expect(diff).to_contain_text("1 added")
    expect(diff.get_by_role("cell", name="removed: const a = 1;")).to_be_visible()
    expect(diff.get_by_role("cell", name="added: const a = 2;")).to_be_visible()


def test_an_alias_is_made_and_sends_a_share_to_another_version(console: Console) -> None:
    function = with_versions(console, "return 1", "return 2")
    make_alias(console, "1")

    console.main.get_by_role("button", name="Change live").click()
    console.field("Also send some callers to").select_option("2")
    share = console.dialog.get_by_role("slider")
    share.press("Home")
    for _ in range(25):
        share.press("ArrowRight")
    console.button("Change").click()

    expect(console.main).to_contain_text("Version 2 25 %")
    assert alias_of(console, function)["additional_version_weight"] == 0.25


def test_an_alias_is_rolled_back_after_a_question(console: Console) -> None:
    function = with_versions(console, "return 1", "return 2")
    make_alias(console, "1")
    console.main.get_by_role("button", name="Change live").click()
    console.field("Version").select_option("2")
    console.button("Change").click()
    expect(console.main).to_contain_text("Version 2 100 %")

    console.main.get_by_role("button", name="Roll back live").click()
    console.dialog.get_by_role("button", name="Roll back").click()

    expect(console.main).to_contain_text("Version 1 100 %")
    assert alias_of(console, function)["version"] == 1
    console.main.get_by_role("button", name="History live").click()
    expect(console.dialog).to_contain_text("Rolled back to version 1")


def test_a_version_that_an_alias_points_to_is_not_removed(console: Console) -> None:
    console.watch.expect_status(409)
    with_versions(console, "return 1", "return 2")
    make_alias(console, "1")

    console.button("Remove version 1").click()
    console.dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(console.dialog.get_by_role("alert")).to_contain_text("live")
    expect(console.row("1")).to_be_visible()


def test_a_comparison_has_the_draft_as_it_is_now(console: Console) -> None:
    function = with_versions(console, "return 1")
    expect(console.main).to_contain_text("They are equal")
    with console.account.client() as client:
        url = console.account.functions_url(function)
        client.patch(url, json={"data": {"function_js": "return 2"}}).raise_for_status()

    console.button("Publish the draft").click()
    console.dialog.get_by_role("button", name="Publish").click()

    diff = console.main.get_by_role("table", name="function.js")
    expect(diff).to_have_count(0)
    console.field("Before").select_option("Version 1")
    expect(diff.get_by_role("cell", name="added: return 2")).to_be_visible()


def test_what_does_not_come_is_told_and_asked_for_again(console: Console) -> None:
    console.watch.expect_status(500)
    function = console.account.create("return 1")
    console.open("functions", function, "versions")

    with network.failing(console.page, 500, "the store is away", url="**/aliases*"):
        console.log_in()
        expect(console.alert).to_contain_text("the store is away")

    console.button("Try again").click()
    expect(console.main.get_by_role("heading", name="No versions yet")).to_be_visible()
