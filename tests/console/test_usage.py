"""What an account executed, and how much of its limits it uses."""

from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import furnish


def test_what_was_executed_is_summed_and_listed_by_function(console: Console) -> None:
    furnish(console.account)
    console.enter("usage")

    rows = console.row("total of an order")
    expect(rows.get_by_role("cell").nth(0)).to_have_text("1")
    expect(rows.get_by_role("cell").nth(1)).to_have_text("1")


def test_an_account_that_executed_nothing_says_so(console: Console) -> None:
    console.enter("usage")

    expect(console.main).to_contain_text("Executions")
    expect(console.main.get_by_role("row", name="greet")).to_have_count(0)


def test_a_range_is_chosen_and_kept_by_a_link(furnished_console: Console) -> None:
    furnished_console.enter("usage")

    furnished_console.button("31 days").click()
    expect(furnished_console.button("31 days")).to_have_attribute("aria-pressed", "true")

    furnished_console.page.reload()
    furnished_console.log_in()
    expect(furnished_console.button("31 days")).to_have_attribute("aria-pressed", "true")


def test_limits_say_what_is_used_of_them(furnished_console: Console) -> None:
    furnished_console.enter("usage")

    limits = furnished_console.main.get_by_role("region", name="Limits of the account")
    expect(limits).to_contain_text("3 of 1,000")


def test_counts_that_do_not_come_are_told_and_asked_for_again(console: Console) -> None:
    console.watch.expect_status(503)
    console.open("usage")

    with network.failing(console.page, 503, "the store is away", url="**/usage?*"):
        console.log_in()
        expect(console.alert.first).to_contain_text("the store is away")

    console.button("Try again").first.click()
    expect(console.alert).to_have_count(0)
