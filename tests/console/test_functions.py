"""The list of functions."""

import pytest
from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import HOSTILE_NAMES, fill_with_functions, furnish
from tests.support.servers import Server
from tests.support.tenants import Tenant, tenant_at_the_top

ROWS_MAX = 101
ELEMENTS_MAX = 5_000


@pytest.fixture(scope="module")
def full_account(server: Server) -> Tenant:
    """An account with ten thousand functions."""
    account = tenant_at_the_top(server)
    fill_with_functions(server, account, 10_000)
    return account


@pytest.fixture
def full(console: Console, full_account: Tenant) -> Console:
    console.watch.secrets.append(full_account.api_key)
    return Console(console.page, console.watch, full_account)


def test_an_account_without_functions_is_told_how_to_write_the_first(console: Console) -> None:
    console.enter("functions")

    expect(console.main.get_by_role("heading", name="No functions yet")).to_be_visible()
    expect(console.main).to_contain_text("isolambda init")
    expect(console.button("Write the first one")).to_be_enabled()


def test_a_function_is_made_from_what_it_may_start_from(console: Console) -> None:
    console.enter("functions")

    console.button("Write the first one").click()
    console.dialog.get_by_label("Name").fill("greet")
    console.dialog.get_by_role("button", name="Create").click()

    expect(console.title).to_have_text("greet")
    console.go("functions")
    expect(console.row("greet")).to_contain_text("enabled")


def test_a_slow_server_makes_one_function_of_one_that_is_asked_for(console: Console) -> None:
    console.enter("functions")
    console.button("New function").click()
    console.dialog.get_by_label("Name").fill("once")

    with network.slow(console.page, method="PUT") as held:
        console.dialog.get_by_role("button", name="Create").click()
        expect(console.button("Creating …")).to_be_disabled()
        console.dialog.get_by_label("Name").press("Enter")
        held.release()
        expect(console.title).to_have_text("once")

    assert len(held.requests) == 1
    console.go("functions")
    expect(console.row("once")).to_have_count(1)


def test_a_name_that_is_refused_stays_to_be_mended(console: Console) -> None:
    console.watch.expect_status(429)
    console.enter("functions")
    console.button("New function").click()
    console.dialog.get_by_label("Name").fill("one too many")

    with network.failing(console.page, 429, "the limit functions is 1000", method="PUT"):
        console.dialog.get_by_role("button", name="Create").click()
        expect(console.dialog.get_by_role("alert")).to_contain_text("the limit functions is 1000")

    expect(console.dialog.get_by_label("Name")).to_have_value("one too many")


def test_a_row_says_the_state_the_latest_record_and_how_often(console: Console) -> None:
    furnish(console.account)
    console.enter("functions")

    expect(console.row("greet")).to_contain_text("enabled")
    expect(console.row("greet")).to_contain_text("ok")
    expect(console.row("total of an order")).to_contain_text("exception")
    expect(console.row("total of an order")).to_contain_text("1 failed")
    expect(console.row("off")).to_contain_text("disabled")


def test_a_search_finds_functions_by_a_part_of_the_name(furnished_console: Console) -> None:
    furnished_console.enter("functions")

    furnished_console.field("Search by name").fill("of an")

    expect(furnished_console.row("greet")).to_have_count(0)
    expect(furnished_console.row("total of an order")).to_be_visible()


def test_a_search_that_finds_nothing_says_so(furnished_console: Console) -> None:
    furnished_console.enter("functions")

    furnished_console.field("Search by name").fill("no such name")

    expect(furnished_console.main).to_contain_text("No function is like that.")


def test_functions_are_shown_by_their_state(furnished_console: Console) -> None:
    furnished_console.enter("functions")

    furnished_console.field("State").select_option("Disabled")

    expect(furnished_console.row("greet")).to_have_count(0)
    expect(furnished_console.row("off")).to_be_visible()


def test_a_link_keeps_the_search(furnished_console: Console) -> None:
    furnished_console.enter("functions?search=greet")

    expect(furnished_console.field("Search by name")).to_have_value("greet")
    expect(furnished_console.row("greet")).to_be_visible()
    expect(furnished_console.row("off")).to_have_count(0)


