"""The console through nginx, with TLS: under the same policy, and from the same host alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.console import chromium
from tests.console.console import Console
from tests.console.watch import Watch
from tests.support.doors import Door, door_behind_nginx  # noqa: F401 - a fixture
from tests.support.tenants import tenant_of


@pytest.fixture
def console(browser: Browser, door: Door) -> Iterator[Console]:
    # Chromium knows no CA but those of its own.
    with browser.new_context(base_url=door.url, ignore_https_errors=True) as context:
        context.set_default_timeout(chromium.PATIENCE_MS)
        watch, account = Watch(context, door.url), tenant_of(door)
        watch.secrets.append(account.api_key)
        yield Console(context.new_page(), watch, account)
        assert watch.faults == []


def test_a_function_is_executed_and_its_webhook_has_the_url_of_outside(console: Console) -> None:
    function = console.account.create("return 'hi ' + call.name", name="greets")
    console.enter("functions", function)
    console.field("Input").fill('{"name": "Ada"}')

    console.button("Run").click()

    expect(console.result).to_contain_text("hi Ada")
    hook = {"name": "deliveries", "type": "webhook"}
    with console.account.client() as client:
        path = f"{console.account.functions_url(function)}/triggers"
        client.put(path, json={"data": hook}).raise_for_status()
    console.go("triggers")
    console.page.get_by_role("link", name="deliveries").click()
    expect(console.main).to_contain_text(f"{console.account.credentials['url']}/webhooks/")


def test_the_policy_of_the_page_comes_through(console: Console) -> None:
    answer = console.page.goto("/console")

    assert answer is not None
    headers = answer.all_headers()
    assert "require-trusted-types-for 'script'" in headers["content-security-policy"]
    assert answer.security_details() is not None
