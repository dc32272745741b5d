"""The API keys of an account."""

import httpx2
from playwright.sync_api import expect

from tests.console.console import Console
from tests.console.data import MARKUP


def test_the_key_of_the_session_is_marked(console: Console) -> None:
    console.enter("keys")

    expect(console.main.get_by_role("row").nth(1)).to_contain_text("primary")


def test_a_key_is_made_and_shown_once(console: Console) -> None:
    console.enter("keys")
    console.button("Make a key").click()
    console.field("Name").fill("the shop")
    console.button("In 30 days").click()
    console.button("Make").click()
    expect(console.dialog).to_contain_text("Copy the shop now")
    key = console.dialog.locator("code").inner_text()
    assert status(console, key) == 200

    console.button("I have it").click()

    expect(console.row("the shop")).to_contain_text("executes functions")
    expect(console.row("the shop")).to_contain_text("in 29 d")
    assert key not in console.page.content()


def test_a_name_with_markup_is_text(console: Console) -> None:
    console.enter("keys")
    console.button("Make a key").click()
    console.field("Name").fill(MARKUP)
    console.button("Make").click()
    console.button("I have it").click()

    expect(console.row(MARKUP)).to_be_visible()
    assert console.page.locator("img").count() == 0


def test_a_key_is_removed_after_a_question_and_opens_nothing_then(console: Console) -> None:
    console.enter("keys")
    console.button("Make a key").click()
    console.field("Name").fill("the shop")
    console.button("Make").click()
    key = console.dialog.locator("code").inner_text()
    console.button("I have it").click()

    console.button("Remove the shop").click()
    expect(console.dialog).to_contain_text("Programs that show it are refused.")
    console.dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(console.row("the shop")).to_have_count(0)
    assert status(console, key) == 401


def status(console: Console, key: str) -> int:
    """Return what a server answers who shows a key."""
    with console.account.client(**{"X-Auth-Token": key}) as client:
        answer: httpx2.Response = client.get("/v2/token_auth")
        return answer.status_code
