"""The watch over a page sees what must not happen there."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.console import axe
from tests.console.watch import Watch
from tests.support.servers import Server

_POLICY = {"content-security-policy": "default-src 'self'; script-src 'self'"}


@pytest.fixture
def unchecked(context: BrowserContext, server: Server) -> Watch:
    """A watch whose faults do not fail the test."""
    return Watch(context, server.credentials["url"])


def load(context: BrowserContext, body: str, headers: dict[str, str] | None = None) -> Page:
    """Load a page that the server does not have."""
    page = context.new_page()
    page.route(
        "**/made",
        lambda route: route.fulfill(
            content_type="text/html", headers=headers or {}, body=f"<!doctype html>{body}"
        ),
    )
    page.goto("/made", wait_until="networkidle")
    return page


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<script>console.error('alas')</script>", "on the console: alas"),
        ("<script>throw new Error('alas')</script>", "not caught: "),
        ("<script>Promise.reject(new Error('alas'))</script>", "not caught: "),
        ("<img src='http://other.example/x'>", "to another host: http://other.example/x"),
        ("<img src='/made?key=open-sesame'>", "a secret in an address: "),
        ("<img src='/no-such-page'>", "404 for GET "),
        ("<img src='http://127.0.0.1:1/x'>", "net::ERR_"),
    ],
)
def test_a_fault_is_seen(
    context: BrowserContext, unchecked: Watch, body: str, expected: str
) -> None:
    unchecked.secrets.append("open-sesame")

    load(context, body)

    assert any(fault.startswith(expected) for fault in unchecked.faults), unchecked.faults


@pytest.mark.parametrize("body", ["<script>1</script>", "<p style='color: red'>x</p>"])
def test_what_the_policy_refuses_is_seen(
    context: BrowserContext, unchecked: Watch, body: str
) -> None:
    load(context, body, _POLICY)

    assert any("CSP: " in fault for fault in unchecked.faults), unchecked.faults


def test_a_page_without_a_fault_has_none(context: BrowserContext, unchecked: Watch) -> None:
    load(context, "<p>fine</p>", _POLICY)

    assert unchecked.faults == []


def test_an_announced_status_is_no_fault(context: BrowserContext, unchecked: Watch) -> None:
    unchecked.expect_status(404)

    load(context, "<img src='/no-such-page'>")

    assert unchecked.faults == []


def test_what_keeps_people_from_using_a_page_is_found(context: BrowserContext) -> None:
    page = load(context, "<html lang=en><title>x</title><button></button>")

    assert [finding.partition(" ")[0] for finding in axe.findings(page)] == ["button-name"]
