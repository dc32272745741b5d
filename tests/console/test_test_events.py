"""Test events: each takes the way that the events of its trigger take."""

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.console.console import Console

LOOKS = 20


def create(console: Console, function: str, **document: Any) -> str:
    """Make a trigger, and return its route in the console."""
    with console.account.client() as client:
        answer = client.put(
            f"{console.account.functions_url(function)}/triggers", json={"data": document}
        )
    assert answer.status_code == 201, answer.text
    return f"triggers?function={function}&trigger={answer.json()['data']['id']}"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"type": "webhook"}, "The delivery is accepted."),
        ({"type": "webhook", "signature": "github"}, "The delivery is accepted."),
        ({"type": "event", "pattern": {"source": ["shop"]}}, "The event is published."),
        ({"type": "queue"}, "The message is sent."),
    ],
    ids=json.dumps,
)
def test_an_event_is_sent_and_leads_to_its_execution(
    console: Console, document: dict[str, Any], said: str
) -> None:
    function = console.account.create("return 1", record="all")
    console.enter(create(console, function, name="under test", **document))

    console.button("Send").click()

    latest = console.main.get_by_role("region", name="Latest executions").get_by_role("listitem")
    expect(console.main.get_by_role("status")).to_contain_text(said)
    expect(latest).to_contain_text("ok")


def test_what_comes_of_an_event_is_seen_however_late_it_comes(console: Console) -> None:
    function = console.account.create("return 1", record="all")
    console.page.clock.install()
    console.enter(create(console, function, name="under test", type="queue"))
    looks: list[Route] = []

    def find_nothing(route: Route) -> None:
        looks.append(route)
        route.fulfill(json={"data": []})

    console.page.route("**/attempts?*", find_nothing)
    console.button("Send").click()
    while len(looks) < LOOKS:
        console.page.clock.run_for(1_000)
    console.page.unroute("**/attempts?*", find_nothing)

    latest = console.main.get_by_role("region", name="Latest executions").get_by_role("listitem")
    expect(latest).to_contain_text("ok")


def test_a_request_goes_to_the_url_of_a_function(console: Console) -> None:
    function = console.account.create("return new Response(`${call.method} ${call.url}`)")
    auth = {"type": "key"}
    console.enter(create(console, function, name="page", type="http", path="page", auth=auth))

    console.field("Method, what follows the path, and a body below").fill("PUT /a?b=c\nbody")
    console.button("Send").click()

    expect(console.main).to_contain_text("The function answered 200.")
    expect(console.main).to_contain_text(f"/http/{console.account.account_id}/page/a?b=c")


def test_the_secret_that_was_made_for_a_webhook_is_shown_when_it_is_asked_for(
    console: Console,
) -> None:
    function = console.account.create("return 1")
    console.enter(create(console, function, name="shop", type="webhook"))
    expect(console.main).not_to_contain_text("whsec_")

    console.button("Show the secret").click()

    expect(console.main).to_contain_text("whsec_")


def test_a_request_that_cannot_be_sent_is_told_as_that(console: Console) -> None:
    function = console.account.create("return 1")
    auth = {"type": "key"}
    console.enter(create(console, function, name="page", type="http", path="page", auth=auth))

    console.field("Method, what follows the path, and a body below").fill("GET /\nbody")
    console.button("Send").click()

    expect(console.alert).to_contain_text("GET/HEAD method cannot have body")


def test_a_delivery_that_is_not_answered_in_json_is_told(console: Console) -> None:
    console.watch.expect_status(502)
    function = console.account.create("return 1")
    console.enter(create(console, function, name="shop", type="webhook"))

    console.page.route("**/webhooks/**", lambda route: route.fulfill(status=502, body="<html>"))
    console.button("Send").click()

    expect(console.alert).to_contain_text("The delivery was refused (502)")
