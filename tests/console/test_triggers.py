"""What runs functions."""

from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import MARKUP


def make(console: Console, kind: str, name: str) -> None:
    """Make a trigger of a type for the function ``greet``, but for what the type asks for."""
    console.button("New trigger").click()
    console.dialog.get_by_label("Function", exact=True).select_option("greet")
    console.field("Type").select_option(kind)
    console.dialog.get_by_label("Name", exact=True).fill(name)


def test_an_account_without_triggers_is_told_what_one_is(console: Console) -> None:
    console.enter("triggers")

    expect(console.main.get_by_role("heading", name="No triggers yet")).to_be_visible()


def test_a_schedule_is_made_and_shows_its_next_runs_here_and_in_its_zone(console: Console) -> None:
    console.account.create("return 1", name="greet")
    console.enter("triggers")

    make(console, "schedule", "mornings")
    console.field("Time zone").fill("Asia/Tokyo")
    console.button("Make").click()

    expect(console.title).to_have_text("mornings")
    runs = console.main.get_by_role("region", name="Next runs").get_by_role("listitem")
    expect(runs).to_have_count(5)
    expect(runs.first).to_contain_text("09:00:00")
    expect(runs.first).to_contain_text("in Asia/Tokyo")


def test_a_trigger_that_is_refused_says_why_and_keeps_what_was_typed(console: Console) -> None:
    console.watch.expect_status(400)
    console.account.create("return 1", name="greet")
    console.enter("triggers")
    make(console, "schedule", "mornings")
    console.field("Schedule").fill("rate(never)")

    console.button("Make").click()

    expect(console.dialog.get_by_role("alert")).to_contain_text("schedule")
    expect(console.field("Schedule")).to_have_value("rate(never)")


def test_a_slow_server_makes_one_trigger_of_one_that_is_asked_for(console: Console) -> None:
    console.account.create("return 1", name="greet")
    console.enter("triggers")
    make(console, "schedule", "mornings")

    with network.slow(console.page, method="PUT") as held:
        console.button("Make").click()
        expect(console.button("Make")).to_be_disabled()
        console.dialog.get_by_label("Name", exact=True).press("Enter")
        held.release()
        expect(console.title).to_have_text("mornings")

    assert len(held.requests) == 1


def test_an_event_is_sent_to_test_a_trigger_and_its_execution_is_seen(console: Console) -> None:
    console.account.create("return call.detail", name="greet", record="all")
    console.enter("triggers")
    make(console, "event", "orders")
    console.button("Make").click()
    expect(console.title).to_have_text("orders")

    console.button("Send").click()

    expect(console.status("The event is published.")).to_be_visible()
    expect(console.main.get_by_role("link", name="Execution")).to_be_visible()


def test_a_request_is_sent_to_a_function_at_a_url(console: Console) -> None:
    source = f"return new Response(`${{call.method}} {MARKUP}`)"
    console.account.create(source, name="greet")
    console.enter("triggers")
    make(console, "http", "page")
    console.field("Path").fill("page")
    console.button("Make").click()
    expect(console.title).to_have_text("page")

    console.button("Send").click()

    expect(console.main).to_contain_text(f"GET {MARKUP}")
    assert console.page.locator("img").count() == 0


def test_a_trigger_is_disabled_and_enabled_in_the_list(console: Console) -> None:
    function = console.account.create("return 1", name="greet")
    with console.account.client() as client:
        document = {"name": "daily", "type": "schedule", "schedule": "rate(1 day)"}
        url = f"{console.account.functions_url(function)}/triggers"
        client.put(url, json={"data": document}).raise_for_status()
    console.enter("triggers")
    switch = console.main.get_by_role("switch", name="Enable daily")
    expect(switch).to_be_checked()

    switch.click()

    expect(console.status("daily is disabled.")).to_be_visible()
    expect(switch).not_to_be_checked()


def test_a_trigger_is_removed_after_a_question(console: Console) -> None:
    console.account.create("return 1", name="greet")
    console.enter("triggers")
    make(console, "schedule", "mornings")
    console.button("Make").click()
    expect(console.title).to_have_text("mornings")

    console.button("Remove").click()
    console.dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(console.main.get_by_role("heading", name="No triggers yet")).to_be_visible()
