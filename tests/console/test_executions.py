"""The executions of an account, and one of them."""

import pytest
from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import MARKUP, Furnished


def test_an_account_without_executions_is_told_which_are_recorded(console: Console) -> None:
    console.enter("executions")

    expect(console.main.get_by_role("heading", name="No executions yet")).to_be_visible()
    expect(console.main).to_contain_text("isolambda logs --follow")


def test_executions_are_listed_with_what_went_wrong(
    furnished_console: Console, furnished: Furnished
) -> None:
    furnished_console.enter("executions")

    expect(furnished_console.row(furnished.failure)).to_contain_text("exception")
    expect(furnished_console.row(furnished.failure)).to_contain_text("TypeError")
    expect(furnished_console.row(furnished.execution)).to_contain_text("ok")


def test_executions_are_filtered_and_a_link_keeps_the_filter(
    furnished_console: Console, furnished: Furnished
) -> None:
    furnished_console.enter("executions")

    furnished_console.field("Status").select_option("failed")
    expect(furnished_console.row(furnished.execution)).to_have_count(0)
    expect(furnished_console.row(furnished.failure)).to_be_visible()

    furnished_console.page.reload()
    furnished_console.log_in()
    expect(furnished_console.row(furnished.failure)).to_be_visible()
    expect(furnished_console.row(furnished.execution)).to_have_count(0)


def test_filters_that_nothing_passes_say_so(furnished_console: Console) -> None:
    furnished_console.enter("executions?version=77")

    expect(furnished_console.main).to_contain_text("No execution passes these filters")


def test_one_execution_tells_its_error_at_its_line_its_timeline_and_its_console(
    furnished_console: Console, furnished: Furnished
) -> None:
    furnished_console.enter("executions")

    furnished_console.row(furnished.failure).get_by_role("time").first.click()

    expect(furnished_console.error).to_contain_text("return order.total;")
    expect(furnished_console.lines).to_contain_text("no order")
    steps = furnished_console.main.get_by_role("list", name="Timeline").get_by_role("listitem")
    expect(steps).to_have_count(3)
    expect(steps.last).to_contain_text("exception")


def test_an_error_leads_to_its_line_in_the_editor(
    furnished_console: Console, furnished: Furnished
) -> None:
    furnished_console.enter("executions", furnished.failing, furnished.failure)

    furnished_console.page.get_by_role("link", name="Open the source at line 3").click()

    expect(furnished_console.active_line).to_have_text("return order.total;")


def test_an_execution_is_run_again_with_the_same_input(console: Console) -> None:
    function = console.account.create("return call.name", record="all")
    first = console.account.execute(function, {"name": "Ada"})["execution_id"]
    console.enter("executions", function, first)

    console.button("Run again").click()

    expect(console.main).to_contain_text("to be executed later")
    expect(console.main.get_by_role("region", name="Result")).to_contain_text('"Ada"')
    assert first not in console.page.url


def test_executions_are_followed_as_they_end(console: Console) -> None:
    function = console.account.create(
        "console.log(call.text); return 1", name="greet", record="all"
    )
    console.enter("executions?tail=1")
    expect(console.status("Live")).to_be_visible()

    console.account.execute(function, {"text": "the first line"})
    console.account.execute(function, {"text": MARKUP})

    ended = console.main.get_by_role("list", name="Ended executions").get_by_role("listitem")
    expect(ended).to_have_count(2)
    expect(ended.first).to_contain_text(MARKUP)
    expect(ended.last).to_contain_text("the first line")
    assert console.page.locator("img").count() == 0


def test_a_pause_leaves_nothing_out(console: Console) -> None:
    function = console.account.create("console.log(call.text); return 1", record="all")
    console.enter("executions?tail=1")
    console.account.execute(function, {"text": "before"})
    ended = console.main.get_by_role("list", name="Ended executions").get_by_role("listitem")
    expect(ended).to_have_count(1)

    console.button("Pause").click()
    expect(console.status("Paused")).to_be_visible()
    console.account.execute(function, {"text": "meanwhile"})
    console.button("Go on").click()

    expect(ended).to_have_count(2)
    expect(ended.first).to_contain_text("meanwhile")


def test_a_tail_that_breaks_says_so_and_goes_on(console: Console) -> None:
    function = console.account.create("console.log(call.text); return 1", record="all")
    console.open("executions?tail=1")

    console.watch.expect_broken_connections()
    with network.broken(console.page, url="**/logs?*"):
        console.log_in()
        expect(console.alert).to_contain_text("does not answer")
        console.account.execute(function, {"text": "meanwhile"})

    # It asks again by itself.
    ended = console.main.get_by_role("list", name="Ended executions").get_by_role("listitem")
    expect(ended.first).to_contain_text("meanwhile")
    expect(console.alert).to_have_count(0)


def test_a_tail_that_the_api_refuses_is_not_called_live(console: Console) -> None:
    console.watch.expect_status(400)
    console.open("executions?tail=1")

    with network.failing(console.page, 400, "not like this", url="**/logs?*") as asked:
        console.log_in()
        expect(console.alert).to_contain_text("not like this")
        expect(console.status("Interrupted")).to_be_visible()
    assert len(asked) == 1

    console.button("Try again").click()
    expect(console.status("Live")).to_be_visible()


@pytest.mark.parametrize("time", ["1e300", "-1e300", "tomorrow", "NaN", "Infinity"])
def test_a_time_in_the_address_that_is_none_is_told(console: Console, time: str) -> None:
    console.watch.expect_status(400)

    console.enter(f"executions?from={time}")

    expect(console.alert).not_to_contain_text("broke")
    expect(console.field("From")).to_have_value("")


def test_an_execution_that_is_gone_is_told(console: Console) -> None:
    console.watch.expect_status(404)

    console.enter("executions", "f" * 32, "f" * 32)

    expect(console.alert).to_be_visible()
