"""One function: write it, save it, run it."""

import pytest
from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import DEEP, MARKUP, logs, nested


def test_a_function_is_written_and_answered_from_an_empty_browser_in_seven_steps(
    console: Console,
) -> None:
    console.open()  # 1: the address

    console.field("API key").fill(console.account.api_key)  # 2
    console.field("API key").press("Enter")
    console.button("Write the first one").click()  # 3
    console.dialog.get_by_label("Name").fill("greet")  # 4
    console.dialog.get_by_label("Name").press("Enter")
    console.type_source("return { text: `hello ${call.name}` }")  # 5
    console.field("Input").fill('{"name": "Ada"}')  # 6
    console.button("Save and run").click()  # 7

    expect(console.result).to_contain_text('"hello Ada"')


def test_a_run_shows_its_result_as_a_tree(console: Console) -> None:
    console.enter("functions", console.account.create("return { a: { b: [1, 'two'] } }"))

    console.button("Run").click()
    expect(console.result).to_contain_text("b: [ 2 items ]")
    console.result.get_by_text("b: ").click()
    expect(console.result).to_contain_text('1: "two"')
    console.result.get_by_text("a: ").click()

    expect(console.result).not_to_contain_text('1: "two"')


def test_a_run_shows_its_console_lines_and_what_it_used_of_its_limits(console: Console) -> None:
    source = "console.log('first'); console.error('second'); return 1"
    console.enter("functions", console.account.create(source))

    console.button("Run").click()

    expect(console.lines).to_have_count(2)
    expect(console.lines.nth(1)).to_contain_text("second")
    expect(console.main.get_by_role("meter", name="Time")).to_be_visible()
    expect(console.main.get_by_role("meter", name="Memory")).to_be_visible()
    expect(console.main).to_contain_text("of 64 MB")


CODED = (
    r"console.log('\u001b[1;31mred\u001b[0m, \u001b]8;;http://a.example\u0007a link\u001b]8;;\u0007"
    r" and [31m\u001b[2K');"
)
"""Writes what a terminal shows as "red, a link and [31m"."""


def test_lines_that_are_meant_for_a_terminal_have_no_codes(console: Console) -> None:
    function = console.account.create(CODED, record="all")
    console.enter("functions", function)

    console.button("Run").click()
    expect(console.lines.locator("pre")).to_have_text(["red, a link and [31m"])
    console.go("executions?tail=1")

    entry = console.main.get_by_label("Ended executions").get_by_role("listitem")
    expect(entry.locator("pre")).to_have_text(["red, a link and [31m"])


def test_an_error_names_its_line_and_leads_to_it(console: Console) -> None:
    source = "const order = call.order;\n\nreturn order.total;"
    console.enter("functions", console.account.create(source))

    console.button("Run").click()
    expect(console.error).to_contain_text("TypeError")
    console.button("Show line 3 of function.js").click()

    expect(console.source).to_be_focused()
    expect(console.active_line).to_have_text("return order.total;")


@pytest.mark.parametrize(
    ("source", "limits", "name", "limit"),
    [
        ("for (;;);", {"wall_time_ms": 100}, "exceeded wall time", "wall_time_ms"),
        ("const all = []; for (;;) all.push(Array(99999).fill(1));", {}, "exceeded memory",
         "memory_mb"),
    ],
)  # fmt: skip
def test_a_limit_that_is_exceeded_is_named(
    console: Console, source: str, limits: dict[str, int], name: str, limit: str
) -> None:
    console.enter("functions", console.account.create(source, limits=limits))

    console.button("Run").click()

    expect(console.main).to_contain_text(name)
    expect(console.error).to_contain_text(limit)


def test_a_slow_server_is_sent_a_run_once(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))

    with network.slow(console.page, url="**/execute") as held:
        console.button("Run").click()
        expect(console.button("Running …")).to_be_disabled()
        console.page.keyboard.press("Control+Enter")
        held.release()
        expect(console.result).to_contain_text("1")

    assert len(held.requests) == 1


