"""Kazoo: what keeps failing is disabled, can be looked up, and is enabled again."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.limits import DISABLE_AFTER_FAILURES

Script = Callable[[ExecutionResult | Exception], None]
FAILED = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no items"))


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


@pytest.fixture
def failing(client: TestClient, path: str, script: Script) -> str:
    """A function that failed so often that it was disabled."""
    script(FAILED)
    for _ in range(DISABLE_AFTER_FAILURES):
        assert client.post(f"{path}/execute").status_code == 200
    return path


def test_one_failure_less_disables_nothing(client: TestClient, path: str, script: Script) -> None:
    script(FAILED)
    for _ in range(DISABLE_AFTER_FAILURES - 1):
        client.post(f"{path}/execute")

    assert client.get(path).json()["data"]["enabled"] is True


def test_what_keeps_failing_is_disabled_and_says_why(
    client: TestClient, functions_path: str, failing: str
) -> None:
    document = client.get(failing).json()["data"]
    (listed,) = client.get(functions_path).json()["data"]

    assert document["enabled"] is listed["enabled"] is False
    assert "6 failures" in document["_read_only"]["disable_reason"]
    assert listed["disable_reason"] == document["_read_only"]["disable_reason"]
    refused = client.post(f"{failing}/execute")
    assert (refused.status_code, refused.json()["message"]) == (400, "disabled")


def test_codemash_does_not_count(client: TestClient, path: str, script: Script) -> None:
    script(FAILED)
    function_id = path[-32:]
    for _ in range(DISABLE_AFTER_FAILURES + 1):
        client.post(f"/v2/serverless/functions/{function_id}/execute")

    assert client.get(path).json()["data"]["enabled"] is True


def test_enabling_it_clears_the_reason_and_restarts_the_count(
    client: TestClient, failing: str
) -> None:
    enabled = client.patch(failing, json={"data": {"enabled": True}}).json()["data"]
    client.post(f"{failing}/execute")

    assert "_read_only" not in enabled
    assert client.get(failing).json()["data"]["enabled"] is True


def test_all_that_failed_are_enabled_at_once(
    client: TestClient, functions_path: str, failing: str, disabled_id: str
) -> None:
    answer = client.patch(functions_path, json={"data": {"re-enable": True}})

    assert [function["id"] for function in answer.json()["data"]] == [failing[-32:]]
    assert client.get(failing).json()["data"]["enabled"] is True
    assert client.get(f"{functions_path}/{disabled_id}").json()["data"]["enabled"] is False


@pytest.mark.parametrize("data", [{}, {"re-enable": False}, {"name": "x"}])
def test_a_collection_is_patched_for_nothing_else(
    client: TestClient, functions_path: str, data: dict[str, object]
) -> None:
    answer = client.patch(functions_path, json={"data": data})

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"re-enable"}


def test_attempts_are_listed_newest_first_in_pages(client: TestClient, failing: str) -> None:
    first = client.get(f"{failing}/attempts", params={"page_size": 4}).json()
    second = client.get(
        f"{failing}/attempts", params={"page_size": 4, "start_key": first["next_start_key"]}
    ).json()

    attempts = first["data"] + second["data"]
    assert len({attempt["execution_id"] for attempt in attempts}) == DISABLE_AFTER_FAILURES
    assert "next_start_key" not in second
    assert (
        attempts[0].items()
        >= {
            "function_id": failing[-32:],
            "result": "failure",
            "reason": "exception",
            "client_error": "no items",
            "timestamp": 1_710_253_474 + 62_167_219_200,
            "version": "$LATEST",
        }.items()
    )


def test_a_function_that_is_not_there_has_no_attempts(
    client: TestClient, functions_path: str
) -> None:
    assert client.get(f"{functions_path}/{'0' * 32}/attempts").status_code == 404


def test_a_result_has_to_be_a_callflow_where_one_is_asked_for(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.OK, b'{"module": "nonsense"}'))

    free = client.post(f"{path}/execute").json()["data"]
    expected = client.post(f"{path}/execute", params={"validate": "callflow"}).json()["data"]

    assert free["outcome"] == "ok"
    assert expected["outcome"] == "invalid_result"
    assert "unable to find callflow schema for module nonsense" in expected["error"]["message"]


def test_a_result_is_validated_as_nothing_else(client: TestClient, path: str) -> None:
    answer = client.post(f"{path}/execute", params={"validate": "xml"})

    assert answer.status_code == 400
    assert answer.json()["data"]["validate"]["enum"]["target"] == ["callflow"]
