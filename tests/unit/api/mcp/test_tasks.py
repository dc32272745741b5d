"""Calls of tools as tasks, which are executed by the queue."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.limits import PAGE_SIZE, RECORD_S, TASK_WAIT_S, TASK_WAITS
from isolambda_core.domain.queue.messages import Acknowledge
from tests.support.mcp_messages import MODERN, OLD, Ask
from tests.support.services import Perform

METHODS = ("tasks/get", "tasks/result", "tasks/list", "tasks/cancel")
ANNOUNCED: dict[str, Any] = {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}
Add = Callable[..., str]
Begin = Callable[..., dict[str, Any]]


@pytest.fixture
def begin(ask: Ask) -> Begin:
    """Call the tool as a task, and return the task."""

    def begin(**more: str) -> dict[str, Any]:
        params = {"name": "say_hi", "arguments": {"name": "Ada"}, "task": {"ttl": 1}}
        task: dict[str, Any] = ask("tools/call", params, **more).json()["result"]["task"]
        return task

    return begin


@pytest.fixture
def impatient(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have no request wait for longer than a moment, and return for how long they would have."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    service = replace(services.tasks._made, wait=wait)  # type: ignore[attr-defined]
    monkeypatch.setitem(services.tasks.__dict__, "_made", service)
    return waited


def test_a_task_is_answered_at_once_and_executed_later(
    add: Add, ask: Ask, begin: Begin, perform: Perform, executed: list[ExecutionRequest]
) -> None:
    add(result_schema={"type": "object"})

    task = begin()

    assert executed == []
    assert (task["status"], task["ttl"]) == ("working", RECORD_S * 1_000)
    assert task["createdAt"] == task["lastUpdatedAt"] == "2024-03-12T14:24:34.000Z"
    found = ask("tasks/get", {"taskId": task["taskId"]}).json()["result"]
    assert found == task
    perform()
    found = ask("tasks/get", {"taskId": task["taskId"]}).json()["result"]
    assert found["status"] == "completed"
    result = ask("tasks/result", {"taskId": task["taskId"]}).json()["result"]
    assert result["isError"] is False
    assert result["structuredContent"] == {"name": "Ada"}
    [request] = executed
    assert result["_meta"] == {
        "isolambda/execution_id": request.execution_id,
        "isolambda/outcome": "ok",
        "io.modelcontextprotocol/related-task": {"taskId": task["taskId"]},
    }


def test_a_function_learns_who_began_its_task(
    add: Add,
    begin: Begin,
    perform: Perform,
    executed: list[ExecutionRequest],
    services: Services,
    account_id: str,
) -> None:
    add()
    begin()
    perform()

    [own] = services.keys.list(account_id)
    context = json.loads(executed[0].context)
    assert (context["trigger"], context["caller"]) == ("mcp", {"key_id": own.id})


def test_a_task_that_fails_says_why_and_its_result_is_an_error(
    add: Add, ask: Ask, begin: Begin, perform: Perform, script: Callable[[Any], None]
) -> None:
    add(attempts=1)
    task = begin()
    error = ExecutionError("TypeError", "no such customer", "at function.js:3:9")
    script(ExecutionResult("", Outcome.EXCEPTION, error=error))
    perform()

    found = ask("tasks/get", {"taskId": task["taskId"]}).json()["result"]
    result = ask("tasks/result", {"taskId": task["taskId"]}).json()["result"]

    assert found["status"] == "failed"
    assert found["statusMessage"] == "exception: TypeError: no such customer"
    assert result["isError"] is True
    assert "at function.js:3:9" in result["content"][0]["text"]


def test_the_result_of_a_task_is_waited_for_and_not_for_ever(
    add: Add, ask: Ask, begin: Begin, impatient: list[float]
) -> None:
    add()
    task = begin()

    error = ask("tasks/result", {"taskId": task["taskId"]}).json()["error"]

    assert (error["code"], error["message"]) == (
        -32000,
        "the task has not ended; ask for its result again",
    )
    assert TASK_WAIT_S <= sum(impatient) < TASK_WAIT_S + 1


def test_those_who_wait_are_bounded(
    add: Add, ask: Ask, begin: Begin, impatient: list[float], services: Services, account_id: str
) -> None:
    add()
    task = begin()
    services.tasks.waiting.add(f"tasks of {account_id}", TASK_WAITS)

    error = ask("tasks/result", {"taskId": task["taskId"]}).json()["error"]

    assert (error["code"], impatient) == (-32000, [])


def test_a_task_is_there_for_the_key_that_began_it_alone(
    add: Add, ask: Ask, begin: Begin, services: Services, account_id: str
) -> None:
    add()
    task_id = begin()["taskId"]
    _, other = services.keys.create(account_id, [Scope.EXECUTE], None)
    bearer = {"authorization": f"Bearer {other}"}

    for method in ("tasks/get", "tasks/result", "tasks/cancel"):
        error = ask(method, {"taskId": task_id}, **bearer).json()["error"]
        assert (error["code"], error["message"]) == (-32602, "there is no such task")
    assert ask("tasks/list", {}, **bearer).json()["result"] == {"tasks": []}
    assert ask("tasks/get", {"taskId": task_id}).json()["result"]["status"] == "working"


def test_ids_that_no_task_has_are_refused(
    add: Add, ask: Ask, begin: Begin, executed: list[ExecutionRequest]
) -> None:
    function_id = add()
    task_id = begin()["taskId"]
    ask("tools/call", {"name": "say_hi"})
    forged = function_id + executed[0].execution_id + task_id[64:]

    for made_up in ("", "x", "0" * 96, task_id[:-1], task_id.upper(), "é" * 96, forged, 1, None):
        for method in ("tasks/get", "tasks/result", "tasks/cancel"):
            assert ask(method, {"taskId": made_up}).json()["error"]["code"] == -32602
    assert ask("tasks/get", {}).json()["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("version", "method", "status"),
    [
        (OLD, "tasks/update", 200),
        *(("2025-06-18", method, 200) for method in METHODS),
        *((MODERN, method, 404) for method in METHODS),
    ],
)
def test_what_is_not_announced_is_not_there(
    ask: Ask, version: str, method: str, status: int
) -> None:
    answer = ask(method, {"taskId": "0" * 96}, version)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, -32601)


@pytest.mark.parametrize("version", ["2025-06-18", MODERN])
def test_other_versions_have_no_tasks_and_the_call_is_answered_as_ever(
    add: Add, ask: Ask, version: str
) -> None:
    add()

    [tool] = ask("tools/list", {}, version).json()["result"]["tools"]
    params = {"name": "say_hi", "arguments": {"a": 1}, "task": {"ttl": 1}}
    result = ask("tools/call", params, version).json()["result"]

    assert "execution" not in tool
    assert json.loads(result["content"][0]["text"]) == {"a": 1}


def test_a_call_that_a_person_is_to_approve_is_no_task(
    add: Add, ask: Ask, executed: list[ExecutionRequest]
) -> None:
    add(tool={"approval": True})

    [tool] = ask("tools/list").json()["result"]["tools"]
    error = ask("tools/call", {"name": "say_hi", "task": {}}).json()["error"]

    assert "execution" not in tool
    assert error["code"] == -32601
    assert executed == []


def test_a_task_that_cannot_be_executed_is_refused(
    add: Add, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(input_schema={"type": "object", "required": ["name"]})
    params = {"name": "say_hi", "arguments": {}, "task": {}}

    unfit = ask("tools/call", params).json()["error"]
    rule = replace(RULES[Quota.WAITING_EXECUTIONS], limit=0)
    monkeypatch.setitem(RULES, Quota.WAITING_EXECUTIONS, rule)
    full = ask("tools/call", {**params, "arguments": {"name": "Ada"}})

    assert unfit["code"] == -32602
    assert "does not fit its schema" in unfit["message"]
    assert full.status_code == 429
    assert "the limit is 0" in full.json()["error"]["message"]


@pytest.mark.parametrize(
    ("where", "version", "tasks"),
    [("", OLD, ANNOUNCED), ("", "2025-06-18", None), ("/code", OLD, None)],
)
def test_a_client_learns_what_it_can_do_with_tasks(
    bare: TestClient, path: str, key: str, where: str, version: str, tasks: Any
) -> None:
    info = {"name": "a", "version": "1"}
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": info}
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}

    headers = {"authorization": f"Bearer {key}"}
    result = bare.post(path + where, json=message, headers=headers).json()["result"]

    assert result["capabilities"].get("tasks") == tasks


def test_a_client_lists_what_it_began_as_tasks_and_nothing_else(
    add: Add, ask: Ask, begin: Begin, client: TestClient, path: str
) -> None:
    function_id = add()
    first, second = begin(), begin()
    ask("tools/call", {"name": "say_hi"})
    later = {"prefer": "respond-async"}
    execute = f"{path.removesuffix('mcp')}functions/{function_id}/execute"
    assert client.post(execute, json={"data": {}}, headers=later).status_code == 202

    assert ask("tasks/list").json()["result"] == {"tasks": [second, first]}


def test_a_list_of_tasks_has_pages(add: Add, ask: Ask, begin: Begin) -> None:
    add()
    begun = [begin() for _ in range(PAGE_SIZE + 1)]

    page = ask("tasks/list").json()["result"]
    rest = ask("tasks/list", {"cursor": page["nextCursor"]}).json()["result"]

    assert [*page["tasks"], *rest["tasks"]] == begun[::-1]
    assert (len(page["tasks"]), "nextCursor" in rest) == (PAGE_SIZE, False)


@pytest.mark.parametrize(
    "cursor", ["", "x", "fn4=", "é", "AAAA", "A" * 100_000, 1, [], {}, True, 1.5]
)
def test_a_cursor_that_no_page_of_tasks_had_is_refused(ask: Ask, cursor: Any) -> None:
    error = ask("tasks/list", {"cursor": cursor}).json()["error"]

    assert (error["code"], error["message"]) == (-32602, "cursor is none that a page had")


def test_a_task_that_is_cancelled_is_not_executed(
    add: Add, ask: Ask, begin: Begin, perform: Perform, executed: list[ExecutionRequest]
) -> None:
    add()
    task = begin()

    cancelled = ask("tasks/cancel", {"taskId": task["taskId"]}).json()["result"]

    assert cancelled["status"] == "cancelled"
    assert perform() == Acknowledge()
    assert executed == []
    assert ask("tasks/get", {"taskId": task["taskId"]}).json()["result"] == cancelled
    assert ask("tasks/list").json()["result"]["tasks"] == [cancelled]
    error = ask("tasks/result", {"taskId": task["taskId"]}).json()["error"]
    assert (error["code"], error["message"]) == (-32000, "the task was cancelled")


def test_a_task_that_has_ended_is_not_cancelled(
    add: Add, ask: Ask, begin: Begin, perform: Perform
) -> None:
    add()
    task_id = begin()["taskId"]
    perform()

    error = ask("tasks/cancel", {"taskId": task_id}).json()["error"]

    assert (error["code"], error["message"]) == (-32602, "the task has ended")
    assert ask("tasks/get", {"taskId": task_id}).json()["result"]["status"] == "completed"


def test_the_record_of_a_task_that_is_cancelled_says_so(
    add: Add, ask: Ask, begin: Begin, client: TestClient, path: str
) -> None:
    function_id = add()
    ask("tasks/cancel", {"taskId": begin()["taskId"]})

    records = f"{path.removesuffix('mcp')}functions/{function_id}/executions"
    [record] = client.get(records).json()["data"]

    assert (record["status"], record["outcome"]) == ("failed", "internal_error")
    assert record["error"] == {
        "name": "Cancelled",
        "message": "the client has cancelled the task",
    }
