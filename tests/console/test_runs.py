"""One function, run: what goes in exactly, and what a function that keeps failing shows."""

from playwright.sync_api import expect

from tests.console.console import Console

TIMES_THAT_DISABLE = 6


def test_a_number_of_many_digits_is_sent_as_it_was_typed(console: Console) -> None:
    console.enter("functions", console.account.create("return 1"))
    console.field("Input").fill('{"number": 1234567890123456789}')

    console.button("Run").click()

    expect(console.lines).to_contain_text("1234567890123456789")


def test_an_input_outlives_a_visit_to_another_view(console: Console) -> None:
    function = console.account.create("return 1")
    console.enter("functions", function)
    console.field("Input").fill('{"name": "Ada"}')

    console.go("secrets")
    console.go("functions", function)

    expect(console.field("Input")).to_have_value('{"name": "Ada"}')


def test_a_function_that_keeps_failing_says_that_it_is_disabled_and_is_enabled_again(
    console: Console,
) -> None:
    console.watch.expect_status(400)
    console.enter("functions", console.account.create("throw new Error(call.why);"))
    for number in range(TIMES_THAT_DISABLE):
        console.field("Input").fill(f'{{"why": "time {number}"}}')
        console.button("Run").click()
        expect(console.error).to_contain_text(f"time {number}")

    expect(console.main).to_contain_text("The draft is disabled because it kept failing")
    console.button("Enable now").click()

    expect(console.status("Enabled again")).to_be_visible()
    expect(console.button("Enable now")).to_have_count(0)
    console.button("Run").click()
    expect(console.error).to_contain_text("time")


def test_who_enables_a_function_overwrites_nothing_that_another_author_changed(
    console: Console,
) -> None:
    console.watch.expect_status(412)
    function = console.account.create("throw new Error(call.why);", name="before")
    for number in range(TIMES_THAT_DISABLE):
        console.account.execute(function, {"why": f"time {number}"})
    console.enter("functions", function)
    console.type_source("return 'mine'")
    with console.account.client() as client:
        url = console.account.functions_url(function)
        client.patch(url, json={"data": {"name": "theirs"}}).raise_for_status()

    console.button("Enable now").click()
    expect(console.status("Enabled again")).to_be_visible()
    expect(console.source).to_contain_text("return 'mine'")
    console.button("Save").click()
    expect(console.alert).to_contain_text("There it was name, here function_js.")
    console.button("Save both").click()

    expect(console.title).to_have_text("theirs")
    expect(console.button("Save")).to_be_disabled()
