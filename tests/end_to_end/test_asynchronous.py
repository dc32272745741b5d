"""Asynchronous executions: accepted at once, performed later, looked up, dead-lettered."""

from collections.abc import Callable
from typing import Any

import httpx2

from isolambda_core.domain.limits import MIB
from tests.support.hosts import Host
from tests.support.waiting import eventually

LATER = {"Prefer": "respond-async"}


def submit(client: httpx2.Client, host: Host, function: str, call: object = None) -> str:
    """Ask for an execution, and return where it is looked up."""
    url = f"{host.functions_url(function)}/execute"
    answer = client.post(url, json={"data": call or {}}, headers=LATER)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    location: str = answer.headers["location"]
    assert location.endswith(f"/executions/{answer.json()['data']['execution_id']}")
    return location


def ended(client: httpx2.Client, location: str) -> dict[str, Any]:
    """Ask until an execution has ended, and return its record."""

    def look() -> dict[str, Any] | None:
        record: dict[str, Any] = client.get(location).raise_for_status().json()["data"]
        return record if record["status"] in ("succeeded", "failed") else None

    return eventually(look)


def test_an_execution_is_accepted_performed_and_looked_up(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create(
        "console.info('now'); return {twice: call.n * 2, id: context.execution_id}"
    )

    record = ended(client, submit(client, host, function, {"n": 21}))

    assert (record["status"], record["outcome"], record["attempts"]) == ("succeeded", "ok", 1)
    assert record["result"] == {"twice": 42, "id": record["execution_id"]}
    assert (record["input"], record["asynchronous"]) == ({"n": 21}, True)
    assert [line["text"] for line in record["logs"]] == ["now"]


def test_codemash_asks_for_later_too(host: Host, client: httpx2.Client) -> None:
    function = host.create("return call.n + context.meta.a")

    asked = {"Template": '{"n": "one "}', "Meta": {"a": "two"}}
    url = f"/v2/serverless/functions/{function}/execute"
    answer = client.post(url, json=asked, headers=LATER)

    assert answer.status_code == 202
    assert answer.json() == {"executionId": answer.headers["x-execution-id"], "status": "queued"}
    record = ended(client, answer.headers["location"])
    assert (record["result"], record["trigger"]) == ("one two", "codemash")


def test_what_throws_is_attempted_again_and_buried(
    host: Host, client: httpx2.Client, dead_letters: Callable[[], set[str]]
) -> None:
    failing = host.create("throw new TypeError('no')", attempts=2)
    working = host.create("return 1")

    record = ended(client, submit(client, host, failing))
    other = ended(client, submit(client, host, working))

    assert (record["status"], record["outcome"], record["attempts"]) == ("failed", "exception", 2)
    assert record["error"]["name"] == "TypeError"
    dead_lettered: set[str] = set()

    def is_buried() -> bool:
        dead_lettered.update(dead_letters())
        return record["execution_id"] in dead_lettered

    eventually(is_buried)
    assert other["execution_id"] not in dead_lettered


def test_what_exceeds_a_limit_is_not_attempted_again(host: Host, client: httpx2.Client) -> None:
    endless = host.create("while (true) {}", limits={"wall_time_ms": 100}, attempts=3)

    record = ended(client, submit(client, host, endless))

    assert (record["outcome"], record["attempts"]) == ("exceeded_wall_time", 1)
    assert record["error"]["exceeded"]["limit"] == "wall_time_ms"


def test_what_is_far_longer_than_an_item_of_the_table_is_kept_whole(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create("return call.text.length + 'y'.repeat(call.more)")
    text = "ž" * MIB

    location = submit(client, host, function, {"text": text, "more": 2 * MIB})

    assert ended(client, f"{location}?without=input")["result"] == f"{MIB}" + "y" * (2 * MIB)
    assert client.get(f"{location}?without=result").json()["data"]["input"]["text"] == text


def test_records_are_listed_in_pages_and_narrowed(host: Host, client: httpx2.Client) -> None:
    function = host.create("if (call.bad) throw new Error('no'); return 1", record="all")
    url = f"{host.functions_url(function)}/executions"
    made = [host.execute(function, {"bad": bad})["execution_id"] for bad in (0, 1, 0, 0)]
    made.append(ended(client, submit(client, host, function))["execution_id"])

    def listed(**query: object) -> list[str]:
        answer = client.get(url, params={name: str(value) for name, value in query.items()})
        return [record["execution_id"] for record in answer.raise_for_status().json()["data"]]

    first = client.get(url, params={"page_size": "3"}).json()
    rest = client.get(url, params={"page_size": "3", "start_key": first["next_start_key"]}).json()
    found = [record["execution_id"] for record in first["data"] + rest["data"]]
    assert found == sorted(made, reverse=True)
    assert "next_start_key" not in rest
    assert listed(outcome="exception") == [made[1]]
    assert set(listed(status="succeeded")) == set(made) - {made[1]}
    assert listed(version="1") == []
    assert listed(created_from=first["data"][0]["created"] + 60) == []


def test_a_document_says_what_is_recorded(host: Host, client: httpx2.Client) -> None:
    for record, kept in (("failures", ["exception"]), ("none", [])):
        function = host.create("if (call.bad) throw new Error('no'); return 1", record=record)
        for bad in (0, 1):
            host.execute(function, {"bad": bad})

        url = f"{host.functions_url(function)}/executions"
        assert [one["outcome"] for one in client.get(url).json()["data"]] == kept