def test_a_run_that_waits_for_a_save_is_sent_once(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.type_source("return 2")

    with network.slow(console.page, method="PATCH") as held:
        console.page.keyboard.press("Control+Enter")
        expect(console.button("Saving …")).to_be_visible()
        console.page.keyboard.press("Control+Enter")
        console.page.keyboard.press("Control+Enter")
        held.release()
        expect(console.result).to_contain_text("2")

    runs = [each for each in console.watch.requests if each.url.endswith("/execute")]
    assert len(runs) == 1


def test_a_run_that_finds_no_worker_says_so_and_may_be_run_again(console: Console) -> None:
    console.watch.expect_status(503)
    console.enter("functions", console.account.create("return 'back'"))

    with network.failing(console.page, 503, "all workers are busy", url="**/execute"):
        console.button("Run").click()
        expect(console.alert).to_contain_text("all workers are busy")

    console.button("Run").click()
    expect(console.result).to_contain_text("back")


def test_an_input_that_is_no_json_is_not_sent(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.field("Input").fill("{name: Ada}")
    before = len(console.watch.requests)

    console.button("Run").click()

    expect(console.alert).to_contain_text("The input is no JSON")
    assert len(console.watch.requests) == before


def test_an_input_is_saved_by_a_name_and_chosen_again(console: Console) -> None:
    function = console.account.create("return call.name")
    console.enter("functions", function)
    console.field("Input").fill('{"name": "Ada"}')
    console.button("Save input").click()
    console.dialog.get_by_label("Name").fill("a call by Ada")
    console.dialog.get_by_role("button", name="Save").click()

    console.page.reload()
    console.log_in()
    console.field("Saved inputs").select_option("a call by Ada")
    console.button("Run").click()

    expect(console.result).to_contain_text("Ada")


def test_a_deep_result_opens_step_by_step(console: Console) -> None:
    console.enter("functions", console.account.create(nested(DEEP)))

    console.button("Run").click()
    expect(console.result).to_contain_text("at: 0")
    assert console.result.get_by_role("group").count() < 10

    for level in range(2 * DEEP + 1):
        branch = console.result.get_by_role("group").nth(level)
        if branch.get_attribute("open") is None:
            branch.locator("> summary").click()
    expect(console.result).to_contain_text(f"at: {DEEP}")


def test_long_console_lines_scroll_and_do_not_widen_the_page(console: Console) -> None:
    console.enter("functions", console.account.create(logs(30, 2000)))

    console.button("Run").click()

    expect(console.lines).not_to_have_count(0)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert console.page.evaluate(width) == 0


def test_hostile_results_lines_and_errors_never_become_markup(console: Console) -> None:
    source = (
        f"const text = {MARKUP!r};"
        " console.log(text); if (call.fails) throw new Error(text); return { [text]: text }"
    )
    console.enter("functions", console.account.create(source, name=MARKUP))

    console.button("Run").click()
    expect(console.result).to_contain_text(MARKUP)
    expect(console.lines).to_contain_text(MARKUP)
    console.field("Input").fill('{"fails": true}')
    console.button("Run").click()
    expect(console.error).to_contain_text(MARKUP)

    assert console.page.locator("img").count() == 0
    expect(console.page).to_have_title(f"{MARKUP} · Isolambda")


def test_keys_that_objects_have_by_birth_are_keys_of_a_result(console: Console) -> None:
    keys = '{"__proto__": {"constructor": 1}, "toString": 2, "": 3, "length": 4}'
    source = f"return JSON.parse('{keys}')"
    console.enter("functions", console.account.create(source))

    console.button("Run").click()

    for line in ("__proto__: ", "constructor: 1", "toString: 2", ": 3", "length: 4"):
        expect(console.result).to_contain_text(line)


def test_a_long_result_is_shown_a_part_at_a_time(console: Console) -> None:
    items = "Array.from({ length: 50000 }, (_, at) => ({ at }))"
    source = f"return {{ items: {items}, text: 'x'.repeat(99999) }}"
    console.enter("functions", console.account.create(source))

    console.button("Run").click()

    expect(console.result).to_contain_text("49900 more")
    expect(console.result).to_contain_text("all 100,001 characters")
    assert console.page.evaluate("document.querySelectorAll('*').length") < 2_000


def test_what_turns_a_source_around_is_seen(console: Console) -> None:
    source = "const access = 'user\u202e \u2066// admins\u2069 \u2066'; return '\u200b'"
    console.enter("functions", console.account.create(source))

    hidden = console.main.locator(".cm-specialChar")

    expect(hidden).to_have_count(5)
    expect(hidden.first).to_have_attribute("title", "Control character right-to-left override")


def test_what_is_typed_as_another_file_is_shown_goes_to_one_of_them_alone(
    console: Console,
) -> None:
    function = console.account.create(
        "import { a } from './a.js';\nexport default () => a;",
        files={"a.js": "export const a = 1;"},
    )
    console.enter("functions", function)
    console.source.click()
    console.page.keyboard.press("Control+a")

    # Before the browser draws the other one.
    console.page.evaluate(
        """async () => {
          const editor = document.querySelector('.code').shadowRoot.querySelector('.cm-content');
          const files = [...document.querySelectorAll('button.file')];
          files.find((each) => each.textContent === 'a.js').click();
          for (let turn = 0; turn < 9; turn++) await null;
          editor.dispatchEvent(new InputEvent('beforeinput', {
            inputType: 'insertText', data: '//', cancelable: true, bubbles: true,
          }));
        }"""
    )
    expect(console.field("Source of a.js")).to_contain_text("export const a = 1;")
    console.button("function.js").click()

    expect(console.source).to_contain_text("import { a }")


@pytest.mark.parametrize(
    "id_",
    ["samples", "..", "%2e%2e", "..%2F..", "f%2Fversions", "__proto__", "constructor", "a" * 9999],
)
def test_what_is_no_id_leads_nowhere_and_is_not_asked_for(console: Console, id_: str) -> None:
    console.enter("functions")
    before = len(console.watch.requests)

    for route in ([id_], [id_, "versions"]):
        console.go("functions", *route)
        expect(console.title).to_have_text("No such page")
    console.go("executions", id_, id_)

    expect(console.title).to_have_text("No such page")
    asked = [each.url for each in console.watch.requests[before:] if "/v2/" in each.url]
    assert asked == []


@pytest.mark.parametrize("route", ["secrets?function=..", "triggers?function=..&trigger=.."])
def test_an_address_does_not_lead_a_request_to_another_part_of_the_api(
    console: Console, route: str
) -> None:
    console.enter(route)

    expect(console.alert).to_contain_text("There is nothing at that address.")


def test_a_function_that_is_gone_is_told(console: Console) -> None:
    console.watch.expect_status(404)
    console.open("functions", "f" * 32)
    console.log_in()

    expect(console.alert).to_be_visible()


def test_a_function_has_records_that_can_be_replayed(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function + "?tab=settings")

    console.field("Keep records of").select_option("all executions, so that they can be replayed")
    console.button("Save").click()
    expect(console.status("Saved")).to_be_visible()
    console.main.get_by_role("link", name="Code").click()
    console.button("Run").click()

    expect(console.main.get_by_role("link", name="Record")).to_be_visible()
    with console.account.client() as client:
        document = client.get(console.account.functions_url(function)).json()["data"]
    assert document["record"] == "replayable"


def test_a_function_is_removed_after_a_question(console: Console) -> None:
    function = console.account.create("return 1", name="gone soon")
    console.enter("functions", function + "?tab=settings")

    console.button("Remove this function").click()
    expect(console.dialog).to_contain_text("Remove gone soon?")
    console.dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(console.title).to_have_text("Functions")
    expect(console.row("gone soon")).to_have_count(0)
