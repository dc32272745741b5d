"""The secrets of an account."""

from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console

_VALUE = "correct horse battery"


def put(console: Console, name: str = "STRIPE_KEY") -> None:
    console.button("Put a secret").click()
    console.field("Name").fill(name)
    console.field("Value").fill(_VALUE)
    console.field("Hosts, one a line").fill("api.stripe.com")
    console.button("Put").click()


def test_an_account_without_secrets_is_told_what_one_is(console: Console) -> None:
    console.enter("secrets")

    expect(console.main.get_by_role("heading", name="No secrets yet")).to_be_visible()
    expect(console.main).to_contain_text("isolambda secret put")


def test_a_secret_is_put_and_its_value_is_not_shown_again(console: Console) -> None:
    console.enter("secrets")

    put(console)

    expect(console.row("STRIPE_KEY")).to_contain_text("api.stripe.com")
    assert _VALUE not in console.page.content()
    console.button("Put a secret").click()
    expect(console.field("Value")).to_have_value("")


def test_a_slow_server_is_sent_a_secret_once(console: Console) -> None:
    console.enter("secrets")

    with network.slow(console.page, method="PUT") as held:
        put(console)
        expect(console.button("Put")).to_be_disabled()
        console.field("Value").press("Enter")
        held.release()
        expect(console.row("STRIPE_KEY")).to_be_visible()

    assert len(held.requests) == 1


def test_a_secret_that_is_refused_says_why_and_keeps_what_was_typed(console: Console) -> None:
    console.watch.expect_status(400)
    console.enter("secrets")
    console.button("Put a secret").click()
    console.field("Name").fill("STRIPE_KEY")
    console.field("Value").fill(_VALUE)
    console.field("Hosts, one a line").fill("https://api.stripe.com")

    console.button("Put").click()

    expect(console.dialog.get_by_role("alert")).to_contain_text("hosts")
    expect(console.field("Value")).to_have_value(_VALUE)


def test_a_secret_is_rotated_under_its_name(console: Console) -> None:
    console.enter("secrets")
    put(console)

    console.button("Rotate STRIPE_KEY").click()
    expect(console.field("Hosts, one a line")).to_have_value("api.stripe.com")
    console.field("Value").fill("another horse battery")
    console.button("Rotate").click()

    expect(console.row("STRIPE_KEY")).to_contain_text("the value before is masked")


def test_a_secret_is_removed_after_a_question(console: Console) -> None:
    console.enter("secrets")
    put(console)

    console.button("Remove STRIPE_KEY").click()
    console.dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(console.main.get_by_role("heading", name="No secrets yet")).to_be_visible()
