"""The shadow of an alias: another version repeats what callers execute."""

import pytest
from playwright.sync_api import expect

from tests.console.console import Console
from tests.support.waiting import eventually


@pytest.fixture
def function(console: Console) -> str:
    """Make a function whose draft is another one than the version of ``live``."""
    function = console.account.create("return {total: call.price * 2}")
    url = console.account.functions_url(function)
    with console.account.client() as client:
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        alias = {"name": "live", "version": 1}
        client.put(f"{url}/aliases", json={"data": alias}).raise_for_status()
        change = {"function_js": "return {total: call.price * 3}"}
        client.patch(url, json={"data": change}).raise_for_status()
    return function


def cast_shadow(console: Console, share: str) -> None:
    console.button("Shadow live").click()
    console.field("Of a hundred executions (0 for no shadow)").fill(share)
    console.button("Change").click()
    expect(console.dialog).to_have_count(0)


def execute(console: Console, function: str, times: int) -> None:
    """Execute what ``live`` points to, and wait until the shadow has repeated all of it."""
    url = console.account.functions_url(function)
    with console.account.client() as client:
        for price in range(1, times + 1):
            answer = client.post(
                f"{url}/execute", params={"qualifier": "live"}, json={"data": {"price": price}}
            )
            answer.raise_for_status()
        shadow = f"{url}/aliases/live/shadow"
        eventually(lambda: client.get(shadow).json()["data"]["compared"] == times)


def test_a_shadow_is_cast_and_tells_where_the_draft_differs(
    console: Console, function: str
) -> None:
    console.enter("functions", function, "versions")
    cast_shadow(console, "100")
    expect(console.main).to_contain_text("shadow: 100 % on the draft")

    execute(console, function, 2)

    console.button("Shadow live").click()
    found = console.dialog.get_by_role("region", name="What the shadow found")
    expect(found).to_contain_text("2 compared, 0 equal, 2 different")
    expect(found).to_contain_text("/result/total was 2, is 3")


def test_a_shadow_that_finds_nothing_says_so(console: Console, function: str) -> None:
    console.enter("functions", function, "versions")
    console.button("Shadow live").click()
    console.field("Repeat on").select_option("1")
    console.button("Change").click()

    expect(console.main).to_contain_text("shadow: 5 % on version 1")
    console.button("Shadow live").click()
    found = console.dialog.get_by_role("region", name="What the shadow found")
    expect(found).to_contain_text("0 compared, 0 equal, 0 different")


def test_a_shadow_is_taken_away(console: Console, function: str) -> None:
    console.enter("functions", function, "versions")
    cast_shadow(console, "12.5")
    expect(console.main).to_contain_text("shadow: 12.5 % on the draft")

    cast_shadow(console, "0")

    # For a few seconds.
    expect(console.status("live has no shadow.")).to_be_visible()
    expect(console.main).not_to_contain_text("shadow:")


def test_a_share_beyond_all_executions_is_not_sent(console: Console, function: str) -> None:
    console.enter("functions", function, "versions")
    console.button("Shadow live").click()

    console.field("Of a hundred executions (0 for no shadow)").fill("101")
    console.button("Change").click()

    expect(console.dialog).to_be_visible()
    expect(console.main).not_to_contain_text("shadow:")
