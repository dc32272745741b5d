"""Who comes in, and where the key is not."""

import pytest
from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console

_EVERYTHING_KEPT = """async () => JSON.stringify([
  document.documentElement.outerHTML,
  [...document.querySelectorAll("input, textarea, select")].map((field) => field.value),
  location.href, document.title, document.cookie, history.state, name,
  Object.entries(localStorage), Object.entries(sessionStorage),
  await indexedDB.databases(), await caches.keys(),
  performance.getEntries().map((entry) => entry.name),
])"""


def test_a_key_opens_the_functions_of_its_account(console: Console) -> None:
    console.open()

    console.log_in()

    expect(console.title).to_have_text("Functions")
    expect(console.page).to_have_title("Functions · Isolambda")


def test_a_page_whose_script_does_not_get_through_says_so_until_it_does(console: Console) -> None:
    console.watch.expect_broken_connections()
    waiting = console.page.get_by_text("The console is loading.")
    with network.broken(console.page, url="**/main-*.js"):
        console.open()
        expect(waiting).to_be_visible()

    console.page.reload()

    expect(console.field("API key")).to_be_visible()
    expect(waiting).to_have_count(0)


def test_a_key_opens_the_view_that_the_address_names(console: Console) -> None:
    console.open("usage")

    console.log_in()

    expect(console.title).to_have_text("Usage")


def test_the_key_is_nowhere_in_the_page_after_the_login(console: Console) -> None:
    console.enter("functions")
    console.go("keys")

    assert console.account.api_key not in console.page.evaluate(_EVERYTHING_KEPT)


def test_what_is_kept_is_looked_for_where_it_may_be(console: Console) -> None:
    console.enter("functions")
    console.page.evaluate("(key) => sessionStorage.setItem('kept', key)", console.account.api_key)

    assert console.account.api_key in console.page.evaluate(_EVERYTHING_KEPT)


def test_the_key_goes_in_a_header_and_in_the_request_that_logs_in(console: Console) -> None:
    console.enter("functions")

    key = console.account.api_key
    asked = [each for each in console.watch.requests if "/v2/" in each.url]
    assert [each.post_data for each in asked if key in (each.post_data or "")] == [
        f'{{"data":{{"api_key":"{key}"}}}}'
    ]
    assert {each.headers.get("x-auth-token") for each in asked[1:]} == {key}


def test_who_logs_out_sees_nothing_of_the_account_any_more(console: Console) -> None:
    console.account.create("return 1", name="confidential")
    console.enter("functions")
    expect(console.main).to_contain_text("confidential")

    console.button("Log out").click()

    expect(console.field("API key")).to_be_visible()
    assert "confidential" not in console.page.evaluate(_EVERYTHING_KEPT)


def test_a_reload_forgets_the_key(console: Console) -> None:
    console.enter("functions")

    console.page.reload()

    expect(console.field("API key")).to_be_visible()
    expect(console.title).to_have_text("Isolambda")


def test_a_key_that_is_none_is_refused_and_stays_to_be_mended(console: Console) -> None:
    console.watch.expect_status(404)
    console.open()

    console.log_in("f" * 64)

    expect(console.alert).to_have_text("There is no such key.")
    expect(console.field("API key")).to_have_value("f" * 64)


def test_a_slow_login_shows_that_it_is_under_way_and_is_sent_once(console: Console) -> None:
    console.open()

    with network.slow(console.page) as held:
        console.log_in()
        expect(console.button("Logging in …")).to_be_disabled()
        console.field("API key").press("Enter")
        held.release()

        expect(console.sections).to_be_visible()

    logins = [each for each in held.requests if each.url.endswith("/v2/api_auth")]
    assert len(logins) == 1


def test_a_server_that_does_not_answer_is_named_as_the_cause(console: Console) -> None:
    console.open()

    console.watch.expect_broken_connections()
    with network.broken(console.page):
        console.log_in()
        expect(console.alert).to_contain_text("does not answer")

    console.button("Log in").click()
    expect(console.title).to_have_text("Functions")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_answer_that_is_an_error_is_told_as_the_server_said_it(
    console: Console, status: int
) -> None:
    console.watch.expect_status(status)
    console.open()

    with network.failing(console.page, status, "come again later"):
        console.log_in()

        expect(console.alert).to_contain_text("come again later")


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("body", ["null", "true", '"text"', "[", '{"data": {"id"', "<html>", ""])
def test_an_answer_that_is_no_envelope_is_told(console: Console, body: str, status: int) -> None:
    console.watch.expect_status(status)
    console.enter("functions")

    console.page.route("**/secrets", lambda route: route.fulfill(status=status, body=body))
    console.sections.get_by_role("link", name="Secrets").click()

    expect(console.alert).to_contain_text(f"The server answered {status}, and not in JSON")
    console.page.unroute("**/secrets")
    console.button("Try again").click()
    expect(console.main.get_by_role("heading", name="No secrets yet")).to_be_visible()