def test_hostile_names_are_shown_as_they_are_and_never_become_markup(console: Console) -> None:
    for name in HOSTILE_NAMES:
        console.account.create("return 1", name=name)

    console.enter("functions")

    for name in HOSTILE_NAMES:
        expect(console.main.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(console.page).to_have_title("Functions · Isolambda")
    assert console.page.locator("img").count() == 0


def test_the_first_of_ten_thousand_functions_are_there_at_once(full: Console) -> None:
    full.enter("functions")

    expect(full.row("function 10000")).to_be_visible()
    assert full.main.get_by_role("row").count() <= ROWS_MAX
    assert full.page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS_MAX


def test_one_of_ten_thousand_functions_is_found(full: Console) -> None:
    full.enter("functions")

    full.field("Search by name").fill("function 00042")

    expect(full.main.get_by_role("link", name="function 00042")).to_be_visible()
    full.main.get_by_role("link", name="function 00042").click()
    expect(full.title).to_have_text("function 00042")


def test_ten_thousand_functions_come_page_by_page(full: Console) -> None:
    full.enter("functions")
    expect(full.row("function 10000")).to_be_visible()
    first = full.main.get_by_role("row").count()

    full.button("Show more").click()

    expect(full.main.get_by_role("row")).to_have_count(2 * first - 1)


def test_a_search_that_fails_is_not_asked_for_again_and_again(console: Console) -> None:
    console.watch.expect_status(429)
    console.account.create("return 1", name="greet")
    console.enter("functions")

    # The API looks at a part of a long list at a time, which may have none.
    first = {"data": [], "next_start_key": "next"}
    console.page.route("**/functions?*", lambda route: route.fulfill(json=first))
    with network.failing(
        console.page, 429, "too many requests", url="**/functions?*start_key*"
    ) as asked:
        console.field("Search by name").fill("greet")
        expect(console.alert).to_contain_text("too many requests")
        console.page.evaluate(
            "new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))"
        )
        assert len(asked) == 1
    console.page.unroute("**/functions?*")

    console.button("Try again").click()
    expect(console.row("greet")).to_be_visible()


def test_a_search_goes_where_a_link_leads(furnished_console: Console) -> None:
    furnished_console.enter("functions?search=greet")
    expect(furnished_console.row("off")).to_have_count(0)

    furnished_console.sections.get_by_role("link", name="Functions").click()

    expect(furnished_console.row("off")).to_be_visible()
    expect(furnished_console.field("Search by name")).to_have_value("")


def test_a_state_that_is_chosen_while_a_search_is_typed_stays_chosen(
    furnished_console: Console,
) -> None:
    furnished_console.page.clock.install()
    furnished_console.enter("functions")

    furnished_console.field("Search by name").fill("f")
    furnished_console.field("State").select_option("Disabled")
    furnished_console.page.clock.fast_forward(1_000)

    expect(furnished_console.row("off")).to_be_visible()
    expect(furnished_console.row("total of an order")).to_have_count(0)
    expect(furnished_console.field("State")).to_have_value("false")


def test_a_search_that_is_due_does_not_forget_a_state_that_is_chosen(
    furnished_console: Console,
) -> None:
    clock = furnished_console.page.clock
    search, state = furnished_console.field("Search by name"), furnished_console.field("State")
    clock.install()
    furnished_console.enter("functions")
    furnished_console.stop_clock()
    kept = {}

    # The search is made 250 ms after it is typed, or a frame later.
    for later_ms in range(246, 290, 2):
        search.fill("f")
        clock.run_for(later_ms)
        state.select_option("Disabled")
        clock.run_for(1_000)
        kept[later_ms] = state.input_value()
        search.fill("")
        state.select_option("Any")
        clock.run_for(1_000)

    assert set(kept.values()) == {"false"}, kept


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_list_that_does_not_come_may_be_asked_for_again(console: Console, status: int) -> None:
    console.watch.expect_status(status)
    console.account.create("return 1", name="greet")
    console.open("functions")

    with network.failing(console.page, status, "the store is away", url="**/functions?*"):
        console.log_in()
        expect(console.alert).to_contain_text("the store is away")

    console.button("Try again").click()
    expect(console.row("greet")).to_be_visible()
    expect(console.alert).to_have_count(0)


def test_a_network_that_breaks_is_told_and_tried_again(console: Console) -> None:
    console.account.create("return 1", name="greet")
    console.open("functions")

    console.watch.expect_broken_connections()
    with network.broken(console.page, url="**/functions?*"):
        console.log_in()
        expect(console.alert).to_contain_text("does not answer")

    console.button("Try again").click()
    expect(console.row("greet")).to_be_visible()


def test_a_slow_list_shows_that_it_loads(console: Console) -> None:
    console.open("functions")

    with network.slow(console.page, url="**/functions?*") as held:
        console.log_in()
        expect(console.main).to_contain_text("Loading …")
        held.release()
        expect(console.main).not_to_contain_text("Loading …")
