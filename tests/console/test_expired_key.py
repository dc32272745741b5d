"""A key that is no longer good while someone works."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import Furnished
from tests.support.servers import Server
from tests.support.tenants import Tenant

Expire = Callable[[], str]


@pytest.fixture
def expire(server: Server, console: Console) -> Expire:
    """Make the key of the session invalid, and return another one of its account."""
    console.watch.expect_status(401)
    keys = f"/v2/accounts/{console.account.account_id}/api_keys"

    def end() -> str:
        with server.client() as owner:
            [old] = owner.get(keys).json()["data"]
            made = owner.put(keys, json={"data": {"scopes": ["manage", "execute"]}})
            owner.delete(f"{keys}/{old['id']}").raise_for_status()
        key: str = made.json()["data"]["api_key"]
        console.watch.secrets.append(key)
        return key

    return end


def test_what_was_typed_in_the_editor_is_there_after_another_login(
    console: Console, expire: Expire
) -> None:
    console.enter("functions", console.account.create("return 'before'"))
    console.type_source("return 'typed'")
    console.field("Input").fill('{"name": "Ada"}')
    key = expire()

    console.button("Save and run").click()
    expect(console.dialog).to_contain_text("The key is no longer good. What you typed is kept.")
    console.log_in(key)

    expect(console.dialog).to_have_count(0)
    expect(console.source).to_contain_text("return 'typed'")
    expect(console.field("Input")).to_have_value('{"name": "Ada"}')
    console.button("Save and run").click()
    expect(console.result).to_contain_text("typed")


def test_what_was_typed_in_a_form_is_there_after_another_login(
    console: Console, expire: Expire
) -> None:
    console.enter("secrets")
    console.button("Put a secret").click()
    console.field("Name").fill("STRIPE_KEY")
    console.field("Value").fill("correct horse battery")
    console.field("Hosts, one a line").fill("api.stripe.com")
    key = expire()

    console.button("Put").click()
    expect(console.field("API key")).to_be_focused()
    console.log_in(key)

    expect(console.field("API key")).to_have_count(0)
    expect(console.field("Value")).to_have_value("correct horse battery")
    console.button("Put").click()
    expect(console.row("STRIPE_KEY")).to_contain_text("api.stripe.com")


def test_a_list_that_was_refused_comes_after_another_login(
    console: Console, expire: Expire
) -> None:
    console.account.create("return 1", name="greet")
    console.enter("usage")
    key = expire()

    console.sections.get_by_role("link", name="Functions").click()
    expect(console.field("API key")).to_be_focused()
    console.log_in(key)

    expect(console.row("greet")).to_be_visible()
    expect(console.alert).to_have_count(0)


def test_a_key_that_is_none_either_is_refused_and_asked_for_again(
    console: Console, expire: Expire
) -> None:
    console.watch.expect_status(404)
    console.enter("functions")
    expire()
    console.sections.get_by_role("link", name="Secrets").click()

    console.log_in("f" * 64)

    expect(console.dialog.get_by_role("alert")).to_have_text("There is no such key.")


def test_escape_does_not_pass_by_the_login(console: Console, expire: Expire) -> None:
    console.enter("functions")
    expire()
    console.sections.get_by_role("link", name="Secrets").click()
    expect(console.field("API key")).to_be_focused()

    console.page.keyboard.press("Escape")
    console.page.keyboard.press("Escape")

    expect(console.field("API key")).to_be_visible()


def test_a_late_answer_to_the_key_before_does_not_ask_again(
    console: Console, expire: Expire
) -> None:
    console.enter("functions", console.account.create("return 1"))
    key = expire()

    with network.late(console.page, url="**/execute") as late:
        console.button("Run").click()
        network.until(console.page, lambda: late.answers)
        console.sections.get_by_role("link", name="Secrets").click()
        console.log_in(key)
        expect(console.dialog).to_have_count(0)
        with console.page.expect_event("requestfinished"):
            late.deliver()

    console.settle()
    expect(console.dialog).to_have_count(0)
    console.go("keys")
    expect(console.main).to_contain_text("this session")


def test_what_is_typed_while_a_login_loads_the_view_again_stays(
    console: Console, expire: Expire
) -> None:
    function = console.account.create("return 'before'")
    console.enter("functions", function)
    key = expire()
    console.button("Run").click()
    expect(console.field("API key")).to_be_focused()

    with network.late(console.page, url=f"**/functions/{function}", method="GET") as late:
        console.log_in(key)
        network.until(console.page, lambda: late.answers)
        console.type_source("return 'typed'")
        with console.page.expect_event("requestfinished"):
            late.deliver()
    console.button("Save and run").click()

    expect(console.result).to_contain_text("typed")


def test_the_focus_is_where_it_was_after_another_login(console: Console, expire: Expire) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.type_source("return 2")
    key = expire()

    console.page.keyboard.press("Control+s")
    expect(console.field("API key")).to_be_focused()
    console.log_in(key)

    expect(console.source).to_be_focused()


def test_an_input_is_forgotten_with_the_session(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.field("Input").fill('{"card": "4242"}')

    console.button("Log out").click()
    console.log_in()

    expect(console.field("Input")).to_have_value("{}")


@pytest.mark.usefixtures("furnished")
def test_names_come_again_after_another_account_was_there(
    console: Console, furnished: Furnished, furnished_account: Tenant
) -> None:
    del furnished
    console.watch.secrets.append(furnished_account.api_key)
    console.watch.expect_status(404)
    function = console.account.create("return 1", name="mine", record="all")
    console.account.execute(function)
    console.enter("executions")
    expect(console.row("mine")).to_be_visible()

    for _ in range(2):
        console.button("Log out").click()
        console.log_in(furnished_account.api_key)
        expect(console.row("greet").first).to_be_visible()
        console.button("Log out").click()
        console.log_in()

        expect(console.row("mine")).to_be_visible()


def test_who_logs_out_instead_leaves_nothing_behind(console: Console, expire: Expire) -> None:
    console.account.create("return 1", name="confidential")
    console.enter("functions")
    expect(console.row("confidential")).to_be_visible()
    expire()
    console.sections.get_by_role("link", name="Secrets").click()

    console.dialog.get_by_role("button", name="Log out").click()

    expect(console.main.get_by_label("API key")).to_be_visible()
    expect(console.page.get_by_text("confidential")).to_have_count(0)
