"""Kazoo: a function is executed, and the envelope has its outcome."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAYLOAD_BYTES

Script = Callable[[ExecutionResult | Exception], None]


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}/execute"


def test_the_data_is_the_call_and_the_result_is_a_value(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    answer = client.post(path, json={"data": {"name": "Ona", "n": [1, 2.5, None]}})

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert is_id(data["execution_id"])
    assert data == {
        "execution_id": executed[0].execution_id,
        "outcome": "ok",
        "result": {"name": "Ona", "n": [1, 2.5, None]},
        "error": None,
        "logs": [],
        "usage": {"wall_ms": 0.0, "cpu_ms": 0.0, "memory_mb": 0.0, "cold": False, "fetches": 0},
        "fetches": [],
        "version": "$LATEST",
    }
    assert executed[0].source == "return {hi: call.name};"
    assert "etag" not in answer.headers


def test_no_body_is_an_empty_call(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    assert client.post(path).status_code == 200
    assert executed[0].input == b"{}"


def test_the_call_keeps_its_text(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    answer = client.post(path, content=r'{"data": {"a": "ž\ud800"}}'.encode())

    assert executed[0].input == r'{"a":"ž\ud800"}'.encode()
    assert answer.json()["data"]["result"] == {"a": "ž\ud800"}


def test_undefined_is_null(client: TestClient, path: str, script: Script) -> None:
    script(ExecutionResult("", Outcome.OK, None))

    assert client.post(path).json()["data"]["result"] is None


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.OK])
def test_every_outcome_is_a_success_of_the_request(
    client: TestClient, path: str, script: Script, outcome: Outcome
) -> None:
    script(
        ExecutionResult(
            "",
            outcome,
            error=ExecutionError("TypeError", "no", "at function_js:1:2", 1, 2),
            logs=(LogLine("info", "hello", 3),),
            usage=Usage(1.5, 1.25, 2.0, cold=True),
        )
    )

    answer = client.post(path)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data["outcome"] == outcome
    assert data["result"] is None
    assert data["error"] == {
        "name": "TypeError",
        "message": "no",
        "stack": "at function_js:1:2",
        "line": 1,
        "column": 2,
        "exceeded": None,
    }
    assert data["logs"] == [{"level": "info", "text": "hello", "at_ms": 3}]
    assert data["usage"] == {
        "wall_ms": 1.5, "cpu_ms": 1.25, "memory_mb": 2.0, "cold": True, "fetches": 0
    }  # fmt: skip


def test_what_an_error_carries_stands_beside_its_name(
    client: TestClient, path: str, script: Script
) -> None:
    carried: Mapping[str, JsonValue] = {
        "name": "E",
        "message": "m",
        "stack": "s",
        "line": 1,
        "column": None,
    }
    details: Mapping[str, JsonValue] = {
        "fields": {"status": 404, "list": [None, "\ud800"]},
        "cause": {**carried, "cause": {"value": "why"}},
        "errors": [carried, {"value": 5}],
        "error": {"value": None},
        "suppressed": carried,
    }
    error = ExecutionError("Error", "no", details=details)
    script(ExecutionResult("", Outcome.EXCEPTION, error=error))

    shown = client.post(path).json()["data"]["error"]

    plain = {"stack": "", "line": None, "column": None, "exceeded": None}
    assert shown == {"name": "Error", "message": "no", **plain, **details}


def test_what_was_refused_is_reported_without_a_number(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.EXCEEDED_MEMORY, error=exceeded("memory_mb", 64)))

    error = client.post(path).json()["data"]["error"]

    assert error["exceeded"] == {"limit": "memory_mb", "value": 64, "used": None}


def test_an_exceeded_limit_is_reported_with_its_numbers(
    client: TestClient, path: str, script: Script
) -> None:
    script(
        ExecutionResult("", Outcome.EXCEEDED_WALL_TIME, error=exceeded("wall_time_ms", 5000, 5004))
    )

    error = client.post(path).json()["data"]["error"]

    assert error["exceeded"] == {"limit": "wall_time_ms", "value": 5000, "used": 5004}


def test_a_result_may_nest_deeper_than_python_can_follow(
    app: FastAPI, key: str, path: str, script: Script
) -> None:
    nested = "[" * 1_000_000 + "]" * 1_000_000
    script(ExecutionResult("", Outcome.OK, nested.encode()))

    answer = TestClient(app).post(path, headers={"x-auth-token": key})

    assert answer.status_code == 200
    assert f'"result":{nested},"error":null' in answer.text


def test_a_lone_surrogate_in_a_result_leaves_as_the_escape_that_it_is(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.OK, r'"ž\ud800"'.encode()))

    answer = client.post(path)

    assert answer.json()["data"]["result"] == "ž\ud800"
    assert rb"\ud800" in answer.content


def test_latest_may_be_named(client: TestClient, path: str) -> None:
    assert client.post(f"{path}?qualifier=$LATEST").status_code == 200
    assert client.post(f"{path}?qualifier=").status_code == 200


@pytest.mark.parametrize("qualifier", ["1", "live", "x" * 5000])
def test_an_unknown_qualifier_is_a_bad_identifier(
    client: TestClient, path: str, executed: list[ExecutionRequest], qualifier: str
) -> None:
    answer = client.post(f"{path}?qualifier={qualifier}")

    assert answer.status_code == 404
    assert answer.json()["message"] == "bad_identifier"
    assert answer.json()["data"]["cause"] == qualifier
    assert executed == []


def test_a_disabled_function_is_not_executed(
    client: TestClient, functions_path: str, disabled_id: str, executed: list[ExecutionRequest]
) -> None:
    answer = client.post(f"{functions_path}/{disabled_id}/execute")

    assert answer.status_code == 400
    assert answer.json()["message"] == "disabled"
    assert answer.json()["data"] == {"message": "entity disabled"}
    assert executed == []


def test_an_unknown_function_is_not_executed(
    client: TestClient, functions_path: str, executed: list[ExecutionRequest]
) -> None:
    assert client.post(f"{functions_path}/{'0' * 32}/execute").status_code == 404
    assert executed == []


def test_an_input_over_its_limit_is_refused_with_both_numbers(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    body = {"data": {"a": "x" * PAYLOAD_BYTES}}

    answer = client.post(path, content=json.dumps(body))

    assert answer.status_code == 400
    assert answer.json()["data"]["file"]["maxSize"] == {
        "message": f"Payload or Files must not be more than {PAYLOAD_BYTES} bytes",
        "target": PAYLOAD_BYTES,
        "value": PAYLOAD_BYTES + len('{"a":""}'),
    }
    assert executed == []


def test_an_input_is_measured_in_utf_8(client: TestClient, path: str) -> None:
    text = "ž" * (PAYLOAD_BYTES // 2 - 8)

    answer = client.post(path, content=json.dumps({"data": {"a": text}}, ensure_ascii=False))

    assert answer.status_code == 200


@pytest.mark.parametrize("data", [[], 1, "x", None])
def test_the_call_must_be_an_object(client: TestClient, path: str, data: Any) -> None:
    answer = client.post(path, json={"data": data})

    assert answer.status_code == 400
    assert answer.json()["data"]["data"].keys() == {"type"}


def test_a_busy_executor_asks_for_patience(client: TestClient, path: str, script: Script) -> None:
    script(ExecutorBusyError())

    answer = client.post(path)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"] == "503"


def test_an_executor_out_of_reach_is_a_bad_gateway(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutorUnavailableError())

    answer = client.post(path)

    assert answer.status_code == 502
    assert answer.json()["message"] == "bad_gateway"


@pytest.mark.parametrize("prefer", ["", "respond-async"])
def test_an_input_that_does_not_fit_its_schema_is_refused_with_its_path(
    client: TestClient,
    functions_path: str,
    function_id: str,
    path: str,
    executed: list[ExecutionRequest],
    prefer: str,
) -> None:
    schema = {"properties": {"lines": {"items": {"required": ["sku"]}}}}
    patched = client.patch(
        f"{functions_path}/{function_id}", json={"data": {"input_schema": schema}}
    )
    assert patched.status_code == 200, patched.json()

    answer = client.post(path, json={"data": {"lines": [{}]}}, headers={"prefer": prefer})

    assert answer.status_code == 400
    assert answer.json()["message"] == "validation error"
    assert answer.json()["data"]["lines.0.sku"]["required"]["message"] == "is missing"
    assert executed == []
