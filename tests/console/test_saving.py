"""What is typed is saved, or is still there."""

import pytest
from playwright.sync_api import Dialog, expect

from tests.console import network
from tests.console.console import Console


def test_a_source_that_does_not_compile_is_saved_with_a_warning_at_its_line(
    console: Console,
) -> None:
    console.enter("functions", console.account.create("return 1"))

    console.type_source("return (")
    console.button("Save").click()

    expect(console.status("Saved")).to_be_visible()
    expect(console.main.locator(".cm-lint-marker-error")).not_to_have_count(0)


def test_what_is_typed_is_saved_and_there_after_a_reload(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)

    console.type_source("return 2")
    expect(console.button("Save")).to_be_enabled()
    console.button("Save").click()
    expect(console.button("Save")).to_be_disabled()

    console.page.reload()
    console.log_in()
    expect(console.source).to_contain_text("return 2")


def test_what_is_not_saved_outlives_a_visit_to_another_view(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.type_source("return 'mine'")

    console.go("secrets")
    console.go("functions", function)

    expect(console.source).to_contain_text("return 'mine'")
    expect(console.status("Not saved")).to_be_visible()


def test_leaving_the_page_asks_about_what_is_not_saved(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.type_source("return 'mine'")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    console.page.on("dialog", answer)

    console.page.reload()

    assert asked == ["beforeunload"]


def test_a_slow_server_is_sent_what_is_saved_once(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.type_source("return 2")

    with network.slow(console.page, method="PATCH") as held:
        console.page.keyboard.press("Control+s")
        expect(console.button("Saving …")).to_be_disabled()
        console.page.keyboard.press("Control+s")
        console.page.keyboard.press("Control+s")
        console.type_source("return 3")
        held.release()
        expect(console.status("Saved")).to_be_visible()

    assert len(held.requests) == 1
    expect(console.alert).to_have_count(0)
    expect(console.source).to_contain_text("return 3")
    expect(console.button("Save")).to_be_enabled()


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_save_that_fails_says_why_and_keeps_what_was_typed(console: Console, status: int) -> None:
    console.watch.expect_status(status)
    console.enter("functions", console.account.create("return 1"))
    console.type_source("return 2")

    with network.failing(console.page, status, "not like this", method="PATCH"):
        console.button("Save").click()
        expect(console.alert).to_contain_text("not like this")

    console.button("Save").click()
    expect(console.status("Saved")).to_be_visible()
    expect(console.alert).to_have_count(0)


def test_a_conflict_loses_nothing_of_either(console: Console) -> None:
    console.watch.expect_status(412)
    function = console.account.create("return 'first'", name="before")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    patch(console, function, name="theirs")

    console.button("Save").click()
    expect(console.alert).to_contain_text("There it was name, here function_js.")
    console.button("Save both").click()

    expect(console.status("Saved")).to_be_visible()
    assert document(console, function)["name"] == "theirs"
    assert document(console, function)["function_js"] == "return 'mine'"


def test_a_conflict_over_the_same_text_shows_both_and_lets_the_author_decide(
    console: Console,
) -> None:
    console.watch.expect_status(412)
    function = console.account.create("return 'first'")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    patch(console, function, function_js="return 'theirs'")

    console.button("Save").click()
    console.button("Look and decide").click()
    expect(console.dialog).to_contain_text("return 'mine'")
    expect(console.dialog).to_contain_text("return 'theirs'")
    assert document(console, function)["function_js"] == "return 'theirs'"
    console.button("Save mine over theirs").click()

    expect(console.dialog).to_have_count(0)
    assert document(console, function)["function_js"] == "return 'mine'"


def test_who_takes_theirs_goes_on_from_there(console: Console) -> None:
    console.watch.expect_status(412)
    function = console.account.create("return 'first'")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    patch(console, function, function_js="return 'theirs'")

    console.button("Save").click()
    console.button("Look and decide").click()
    console.button("Take theirs, drop mine").click()

    expect(console.source).to_contain_text("return 'theirs'")
    expect(console.button("Save")).to_be_disabled()


def test_a_conflict_that_comes_again_is_decided_again(console: Console) -> None:
    console.watch.expect_status(412)
    function = console.account.create("return 'first'", name="before")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    patch(console, function, name="theirs")
    console.button("Save").click()
    expect(console.button("Save both")).to_be_visible()
    patch(console, function, record="all")

    console.button("Save both").click()
    expect(console.alert).to_contain_text("There it was record, here function_js.")
    console.button("Save both").click()

    expect(console.status("Saved")).to_be_visible()
    expect(console.alert).to_have_count(0)
    assert document(console, function)["name"] == "theirs"
    assert document(console, function)["record"] == "all"
    assert document(console, function)["function_js"] == "return 'mine'"


def test_what_was_decided_in_a_conflict_and_was_not_saved_is_saved_later(console: Console) -> None:
    console.watch.expect_status(412, 503)
    function = console.account.create("return 'first'")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    patch(console, function, function_js="return 'theirs'")
    console.button("Save").click()
    console.button("Look and decide").click()

    with network.failing(console.page, 503, "the store is away", method="PATCH"):
        console.button("Save mine over theirs").click()
        expect(console.alert).to_have_text("the store is away")
    expect(console.dialog).to_have_count(0)
    console.button("Save").click()

    expect(console.status("Saved")).to_be_visible()
    assert document(console, function)["function_js"] == "return 'mine'"


def save_without_an_answer(console: Console, source: str) -> str:
    """Save a source whose answer is lost on its way; return the id of its function."""
    console.watch.expect_status(412)
    console.watch.expect_broken_connections()
    function = console.account.create("return 'first'")
    console.enter("functions", function)
    console.type_source(source)
    with network.losing_answers(console.page, method="PATCH"):
        console.button("Save").click()
        expect(console.alert).to_contain_text("does not answer")
    return function


def test_a_save_whose_answer_is_lost_is_no_conflict(console: Console) -> None:
    function = save_without_an_answer(console, "return 'second'")

    console.button("Save").click()

    expect(console.status("Saved")).to_be_visible()
    expect(console.alert).to_have_count(0)
    expect(console.button("Save")).to_be_disabled()
    assert document(console, function)["function_js"] == "return 'second'"


def test_what_is_typed_after_a_save_whose_answer_is_lost_is_saved(console: Console) -> None:
    function = save_without_an_answer(console, "return 'second'")

    console.type_source("return 'third'")
    console.button("Save").click()

    expect(console.status("Saved")).to_be_visible()
    expect(console.alert).to_have_count(0)
    assert document(console, function)["function_js"] == "return 'third'"


def test_a_save_goes_on_while_its_author_looks_elsewhere(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.type_source("return 2")

    with network.slow(console.page, method="PATCH") as held:
        console.page.keyboard.press("Control+s")
        network.until(console.page, lambda: held.requests)
        console.go("secrets")
        expect(console.title).to_have_text("Secrets")
        console.go("functions", function)
        expect(console.source).to_have_text("return 2")
        console.button("Save").click()
        expect(console.button("Saving …")).to_be_visible()
        held.release()
        expect(console.button("Save")).to_be_disabled()

    assert len(held.requests) == 1
    expect(console.alert).to_have_count(0)
    assert document(console, function)["function_js"] == "return 2"


def test_what_is_typed_and_saved_during_a_save_is_saved_after_it(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.type_source("return 2")

    with network.slow(console.page, method="PATCH") as held:
        console.page.keyboard.press("Control+s")
        expect(console.button("Saving …")).to_be_visible()
        console.type_source("return 3")
        console.page.keyboard.press("Control+s")
        held.release()
        expect(console.status("Not saved")).to_have_count(0)

    assert len(held.requests) == 2
    expect(console.alert).to_have_count(0)
    assert document(console, function)["function_js"] == "return 3"


def test_an_older_answer_does_not_replace_what_was_saved_meanwhile(console: Console) -> None:
    function = console.account.create("throw new Error('first')")
    console.enter("functions", function)

    with network.late(console.page, url=f"**/functions/{function}", method="GET") as late:
        console.button("Run").click()
        expect(console.error).to_contain_text("first")
        network.until(console.page, lambda: late.answers)
        console.type_source("return 'newer'")
        console.page.keyboard.press("Control+s")
        expect(console.button("Save")).to_be_disabled()
        with console.page.expect_event("requestfinished"):
            late.deliver()

    expect(console.source).to_contain_text("return 'newer'")


def test_a_function_that_is_removed_elsewhere_while_it_is_edited_is_made_anew(
    console: Console,
) -> None:
    console.watch.expect_status(404)
    function = console.account.create("return 1", name="contended", record="all")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    remove(console, function)

    console.button("Save").click()
    expect(console.alert).to_contain_text("removed elsewhere")
    expect(console.source).to_contain_text("return 'mine'")
    console.button("Make a new function of it").click()

    expect(console.status("Saved as a new function")).to_be_visible()
    expect(console.source).to_contain_text("return 'mine'")
    expect(console.button("Save")).to_be_disabled()
    [made] = [row for row in functions(console) if row["name"] == "contended"]
    assert made["id"] != function
    assert document(console, made["id"])["record"] == "all"


def test_what_was_typed_in_a_function_that_is_gone_may_be_dropped(console: Console) -> None:
    console.watch.expect_status(404)
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.type_source("return 'mine'")
    remove(console, function)
    console.button("Save").click()

    console.button("Drop it").click()

    expect(console.title).to_have_text("Functions")
    console.button("Log out").click()
    expect(console.field("API key")).to_be_visible()


def test_the_keyboard_saves_with_capitals_locked(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.type_source("return 2")

    console.page.evaluate(
        "dispatchEvent(new KeyboardEvent('keydown', { key: 'S', ctrlKey: true, cancelable: true }))"
    )

    expect(console.status("Saved")).to_be_visible()


def remove(console: Console, function: str) -> None:
    """Remove a function behind the back of the page."""
    with console.account.client() as client:
        client.delete(console.account.functions_url(function)).raise_for_status()


def functions(console: Console) -> list[dict[str, str]]:
    with console.account.client() as client:
        found: list[dict[str, str]] = client.get(console.account.functions_url()).json()["data"]
        return found


def patch(console: Console, function: str, **keys: str) -> None:
    """Change a function behind the back of the page."""
    with console.account.client() as client:
        url = console.account.functions_url(function)
        client.patch(url, json={"data": keys}).raise_for_status()


def document(console: Console, function: str) -> dict[str, str]:
    with console.account.client() as client:
        found: dict[str, str] = client.get(console.account.functions_url(function)).json()["data"]
        return found
