"""Versions on a real server: which one runs, and that none knows of another."""

from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from typing import Any

import httpx2
import pytest

from tests.integration.conftest import Server

EXECUTIONS, WEIGHT = 400, 0.3
_DEVIATIONS = 5  # a chance of one in two million that a right server is further off


@pytest.fixture
def function(server: Server) -> str:
    """A function with two versions that count their executions, and an alias to the first."""
    made = server.create(counting("one"))
    url = server.functions_url(made)
    with server.client() as client:
        client.put(f"{url}/versions").raise_for_status()
        client.patch(url, json={"data": {"function_js": counting("two")}}).raise_for_status()
        client.put(f"{url}/versions").raise_for_status()
        alias = {"name": "live", "version": 1}
        client.put(f"{url}/aliases", json={"data": alias}).raise_for_status()
    return made


def counting(name: str) -> str:
    return f"globalThis.seen = [...globalThis.seen ?? [], '{name}']; return globalThis.seen;"


def execute(
    client: httpx2.Client, server: Server, function: str, qualifier: str, affinity: str = ""
) -> dict[str, Any]:
    answer = client.post(
        f"{server.functions_url(function)}/execute",
        params={"qualifier": qualifier},
        headers={"X-Affinity-Key": affinity} if affinity else {},
    )
    data: dict[str, Any] = answer.raise_for_status().json()["data"]
    return data


def test_two_versions_share_no_state(server: Server, function: str) -> None:
    with server.client() as client:
        for _ in range(20):
            for qualifier, name in (("1", "one"), ("2", "two"), ("$LATEST", "two")):
                assert set(execute(client, server, function, qualifier)["result"]) == {name}


def test_a_weight_is_the_share_of_executions(server: Server, function: str) -> None:
    weighted = {"additional_version": 2, "additional_version_weight": WEIGHT}
    with server.client() as client:
        alias = f"{server.functions_url(function)}/aliases/live"
        client.patch(alias, json={"data": weighted}).raise_for_status()
        with ThreadPoolExecutor(8) as pool:
            ran = list(
                pool.map(
                    lambda _: execute(client, server, function, "live")["version"],
                    range(EXECUTIONS),
                )
            )
        stayed = {execute(client, server, function, "live", "Ada")["version"] for _ in range(50)}

    additional = ran.count("2")
    mean, deviation = EXECUTIONS * WEIGHT, sqrt(EXECUTIONS * WEIGHT * (1 - WEIGHT))
    assert abs(additional - mean) < _DEVIATIONS * deviation
    assert len(ran) - additional == ran.count("1")
    assert len(stayed) == 1
