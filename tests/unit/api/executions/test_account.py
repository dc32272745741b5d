"""Kazoo: the executions of all functions of an account, and what they had to tell."""

from collections.abc import Callable
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
from tests.support.clocks import SetClock

Script = Callable[[ExecutionResult | Exception], None]
FAILED = ExecutionResult(
    "",
    Outcome.EXCEPTION,
    error=ExecutionError("Error", "no", details={"fields": {"status": 404}}),
    logs=(LogLine("warn", "careful", 3),),
    usage=Usage(1.5, 1.25, 2.0, cold=True),
)
OTHER = "0" * 32


@pytest.fixture
def account_path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}"


@pytest.fixture
def two(client: TestClient, functions_path: str) -> list[str]:
    """The paths of two functions of which every execution is recorded."""
    paths = []
    for name in ("one", "other"):
        document = {"name": name, "function_js": "return call;", "record": "all"}
        made = client.put(functions_path, json={"data": document})
        paths.append(f"{functions_path}/{made.json()['data']['id']}")
    return paths


def execute(client: TestClient, path: str, clock: SetClock) -> str:
    clock.time_ms += 1
    execution_id: str = client.post(f"{path}/execute").json()["data"]["execution_id"]
    return execution_id


def data_of(client: TestClient, path: str, **query: str) -> Any:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["execution_id"] for item in items]


def test_executions_of_all_functions_are_listed_the_latest_first(
    client: TestClient, account_path: str, two: list[str], clock: SetClock
) -> None:
    made = [execute(client, path, clock) for path in (two[0], two[1], two[0])]

    listed = data_of(client, f"{account_path}/executions")

    assert ids(listed) == made[::-1]
    assert listed[0] == data_of(client, f"{two[0]}/executions")[0]


def test_logs_have_what_a_record_has_without_input_and_result(
    client: TestClient, account_path: str, two: list[str], clock: SetClock, script: Script
) -> None:
    script(FAILED)
    made = execute(client, two[0], clock)

    [entry] = data_of(client, f"{account_path}/logs")["entries"]

    whole = data_of(client, f"{two[0]}/executions/{made}")
    assert entry == {key: whole[key] for key in whole if key not in ("input", "result")}
    assert entry["error"]["fields"] == {"status": 404}
    assert entry["logs"] == [{"level": "warn", "text": "careful", "at_ms": 3}]
