"""Kazoo: what is kept of executions, and how it is found again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.ids import first_execution_id, is_id
from isolambda_core.domain.json_text import JsonValue

Script = Callable[[ExecutionResult | Exception], None]
FAILED = ExecutionResult(
    "",
    Outcome.EXCEPTION,
    error=ExecutionError("TypeError", "no items", "at function_js:1:2", 1, 2),
    logs=(LogLine("warn", "careful", 3),),
    usage=Usage(1.5, 1.25, 2.0, cold=True),
)
NOW = 1_710_253_474
GREGORIAN = 62_167_219_200


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


@pytest.fixture
def recorded(client: TestClient, path: str) -> str:
    """A function of which every execution is recorded."""
    assert client.patch(path, json={"data": {"record": "all"}}).status_code == 200
    return path


def listed(client: TestClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{path}/executions", params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_what_an_error_carries_is_in_the_record_and_not_in_a_list(
    client: TestClient, recorded: str, script: Script
) -> None:
    details: dict[str, JsonValue] = {"fields": {"status": 404}, "cause": {"value": "why"}}
    script(replace(FAILED, error=ExecutionError("Error", "no", details=details)))
    answered = client.post(f"{recorded}/execute").json()["data"]

    whole = client.get(f"{recorded}/executions/{answered['execution_id']}").json()["data"]

    assert whole["error"] == answered["error"]
    assert {key: whole["error"][key] for key in details} == details
    assert listed(client, recorded)[0]["error"] == {"name": "Error", "message": "no"}


def test_an_execution_is_found_again_with_all_that_came_of_it(
    client: TestClient, recorded: str, script: Script
) -> None:
    script(FAILED)
    asked = client.post(
        f"{recorded}/execute",
        content=rb'{"data": {"To": "\ud800"}}',
        headers={"x-request-id": "mine"},
    )
    execution = asked.json()["data"]["execution_id"]

    whole = client.get(f"{recorded}/executions/{execution}").json()["data"]

    assert is_id(execution)
    assert whole == {
        "execution_id": execution,
        "function_id": recorded[-32:],
        "version": "$LATEST",
        "qualifier": "$LATEST",
        "trigger": "kazoo",
        "trigger_id": None,
        "event_id": None,
        "parent_id": None,
        "request_id": "mine",
        "asynchronous": False,
        "status": "failed",
        "outcome": "exception",
        "error": {
            "name": "TypeError",
            "message": "no items",
            "stack": "at function_js:1:2",
            "line": 1,
            "column": 2,
            "exceeded": None,
        },
        "attempts": 1,
        "usage": {"wall_ms": 1.5, "cpu_ms": 1.25, "memory_mb": 2.0, "cold": True, "fetches": 0},
        "callback": None,
        "created": NOW + GREGORIAN,
        "created_ms": NOW * 1000,
        "ended_ms": NOW * 1000,
        "logs": [{"level": "warn", "text": "careful", "at_ms": 3}],
        "fetches": [],
        "input": {"To": "\ud800"},
        "result": None,
    }
    long = ("logs", "fetches", "input", "result")
    (summary,) = listed(client, recorded)
    assert summary == {
        **{key: value for key, value in whole.items() if key not in long},
        "error": {"name": "TypeError", "message": "no items"},
    }


@pytest.mark.parametrize("complete", [True, False])
def test_a_record_says_whether_all_operations_are_in_it(
    client: TestClient, recorded: str, script: Script, *, complete: bool
) -> None:
    script(replace(FAILED, recorded=RecordedOperations(complete=complete)))
    answered = client.post(f"{recorded}/execute").json()["data"]

    whole = client.get(f"{recorded}/executions/{answered['execution_id']}").json()["data"]

    assert "recorded" not in answered.keys() | whole.keys()
    assert whole["operations_complete"] is complete


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        ("all", ["ok", "exception"]),
        ("replayable", ["ok", "exception"]),
        ("failures", ["exception"]),
        ("none", []),
    ],
)
def test_the_document_says_what_is_recorded(
    client: TestClient, path: str, script: Script, record: str, kept: list[str]
) -> None:
    client.patch(path, json={"data": {"record": record}})
    client.post(f"{path}/execute")
    script(FAILED)
    client.post(f"{path}/execute")

    assert sorted(found["outcome"] for found in listed(client, path)) == sorted(kept)


def test_failures_are_recorded_unless_the_document_says_otherwise(
    client: TestClient, path: str, script: Script
) -> None:
    client.post(f"{path}/execute")
    script(FAILED)
    client.post(f"/v2/serverless/functions/{path[-32:]}/execute")

    (found,) = listed(client, path)
    assert (found["outcome"], found["trigger"]) == ("exception", "codemash")


def test_the_newest_comes_first_in_pages(client: TestClient, recorded: str) -> None:
    made = [client.post(f"{recorded}/execute").json()["data"]["execution_id"] for _ in range(5)]
    url = f"{recorded}/executions"

    first = client.get(url, params={"page_size": 3}).json()
    second = client.get(url, params={"page_size": 3, "start_key": first["next_start_key"]}).json()
    upwards = client.get(url, params={"ascending": "true"}).json()

    found = [one["execution_id"] for one in first["data"] + second["data"]]
    assert (first["page_size"], second["page_size"]) == (3, 2)
    assert found == sorted(made, reverse=True)
    assert [one["execution_id"] for one in upwards["data"]] == sorted(made)
    assert "next_start_key" not in second


def test_a_list_is_narrowed_by_what_came_of_executions(
    client: TestClient, recorded: str, script: Script
) -> None:
    client.post(f"{recorded}/execute")
    client.put(f"{recorded}/versions")
    client.post(f"{recorded}/execute", params={"qualifier": "1"})
    script(FAILED)
    client.post(f"{recorded}/execute")

    def count(**query: str) -> int:
        return len(listed(client, recorded, **query))

    assert count() == 3
    assert (count(status="succeeded"), count(status="failed"), count(status="queued")) == (2, 1, 0)
    assert (count(outcome="ok"), count(outcome="exception")) == (2, 1)
    assert (count(version="1"), count(version="$LATEST"), count(version="2")) == (1, 2, 0)
    assert count(status="succeeded", version="$LATEST") == 1


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [(NOW, NOW, 1), (NOW + 1, None, 0), (None, NOW - 1, 0), (NOW - 1, NOW + 1, 1), (0, 10**15, 1)],
)
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_a_list_is_narrowed_by_time(
    client: TestClient,
    recorded: str,
    since: int | None,
    until: int | None,
    count: int,
    ascending: str,
) -> None:
    client.post(f"{recorded}/execute")
    times = {"created_from": since, "created_to": until}
    query = {name: str(time + GREGORIAN) for name, time in times.items() if time is not None}

    assert len(listed(client, recorded, ascending=ascending, **query)) == count


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("status", "done", "enum"),
        ("outcome", "OK", "enum"),
        ("created_from", "today", "type"),
        ("created_to", "-1", "type"),
        ("created_to", "9" * 19, "type"),
        ("created_to", "²", "type"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, path: str, name: str, value: str, rule: str
) -> None:
    answer = client.get(f"{path}/executions", params={name: value})

    assert answer.status_code == 400
    assert answer.json()["data"][name].keys() == {rule}


def test_what_is_long_can_be_left_out(client: TestClient, recorded: str) -> None:
    made = client.post(f"{recorded}/execute", json={"data": {"a": 1}}).json()["data"]
    url = f"{recorded}/executions/{made['execution_id']}"

    def keys(without: str) -> set[str]:
        whole = client.get(url, params={"without": without}).json()["data"]
        return {"input", "result"} & set(whole)

    assert keys("") == {"input", "result"}
    assert keys("input") == {"result"}
    assert keys("result,input") == set()
    assert client.get(url, params={"without": "logs"}).status_code == 400


@pytest.mark.parametrize("execution", ["0" * 32, "x", "A" * 32, first_execution_id(NOW * 1000)])
def test_an_execution_that_is_not_there_is_not_found(
    client: TestClient, path: str, execution: str
) -> None:
    answer = client.get(f"{path}/executions/{execution}")

    assert answer.status_code == 404
    assert answer.json()["data"]["cause"] == execution


def test_executions_of_a_function_that_is_not_there_are_not_found(
    client: TestClient, recorded: str, functions_path: str
) -> None:
    made = client.post(f"{recorded}/execute").json()["data"]["execution_id"]
    client.delete(recorded)

    assert client.get(f"{recorded}/executions").status_code == 404
    assert client.get(f"{recorded}/executions/{made}").status_code == 404
    assert client.get(f"{functions_path}/{'0' * 32}/executions/{made}").status_code == 404


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("record", "some", "enum"),
        ("record", True, "type"),
        ("attempts", 0, "minimum"),
        ("attempts", 11, "maximum"),
        ("attempts", "3", "type"),
        ("attempts", 1.5, "type"),
    ],
)
def test_a_document_that_says_otherwise_is_refused(
    client: TestClient, path: str, name: str, value: object, rule: str
) -> None:
    answer = client.patch(path, json={"data": {name: value}})

    assert answer.status_code == 400
    assert answer.json()["data"][name].keys() == {rule}


def test_a_key_that_may_only_execute_looks_up_one_but_lists_none(
    anonymous: TestClient, client: TestClient, recorded: str
) -> None:
    account = recorded.rpartition("/functions/")[0]
    asked = {"scopes": ["execute"], "function_id": recorded[-32:]}
    key = client.put(f"{account}/api_keys", json={"data": asked}).json()["data"]["api_key"]
    headers = {"x-auth-token": key}
    made = anonymous.post(f"{recorded}/execute", headers=headers).json()["data"]["execution_id"]

    assert anonymous.get(f"{recorded}/executions/{made}", headers=headers).status_code == 200
    assert anonymous.get(f"{recorded}/executions", headers=headers).status_code == 403
