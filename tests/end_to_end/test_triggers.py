"""What happens elsewhere runs a function: schedules, the bus, queues made for it, webhooks."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from isolambda_core.adapters.clock import SystemClock
from tests.support.hosts import Host
from tests.support.tenants import Tenant
from tests.support.waiting import (
    bound_to_a_moment,
    eventually,
)

HAND_BACK = "return {call, trigger: context.trigger, event_id: context.event_id}"
SECRET = "it is a secret"  # noqa: S105


def bind(client: httpx2.Client, host: Host, function: str, **document: Any) -> dict[str, Any]:
    """Create a trigger, and return what its owner reads of it."""
    url = f"{host.functions_url(function)}/triggers"
    answer = client.put(url, json={"data": {"name": "under test", **document}})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    assert answer.headers["location"] == f"{url}/{made['id']}"
    return made


def attempts(
    client: httpx2.Client, host: Host, function: str, trigger: dict[str, Any], count: int
) -> list[dict[str, Any]]:
    """Ask until so many executions of a trigger have ended; return them, the latest first."""
    url = f"{host.functions_url(function)}/triggers/{trigger['id']}/attempts?page_size=500"

    def look() -> list[dict[str, Any]]:
        found = [
            attempt
            for attempt in client.get(url).raise_for_status().json()["data"]
            if attempt["status"] in ("succeeded", "failed")
        ]
        return found if len(found) >= count else []

    found = eventually(look)
    assert len(found) == count
    return found


def ended(
    client: httpx2.Client, host: Host, function: str, trigger: dict[str, Any], count: int = 1
) -> list[dict[str, Any]]:
    """Ask until so many executions of a trigger have ended; return them whole, the latest first."""
    found = attempts(client, host, function, trigger, count)
    url = f"{host.functions_url(function)}/executions"
    return [client.get(f"{url}/{one['execution_id']}").json()["data"] for one in found]


def publish(client: httpx2.Client, host: Host, *events: dict[str, Any]) -> list[str]:
    url = f"/v2/accounts/{host.credentials['account_id']}/events"
    answer = client.put(url, json={"data": {"events": list(events)}})
    assert answer.status_code == 202, answer.text
    assert answer.json()["data"]["refused"] == 0
    ids: list[str] = answer.json()["data"]["ids"]
    return ids


def post(
    host: Host, webhook: dict[str, Any], body: bytes, headers: dict[str, str] | None = None
) -> httpx2.Response:
    """Send something to a webhook, as anybody can."""
    path = httpx2.URL(webhook["_read_only"]["url"]).path  # the stack's name is not in any DNS
    with host.client(Accept="*/*", **(headers or {})) as anybody:
        return anybody.post(path, content=body)


def deliver(
    host: Host, webhook: dict[str, Any], body: bytes, *, secret: str = SECRET, age_s: int = 0
) -> httpx2.Response:
    """Send what a provider would, with the simplest signature that there is."""
    at = str(SystemClock().now() - age_s)
    digest = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Signature-Timestamp": at, "X-Signature": f"sha256={digest}"}
    return post(host, webhook, body, headers)


def test_a_schedule_fires(host: Host, client: httpx2.Client) -> None:
    function = host.create(HAND_BACK)
    at, triggers = bound_to_a_moment(
        lambda moment: [
            bind(client, host, function, type="schedule", schedule=moment, **given)
            for given in ({"input": {"n": 7}}, {})
        ],
        lambda triggers: all(trigger["_read_only"]["next_runs"] for trigger in triggers),
    )

    for trigger, given in zip(triggers, ({"n": 7}, None), strict=True):
        assert trigger["_read_only"]["next_runs"] == [f"{at}Z"]
        (record,) = ended(client, host, function, trigger)
        assert (record["trigger"], record["trigger_id"]) == ("schedule", trigger["id"])
        assert record["status"] == "succeeded"
        assert record["result"]["call"] == {"scheduled_at": record["event_id"], "input": given}
        assert record["result"]["event_id"] == record["event_id"]


def test_a_published_event_runs_what_matches_it_and_nothing_else(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create(HAND_BACK)
    source = f"shop.{function}"
    matching = {"source": [source], "detail": {"total": [{"numeric": [">", 100]}]}}
    large = bind(client, host, function, type="event", pattern=matching)
    small = bind(
        client,
        host,
        function,
        type="event",
        pattern={"source": [source], "detail": {"total": [{"numeric": ["<", 10]}]}},
    )

    ids = publish(
        client,
        host,
        {"source": source, "detail_type": "order", "detail": {"total": 50}},
        {"source": source, "detail_type": "order", "detail": {"total": 500}},
        {"source": source, "detail_type": "order", "detail": {"total": 5}},
    )

    (of_large,) = ended(client, host, function, large)
    (of_small,) = ended(client, host, function, small)
    call = of_large["result"]["call"]
    assert (call["id"], call["source"], call["detail-type"]) == (ids[1], source, "order")
    assert (call["detail"], of_large["event_id"]) == ({"total": 500}, ids[1])
    assert of_small["result"]["call"]["detail"] == {"total": 5}


def test_what_one_account_publishes_does_not_reach_another(
    host: Host, client: httpx2.Client, tenant: Tenant
) -> None:
    theirs, mine = tenant.create(HAND_BACK), host.create(HAND_BACK)
    everything = {"source": [{"exists": True}]}
    with tenant.client() as other:
        listening = bind(other, tenant, theirs, type="event", pattern=everything)
        also = bind(client, host, mine, type="event", pattern={"source": [f"m.{mine}"]})
        publish(client, host, {"source": f"m.{mine}", "detail_type": "d", "detail": {}})
        ended(client, host, mine, also)

        publish(other, tenant, {"source": "theirs", "detail_type": "d", "detail": {}})

        (record,) = ended(other, tenant, theirs, listening)
        assert record["result"]["call"]["source"] == "theirs"
        foreign = client.put(
            f"/v2/accounts/{'0' * 32}/events",
            json={"data": {"events": [{"source": "a", "detail_type": "d", "detail": {}}]}},
        )
        assert foreign.status_code in (403, 404)


def test_one_bad_message_of_ten_leaves_nine_done_and_one_among_the_dead(
    host: Host, client: httpx2.Client, dead_letters: Callable[[], set[str]]
) -> None:
    function = host.create(
        "if (call.body === '3') throw new Error('bad'); return Number(call.body)", attempts=2
    )
    trigger = bind(client, host, function, type="queue")
    url = f"{host.functions_url(function)}/triggers/{trigger['id']}/messages"

    sent = client.put(url, json={"data": {"messages": [{"body": str(n)} for n in range(10)]}})
    assert sent.status_code == 202, sent.text

    records = ended(client, host, function, trigger, 10)
    failed = [record for record in records if record["status"] == "failed"]
    assert sorted(record["result"] for record in records if record not in failed) == [
        0,
        1,
        2,
        *range(4, 10),
    ]
    assert [(one["input"]["body"], one["attempts"]) for one in failed] == [("3", 2)]
    assert {record["event_id"] for record in records} == {*sent.json()["data"]["ids"]}
    dead_lettered: set[str] = set()
    while failed[0]["execution_id"] not in dead_lettered:
        dead_lettered |= dead_letters()
    assert not dead_lettered & {one["execution_id"] for one in records if one not in failed}


def test_a_signed_delivery_runs_once_and_a_wrong_one_never(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create(HAND_BACK)
    webhook = bind(client, host, function, type="webhook", secret=SECRET)
    body = '{"hello": "pasauli, žalia"}'.encode()

    refusals = [
        deliver(host, webhook, body, secret="another secret"),  # noqa: S106
        deliver(host, webhook, body, age_s=3_600),
        post(host, webhook, body),
    ]
    assert [refusal.status_code for refusal in refusals] == [401, 401, 401]
    taken = deliver(host, webhook, body)
    assert taken.status_code == 202, taken.text

    (record,) = ended(client, host, function, webhook)
    assert record["execution_id"] == taken.json()["data"]["execution_id"]
    call = record["result"]["call"]
    assert (call["body"].encode(), call["method"]) == (body, "POST")
    assert SECRET not in client.get(f"{host.functions_url(function)}/triggers").text


def test_a_delivery_that_is_replayed_runs_nothing(host: Host, client: httpx2.Client) -> None:
    function = host.create(HAND_BACK)
    webhook = bind(client, host, function, type="webhook", signature="github", secret=SECRET)
    digest = hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()

    def send(delivery: str) -> httpx2.Response:
        headers = {"X-Hub-Signature-256": f"sha256={digest}", "X-GitHub-Delivery": delivery}
        return post(host, webhook, b"{}", headers)

    first, second = send("one"), send("another")

    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json()["data"] == {**first.json()["data"], "replayed": True}
    ended(client, host, function, webhook)


def test_a_disabled_trigger_runs_nothing_until_it_is_enabled(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create(HAND_BACK)
    webhook = bind(client, host, function, type="webhook", secret=SECRET, enabled=False)
    url = f"{host.functions_url(function)}/triggers/{webhook['id']}"
    assert deliver(host, webhook, b"1").status_code == 400

    client.patch(url, json={"data": {"enabled": True}}).raise_for_status()

    assert deliver(host, webhook, b"2").status_code == 202
    (record,) = ended(client, host, function, webhook)
    assert record["result"]["call"]["body"] == "2"


def test_ten_failures_in_a_row_disable_a_trigger(host: Host, client: httpx2.Client) -> None:
    function = host.create("throw new RangeError('no')", attempts=1)
    webhook = bind(client, host, function, type="webhook", secret=SECRET)
    url = f"{host.functions_url(function)}/triggers/{webhook['id']}"

    for count in range(1, 11):
        assert deliver(host, webhook, str(count).encode()).status_code == 202
        attempts(client, host, function, webhook, count)

    def disabled() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(url).json()["data"]
        return None if found["enabled"] else found

    found = eventually(disabled)
    assert found["_read_only"]["disable_reason"] == "10 failures in a row; the last: RangeError"
    assert deliver(host, webhook, b"11").status_code == 400


def test_a_trigger_runs_the_version_that_it_names(host: Host, client: httpx2.Client) -> None:
    function = host.create("return 'published'")
    url = host.functions_url(function)
    client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
    client.put(f"{url}/aliases", json={"data": {"name": "live", "version": 1}}).raise_for_status()
    changed = {"name": "n", "function_js": "return 'draft'"}
    client.post(url, json={"data": changed}).raise_for_status()
    webhook = bind(client, host, function, type="webhook", secret=SECRET, qualifier="live")

    deliver(host, webhook, b"1")

    (record,) = ended(client, host, function, webhook)
    assert (record["result"], record["version"], record["qualifier"]) == ("published", "1", "live")


@pytest.mark.parametrize("everything", [False, True], ids=["trigger", "function"])
def test_what_was_removed_runs_nothing(host: Host, client: httpx2.Client, everything: bool) -> None:
    function = host.create(HAND_BACK)
    webhook = bind(client, host, function, type="webhook", secret=SECRET)
    url = host.functions_url(function)

    client.delete(url if everything else f"{url}/triggers/{webhook['id']}").raise_for_status()

    assert deliver(host, webhook, b"1").status_code == 404
    assert client.get(f"{url}/triggers/{webhook['id']}").status_code == 404
