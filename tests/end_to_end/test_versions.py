"""Versions and aliases: which one runs on every route, and that none knows of another."""

from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from typing import Any

import httpx2
import pytest

from tests.support.hosts import Host

EXECUTIONS, WEIGHT = 400, 0.3
_DEVIATIONS = 5  # a chance of one in two million that a right server is further off


@pytest.fixture
def function(host: Host, client: httpx2.Client) -> str:
    """A function with two versions that count their executions, and an alias to the first."""
    made = host.create(counting("one"))
    url = host.functions_url(made)
    client.put(f"{url}/versions").raise_for_status()
    client.patch(url, json={"data": {"function_js": counting("two")}}).raise_for_status()
    client.put(f"{url}/versions").raise_for_status()
    alias = {"name": "live", "version": 1}
    client.put(f"{url}/aliases", json={"data": alias}).raise_for_status()
    return made


def counting(name: str) -> str:
    return f"globalThis.seen = [...globalThis.seen ?? [], '{name}']; return globalThis.seen;"


def execute(
    client: httpx2.Client, host: Host, function: str, qualifier: str, affinity: str = ""
) -> dict[str, Any]:
    answer = client.post(
        f"{host.functions_url(function)}/execute",
        params={"qualifier": qualifier},
        headers={"X-Affinity-Key": affinity} if affinity else {},
    )
    data: dict[str, Any] = answer.raise_for_status().json()["data"]
    return data


def test_two_versions_share_no_state(host: Host, client: httpx2.Client, function: str) -> None:
    for _ in range(10):
        for qualifier, name in (("1", "one"), ("2", "two"), ("$LATEST", "two")):
            assert set(execute(client, host, function, qualifier)["result"]) == {name}


def test_a_weight_is_the_share_of_executions(
    host: Host, client: httpx2.Client, function: str
) -> None:
    weighted = {"additional_version": 2, "additional_version_weight": WEIGHT}
    alias = f"{host.functions_url(function)}/aliases/live"
    client.patch(alias, json={"data": weighted}).raise_for_status()
    with ThreadPoolExecutor(4) as pool:
        ran = list(
            pool.map(
                lambda _: execute(client, host, function, "live")["version"], range(EXECUTIONS)
            )
        )
    stayed = {execute(client, host, function, "live", "Ada")["version"] for _ in range(20)}

    additional = ran.count("2")
    mean, deviation = EXECUTIONS * WEIGHT, sqrt(EXECUTIONS * WEIGHT * (1 - WEIGHT))
    assert abs(additional - mean) < _DEVIATIONS * deviation
    assert len(ran) - additional == ran.count("1")
    assert len(stayed) == 1


def test_a_qualifier_says_what_runs_on_every_route(host: Host, client: httpx2.Client) -> None:
    answer = "return {module: 'tts', data: {text: context.qualifier + '%s'}}"
    function = host.create(answer % "one")
    url = host.functions_url(function)
    client.put(f"{url}/versions").raise_for_status()
    client.patch(url, json={"data": {"function_js": answer % "draft"}}).raise_for_status()
    client.put(f"{url}/aliases", json={"data": {"name": "live", "version": 1}}).raise_for_status()
    pivot_url = f"/pivot/{host.credentials['account_id']}/{function}"
    execute_url = f"/v2/serverless/functions/{function}/execute"

    for qualifier, ran, text in (
        ("1", "1", "1one"),
        ("live", "1", "liveone"),
        ("$LATEST", "$LATEST", "$LATESTdraft"),
    ):
        kazoo = execute(client, host, function, qualifier)
        codemash = client.post(execute_url, json={"Qualifier": qualifier})
        pivot = client.post(pivot_url, params={"qualifier": qualifier})
        assert (kazoo["version"], kazoo["result"]["data"]["text"]) == (ran, text)
        assert codemash.headers["x-function-version"] == ran
        assert text in codemash.json()["result"]
        assert pivot.headers["x-function-version"] == ran
        assert pivot.json()["data"]["text"] == text
    for missing in ("7", "gone"):
        asked = {"qualifier": missing}
        assert client.post(f"{url}/execute", params=asked).status_code == 404
        assert client.post(execute_url, json={"Qualifier": missing}).status_code == 404
        assert client.post(pivot_url, params=asked).status_code == 404


def test_an_alias_moves_remembers_and_goes_back(
    host: Host, client: httpx2.Client, function: str
) -> None:
    alias = f"{host.functions_url(function)}/aliases/live"
    etag = client.get(alias).headers["etag"]
    move, seen = {"data": {"version": 2}}, {"If-Match": etag}

    moved = client.patch(alias, json=move, headers=seen).json()["data"]
    assert (moved["version"], len(moved["history"])) == (2, 1)
    assert client.patch(alias, json=move, headers=seen).status_code == 412
    assert set(execute(client, host, function, "live")["result"]) == {"two"}
    back = client.post(f"{alias}/rollback").json()["data"]
    assert (back["version"], len(back["history"])) == (1, 2)
    assert set(execute(client, host, function, "live")["result"]) == {"one"}


def test_a_version_is_kept_while_an_alias_points_to_it(
    host: Host, client: httpx2.Client, function: str
) -> None:
    url = host.functions_url(function)

    assert client.delete(f"{url}/versions/1").status_code == 409
    client.delete(f"{url}/aliases/live").raise_for_status()
    assert client.delete(f"{url}/versions/1").status_code == 200
    assert [one["version"] for one in client.get(f"{url}/versions").json()["data"]] == [2]
    client.patch(url, json={"data": {"function_js": "return 3"}}).raise_for_status()
    assert client.put(f"{url}/versions").json()["data"]["version"] == 3
