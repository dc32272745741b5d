"""The console without a mouse."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.console.console import Console

_FAR = 80
"""More than there is on a page to go to."""


def tab_to(console: Console, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until the focus is where it is wanted."""
    expect(wanted).to_be_visible()
    for _ in range(_FAR):
        if wanted.evaluate("(element) => element === element.getRootNode().activeElement"):
            return
        console.page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not get to {wanted}")


def press(console: Console, wanted: Locator, key: str = "Enter") -> None:
    """Go to an element by Tab, and press a key there."""
    tab_to(console, wanted)
    console.page.keyboard.press(key)


def test_a_function_is_written_saved_and_run_by_the_keyboard_alone(console: Console) -> None:
    keys = console.page.keyboard
    console.open()
    expect(console.field("API key")).to_be_focused()

    keys.insert_text(console.account.api_key)
    keys.press("Enter")
    press(console, console.button("Write the first one"))
    expect(console.dialog.get_by_label("Name")).to_be_focused()
    keys.type("greet")
    keys.press("Enter")
    tab_to(console, console.source)
    keys.press("Control+a")
    keys.insert_text("return { text: `hello ${call.name}` }")
    keys.press("Control+s")
    expect(console.status("Saved")).to_be_visible()
    keys.press("Escape")
    tab_to(console, console.field("Input"))
    keys.press("Control+a")
    keys.insert_text('{"name": "Ada"}')
    keys.press("Control+Enter")

    expect(console.result).to_contain_text('"hello Ada"')


def test_every_view_is_reached_by_the_keyboard(console: Console) -> None:
    console.enter("functions")

    for name in (
        "Executions",
        "Approvals",
        "Triggers",
        "Secrets",
        "API keys",
        "Usage",
        "Functions",
    ):
        press(console, console.sections.get_by_role("link", name=name))
        expect(console.title).to_have_text(name)


def test_who_skips_what_is_around_the_view_is_in_it_at_once(console: Console) -> None:
    console.enter("functions")
    console.page.reload()
    console.log_in()
    expect(console.sections).to_be_visible()

    press(console, console.page.get_by_role("link", name="Skip to the content"))

    expect(console.main).to_be_focused()


def test_escape_and_tab_leave_the_editor_at_any_pace(console: Console) -> None:
    console.page.clock.install()
    console.enter("functions", console.account.create("return 1"))
    console.source.click()

    console.page.keyboard.press("Escape")
    console.page.clock.fast_forward("10:00")
    console.page.keyboard.press("Tab")

    expect(console.source).not_to_be_focused()


def test_escape_and_tab_leave_the_editor_before_completions_come(console: Console) -> None:
    console.page.clock.install()
    console.enter("functions", console.account.create("return 1"))
    console.source.click()
    # They come some time after what is typed; a busy machine would have them before the Escape.
    console.stop_clock()

    console.page.keyboard.type("context.")
    console.page.keyboard.press("Escape")
    console.page.keyboard.press("Tab")

    expect(console.source).not_to_be_focused()


def test_escape_closes_a_list_of_completions_and_stays_in_the_editor(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.source.click()
    console.page.keyboard.press("Control+a")
    console.page.keyboard.type("context.")
    offered = console.page.get_by_role("listbox")
    expect(offered).to_be_visible()

    console.page.keyboard.press("Escape")

    expect(offered).to_have_count(0)
    console.page.keyboard.press("Tab")
    expect(console.source).to_be_focused()


def test_after_escape_and_another_key_tab_indents_again(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.source.click()

    console.page.keyboard.press("Escape")
    console.page.keyboard.press("Home")
    console.page.keyboard.press("Tab")

    expect(console.source).to_be_focused()
    expect(console.active_line).to_have_text("  return 1", use_inner_text=True)


def test_a_dialog_keeps_the_focus_until_it_is_closed_and_gives_it_back(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    press(console, console.button("New file"))
    expect(console.dialog.get_by_label("Name")).to_be_focused()

    for _ in range(8):
        console.page.keyboard.press("Tab")
        # The browser's own part of the window is the one other place.
        assert console.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    console.page.keyboard.press("Escape")

    expect(console.dialog).to_have_count(0)
    expect(console.button("New file")).to_be_focused()


def test_a_call_is_saved_executed_and_deleted_by_the_keyboard_alone(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"), "calls")
    press(console, console.button("New call"))
    console.page.keyboard.type("one")
    tab_to(console, console.field("Result, as JSON"))
    console.page.keyboard.press("Control+a")
    console.page.keyboard.type("1")
    press(console, console.button("Save"))

    press(console, console.button("Run all"))
    expect(console.status("On the draft: 1 passed, 0 failed.")).to_be_visible()
    press(console, console.button("Delete one"))
    press(console, console.dialog.get_by_role("button", name="Delete"))

    expect(console.main.get_by_role("heading", name="No saved calls yet")).to_be_visible()


@pytest.fixture
def stopped(console: Console) -> Callable[..., None]:
    """Enter a view, and have the page draw no further frame: it has the time of one key."""
    console.page.clock.install()

    def enter(*route: str) -> None:
        console.enter(*route)
        console.stop_clock()

    return enter


@pytest.mark.parametrize(
    ("view", "opens", "field"),
    [
        (("functions",), "New function", "Name"),
        (("functions", "{}"), "New file", "Name"),
        (("functions", "{}", "calls"), "New call", "Name"),
        (("secrets",), "Put a secret", "Name"),
        (("triggers",), "New trigger", "Function"),
        (("keys",), "Make a key", "Name"),
    ],
)
def test_a_dialog_takes_the_very_next_key(
    console: Console,
    stopped: Callable[..., None],
    view: tuple[str, ...],
    opens: str,
    field: str,
) -> None:
    function = console.account.create("return 1")
    stopped(*(part.format(function) for part in view))
    tab_to(console, console.button(opens))

    console.page.keyboard.press("Enter")

    expect(console.dialog.get_by_label(field, exact=True)).to_be_focused()


def test_what_opened_a_dialog_takes_the_very_next_key_after_it(
    console: Console, stopped: Callable[..., None]
) -> None:
    stopped("functions")
    press(console, console.button("New function"))
    expect(console.dialog).to_be_visible()

    console.page.keyboard.press("Escape")

    expect(console.button("New function")).to_be_focused()


def test_a_view_takes_the_very_next_key(console: Console, stopped: Callable[..., None]) -> None:
    stopped("functions")

    press(console, console.sections.get_by_role("link", name="Secrets"))

    expect(console.main).to_be_focused()


def test_a_question_is_cancelled_by_escape_and_does_nothing(console: Console) -> None:
    function = console.account.create("return 1", name="stays")
    console.enter("functions", function + "?tab=settings")
    press(console, console.button("Remove this function"))
    expect(console.dialog.get_by_role("button", name="Cancel")).to_be_focused()

    console.page.keyboard.press("Escape")

    expect(console.dialog).to_have_count(0)
    expect(console.button("Remove this function")).to_be_focused()
    console.go("functions")
    expect(console.row("stays")).to_be_visible()


def test_what_has_the_focus_shows_it(console: Console) -> None:
    console.enter("functions")
    tab_to(console, console.button("New function"))

    outline = "(element) => getComputedStyle(element).outlineStyle"
    assert console.button("New function").evaluate(outline) != "none"
