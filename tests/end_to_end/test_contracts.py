"""Saved calls are executed on a version, and an alias that enforces them stays where they fail."""

from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import SAVED_CALLS_AT_ONCE
from tests.support.hosts import Host
from tests.support.waiting import eventually

CALLS = 50


@pytest.fixture(scope="module", autouse=True)
def _executors_are_there(host: Host) -> None:
    """Have as many Lambdas started as execute saved calls at a time: a slow machine takes long.

    What the saved calls of a request do not begin within 15 s is not executed.
    """
    url = host.functions_url(host.create("return 1"))
    with host.client() as client:
        for number in range(SAVED_CALLS_AT_ONCE):
            save(client, url, f"call_{number}", {}, {"equal": 1})

        def are_there() -> bool:
            report = client.post(f"{url}/calls/run", json={"data": {}}).json()["data"]
            return bool(report["passed"] == SAVED_CALLS_AT_ONCE)

        eventually(are_there)


@pytest.fixture
def url(host: Host, client: httpx2.Client) -> str:
    """A function with two versions, of which the first greets all that the saved calls name."""
    function = host.create("return {hello: call.name};")
    url = host.functions_url(function)
    publish(client, url)
    client.patch(
        url,
        json={"data": {"function_js": "return {hello: call.name === '7' ? 'you' : call.name};"}},
    ).raise_for_status()
    publish(client, url)
    for number in range(CALLS):
        save(
            client, url, f"call_{number}", {"name": f"{number}"}, {"equal": {"hello": f"{number}"}}
        )
    return url


def publish(client: httpx2.Client, url: str) -> None:
    client.put(f"{url}/versions", json={"data": {}}).raise_for_status()


def save(client: httpx2.Client, url: str, name: str, input_: Any, expect: Any) -> None:
    data = {"data": {"input": input_, "expect": expect}}
    client.put(f"{url}/calls/{name}", json=data).raise_for_status()


def test_all_saved_calls_are_executed_on_each_version(client: httpx2.Client, url: str) -> None:
    first, second = (
        client.post(f"{url}/calls/run", json={"data": {"version": version}}).json()["data"]
        for version in (1, 2)
    )

    assert (first["version"], first["passed"], first["failed"]) == ("1", CALLS, 0)
    assert (second["passed"], second["failed"]) == (CALLS - 1, 1)
    [failed] = [call for call in second["calls"] if not call["passed"]]
    assert (failed["name"], failed["path"]) == ("call_7", "/hello")
    assert (failed["expected"], failed["got"]) == ("7", "you")
    assert client.get(f"{url}/executions").json()["data"] == []


def test_an_alias_stays_where_its_contract_is_kept(client: httpx2.Client, url: str) -> None:
    def put(**data: Any) -> httpx2.Response:
        return client.put(f"{url}/aliases/live", json={"data": data})

    made = put(version=1, contract="enforced")
    refused = put(version=2)
    still = client.get(f"{url}/aliases/live").json()["data"]
    forced = put(version=2, force=True, reason="the seventh is you now")

    assert made.status_code == 201
    assert (refused.status_code, refused.json()["message"]) == (409, "contract_failed")
    assert [call["name"] for call in refused.json()["data"]["calls"]] == ["call_7"]
    assert still["version"] == 1
    assert forced.status_code == 200
    assert forced.json()["data"]["history"][0]["reason"] == "the seventh is you now"
