"""The shadow of an alias repeats live executions, reaches nothing, and says where it differs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.echo_server import echoing
from tests.support.hosts import ON_STACK, Host
from tests.support.servers import starting
from tests.support.tenants import Tenant, tenant_of
from tests.support.waiting import eventually

EXECUTIONS = 4
COUNTS = """
const { kv } = context;
const visits = ((await kv.get('visits')) ?? 0) + 1;
await kv.put('visits', visits);
return { visits, at: Date.now(), total: call.price * 2 };
"""
PLAIN = "return { total: call.price * 2 };"


@pytest.fixture
def shadowed(host: Host, client: httpx2.Client) -> Callable[..., str]:
    """Make a function that is another one than version 1, which ``live`` is, with a shadow."""

    def make(source: str, then: str, **document: Any) -> str:
        url = host.functions_url(host.create(source, **document))
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        client.patch(url, json={"data": {"function_js": then}}).raise_for_status()
        alias = {"data": {"version": 1, "shadow": 1}}
        client.put(f"{url}/aliases/live", json=alias).raise_for_status()
        return url

    return make


def execute(client: httpx2.Client, url: str, price: int) -> dict[str, Any]:
    answer = client.post(
        f"{url}/execute", params={"qualifier": "live"}, json={"data": {"price": price}}
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()["data"]
    return found


def report_of(client: httpx2.Client, url: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{url}/aliases/live/shadow").json()["data"]
    return found


def compared(client: httpx2.Client, url: str, count: int) -> dict[str, Any]:
    """Return the report once so many executions are in it."""

    def look() -> dict[str, Any] | None:
        report = report_of(client, url)
        assert report["skipped"] == report["dropped"] == 0, report
        return report if report["compared"] == count else None

    return eventually(look)


def test_what_differs_is_found_and_nothing_is_written(
    client: httpx2.Client, shadowed: Callable[..., str]
) -> None:
    url = shadowed(COUNTS, COUNTS.replace("* 2", "* 3"), kv=["shadow_visits"])

    done = [execute(client, url, price) for price in range(EXECUTIONS)]
    report = compared(client, url, EXECUTIONS)

    assert [each["result"]["total"] for each in done] == [0, 2, 4, 6]
    # Nothing times two is nothing times three, and the clock is another one each time.
    assert (report["equal"], report["different"]) == (1, EXECUTIONS - 1)
    by_id = {each["execution_id"]: each["differences"] for each in report["executions"]}
    assert [
        [(found["path"], found["old"], found["new"]) for found in by_id[each["execution_id"]]]
        for each in done[1:]
    ] == [[("/result/total", 2 * price, 3 * price)] for price in (1, 2, 3)]
    recorded = client.get(f"{url}/executions").json()["data"]
    assert {each["execution_id"] for each in recorded} == {each["execution_id"] for each in done}
    # What was executed again was answered from the records: it added no visits.
    assert execute(client, url, 0)["result"]["visits"] == EXECUTIONS + 1


def test_what_was_queued_is_repeated_once_it_has_ended(
    client: httpx2.Client, shadowed: Callable[..., str]
) -> None:
    url = shadowed(COUNTS, COUNTS.replace("* 2", "* 3"), kv=["shadow_queued"])
    trigger = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}, "qualifier": "live"}

    client.post(
        f"{url}/execute",
        params={"qualifier": "live"},
        json={"data": {"price": 7}},
        headers={"prefer": "respond-async"},
    ).raise_for_status()
    report = compared(client, url, 1)
    client.put(f"{url}/triggers", json={"data": trigger}).raise_for_status()
    events = {"events": [{"source": "shop", "detail_type": "sold", "detail": {}}]}
    account = url.partition("/functions")[0]
    client.put(f"{account}/events", json={"data": events}).raise_for_status()
    both = compared(client, url, 2)

    [different] = report["executions"]
    [found] = different["differences"]
    assert (found["path"], found["old"], found["new"]) == ("/result/total", 14, 21)
    assert (both["equal"], both["different"]) == (1, 1)  # nothing times two is nothing times three


def test_a_change_of_the_alias_begins_anew(
    client: httpx2.Client, shadowed: Callable[..., str]
) -> None:
    url = shadowed(PLAIN, PLAIN.replace("* 2", "+ call.price"), record="none")

    execute(client, url, 5)
    first = compared(client, url, 1)
    client.patch(f"{url}/aliases/live", json={"data": {"shadow_version": 1}}).raise_for_status()
    execute(client, url, 5)
    anew = report_of(client, url)
    client.delete(f"{url}/aliases/live").raise_for_status()

    assert (first["equal"], first["executions"]) == (1, [])
    assert (anew["compared"], anew["dropped"]) == (0, 0)
    assert client.get(f"{url}/aliases/live/shadow").status_code == 404


@pytest.mark.skipif(ON_STACK, reason="a stack reaches no server of this machine")
def test_no_request_of_a_shadow_leaves_and_the_end_of_the_server_ends_it(tmp_path: Path) -> None:
    fetches = "return (await fetch(call.url, {method: 'POST', body: 'n'})).status;"
    with echoing() as echo, starting(tmp_path / "data") as start:
        server = start("--private-fetch", "--net-allow", "127.0.0.1")
        tenant = tenant_of(server)
        with tenant.client() as client:
            url = with_shadow(client, tenant, fetches, fetches.replace("'n'", "'m'"))
            executed = client.post(
                f"{url}/execute", params={"qualifier": "live"}, json={"data": {"url": echo.url}}
            )
            assert executed.json()["data"]["result"] == 200
            report = compared(client, url, 1)
            for _ in range(50):
                client.post(f"{url}/execute?qualifier=live", json={"data": {"url": echo.url}})
        printed = server.end()

    assert report["different"] == 1
    for found in report["executions"][0]["requests"]:
        assert found["path"].startswith("/requests/POST http:~1~1")
    assert [asked["body"] for asked in echo.asked] == ["n"] * 51
    assert "Traceback" not in printed


def with_shadow(client: httpx2.Client, tenant: Tenant, source: str, then: str) -> str:
    url = f"/v2/accounts/{tenant.account_id}/functions"
    net = {"allow": ["127.0.0.1"]}
    made = client.put(url, json={"data": {"name": "n", "function_js": source, "net": net}})
    url = f"{url}/{made.json()['data']['id']}"
    client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
    client.patch(url, json={"data": {"function_js": then}}).raise_for_status()
    alias = {"data": {"version": 1, "shadow": 1}}
    client.put(f"{url}/aliases/live", json=alias).raise_for_status()
    return url
