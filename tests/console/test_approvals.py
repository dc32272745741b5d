"""Calls of tools that wait for a person."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console import network
from tests.console.console import Console
from tests.console.data import call_tool

PAY = {"description": "Pays.", "name": "pay", "approval": True}


@pytest.fixture
def waiting(console: Console) -> dict[str, Any]:
    """Have a call of a tool wait, and return its arguments."""
    console.account.create("return call.cents", name="payments", tool=PAY, record="all")
    arguments = {"cents": 500, "to": "the baker"}
    assert call_tool(console.account, "pay", arguments)["isError"]
    return arguments


def test_an_account_without_calls_to_approve_is_told_what_one_is(console: Console) -> None:
    console.enter("approvals")

    expect(console.main.get_by_role("heading", name="No call waits")).to_be_visible()
    expect(console.main).to_contain_text("isolambda approvals list")


def test_an_approved_call_is_executed_once_and_leads_to_its_execution(
    console: Console, waiting: dict[str, Any]
) -> None:
    console.enter("approvals")
    expect(console.row("pay")).to_contain_text("waits")
    console.button("Review pay").click()
    expect(console.dialog.get_by_label("Arguments")).to_contain_text('"to": "the baker"')

    console.dialog.get_by_role("button", name="Approve").click()

    expect(console.status("The call of pay is approved.")).to_be_visible()
    expect(console.row("pay")).to_contain_text("approved")
    assert call_tool(console.account, "pay", waiting)["content"][0]["text"] == "500"
    console.button("Refresh").click()
    expect(console.row("pay")).to_contain_text("executed")
    console.button("Review pay").click()
    expect(console.dialog.get_by_role("button", name="Approve")).to_have_count(0)
    console.dialog.get_by_role("link", name="its record").click()
    expect(console.title).to_have_text("Execution")


def test_a_denied_call_is_not_executed_and_may_be_approved_after_all(
    console: Console, waiting: dict[str, Any]
) -> None:
    console.enter("approvals")
    console.button("Review pay").click()

    console.dialog.get_by_role("button", name="Deny").click()

    expect(console.row("pay")).to_contain_text("denied")
    assert "denied" in call_tool(console.account, "pay", waiting)["content"][0]["text"]
    console.button("Review pay").click()
    expect(console.dialog.get_by_role("button", name="Deny")).to_be_disabled()
    console.dialog.get_by_role("button", name="Approve").click()
    expect(console.row("pay")).to_contain_text("approved")


def test_a_call_that_was_executed_meanwhile_cannot_be_denied(
    console: Console, waiting: dict[str, Any]
) -> None:
    console.watch.expect_status(409)
    console.enter("approvals")
    console.button("Review pay").click()
    console.dialog.get_by_role("button", name="Approve").click()
    expect(console.row("pay")).to_contain_text("approved")
    console.button("Review pay").click()
    expect(console.dialog.get_by_role("button", name="Deny")).to_be_enabled()
    call_tool(console.account, "pay", waiting)

    console.dialog.get_by_role("button", name="Deny").click()

    expect(console.dialog.get_by_role("alert")).to_contain_text("executed")
    expect(console.row("pay")).to_contain_text("executed")


def test_a_slow_server_is_sent_a_decision_once(console: Console, waiting: dict[str, Any]) -> None:
    assert waiting
    console.enter("approvals")
    console.button("Review pay").click()

    with network.slow(console.page, method="POST") as held:
        console.dialog.get_by_role("button", name="Approve").click()
        expect(console.dialog.get_by_role("button", name="Approve")).to_be_disabled()
        expect(console.dialog.get_by_role("button", name="Deny")).to_be_disabled()
        held.release()
        expect(console.row("pay")).to_contain_text("approved")

    assert len(held.requests) == 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\u202egnp.exe", r"a\u202egnp.exe"),
        ("the\u200bbaker", r"the\u200bbaker"),
        ("the\u2028baker", r"the\u2028baker"),
        ("\U000e0041baker", r"\udb40\udc41baker"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("x" * 5_000, "x" * 5_000),
    ],
)
def test_what_a_model_wrote_is_shown_as_it_is(console: Console, said: str, shown: str) -> None:
    console.account.create("return 1", name="payments", tool=PAY)
    call_tool(console.account, "pay", {"to": said})
    console.enter("approvals")

    console.button("Review pay").click()

    expect(console.dialog.get_by_label("Arguments")).to_contain_text(f'"to": "{shown}"')


def test_a_number_of_many_digits_is_shown_with_all_of_them(console: Console) -> None:
    console.account.create("return 1", name="payments", tool=PAY)
    call_tool(console.account, "pay", {"account": 12345678901234567890})
    console.enter("approvals")

    console.button("Review pay").click()

    expect(console.dialog.get_by_label("Arguments")).to_contain_text("12345678901234567890")
