"""Saved calls, and aliases that enforce what they say, in Kazoo's envelope."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.limits import (
    CONTRACT_FAILURES,
    FORCED_REASON_CHARACTERS,
    SAVED_CALL_BYTES,
    SAVED_CALL_WALL_TIME_MS,
    SAVED_CALLS_AT_ONCE,
    SAVED_CALLS_S,
)
from tests.support.clocks import SetClock
from tests.support.fakes import EchoingExecutor

Script = Callable[[ExecutionResult | Exception], None]
REASON = {"force": True, "reason": "the clients know"}


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


@pytest.fixture
def publish(client: TestClient, path: str) -> Callable[..., int]:
    """Change the draft, and publish it."""

    def published(**document: Any) -> int:
        assert client.patch(path, json={"data": document}).status_code == 200
        number: int = client.put(f"{path}/versions", json={"data": {}}).json()["data"]["version"]
        return number

    return published


def save(client: TestClient, path: str, name: str = "greets", **data: Any) -> Any:
    data = data or {"input": {"a": 1}, "expect": {"equal": {"a": 1}}}
    return client.put(f"{path}/calls/{name}", json={"data": data})


def alias(client: TestClient, path: str, **data: Any) -> Any:
    return client.put(f"{path}/aliases/live", json={"data": data})


def test_a_saved_call_is_made_read_replaced_and_removed(client: TestClient, path: str) -> None:
    made = save(client, path)
    read = client.get(f"{path}/calls/greets")
    replaced = save(client, path, input=2, expect={"outcome": "exception"})
    removed = client.delete(f"{path}/calls/greets")

    assert (made.status_code, replaced.status_code) == (201, 200)
    assert made.headers["location"].endswith(f"{path}/calls/greets")
    assert read.json()["data"] == made.json()["data"]
    assert (read.json()["data"]["input"], read.headers["etag"]) == ({"a": 1}, made.headers["etag"])
    assert replaced.json()["data"]["expect"] == {"outcome": "exception"}
    assert removed.json()["data"]["_read_only"] == {"deleted": True}
    for verb in ("GET", "DELETE"):
        assert client.request(verb, f"{path}/calls/greets").status_code == 404


def test_a_write_of_another_revision_is_refused(client: TestClient, path: str) -> None:
    first = save(client, path).headers["etag"]
    save(client, path, input=2, expect={"equal": 2})
    data = {"data": {"input": 3, "expect": {"equal": 3}}}

    stale = client.put(f"{path}/calls/greets", json=data, headers={"if-match": first})
    taken = client.put(f"{path}/calls/greets", json=data, headers={"if-none-match": "*"})

    assert (stale.status_code, taken.status_code) == (412, 412)


def test_saved_calls_are_listed_in_pages_without_what_goes_in(
    client: TestClient, path: str
) -> None:
    names = [f"{'x' * 100}_{number}" for number in range(3)]
    for name in names:
        save(client, path, name)

    first = client.get(f"{path}/calls", params={"page_size": 2, "ascending": "true"}).json()
    start = first["next_start_key"]
    second = client.get(
        f"{path}/calls", params={"page_size": 2, "ascending": "true", "start_key": start}
    ).json()

    assert [call["name"] for call in first["data"] + second["data"]] == names
    assert first["data"][0]["expects"] == "equal"
    assert "input" not in first["data"][0]


def test_no_call_is_named_as_the_verb_beside_it(client: TestClient, path: str) -> None:
    answer = save(client, path, "run")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert save(client, path, "runs").status_code == 201


@pytest.mark.parametrize(
    ("data", "field", "rule"),
    [
        ({"input": 1}, "expect", "required"),
        ({"expect": {"equal": 1}}, "input", "required"),
        ({"input": 1, "expect": {}}, "expect", "error"),
        ({"input": 1, "expect": {"equal": 1, "subset": 1}}, "expect", "error"),
        ({"input": 1, "expect": {"close": 1}}, "expect.close", "additionalProperties"),
        ({"input": 1, "expect": {"outcome": "bad"}}, "expect.outcome", "enum"),
        ({"input": 1, "expect": {"outcome": "internal_error"}}, "expect.outcome", "enum"),
        ({"input": 1, "expect": {"schema": True}}, "expect.schema", "type"),
        ({"input": 1, "expect": {"schema": {"type": "x"}}}, "expect.schema.type", "enum"),
        ({"input": 1, "expect": {"schema": {"$ref": "#"}}}, "expect.schema.$ref", "error"),
        ({"input": 1, "expect": {"equal": 1}, "more": 1}, "more", "additionalProperties"),
        ({"input": "x" * SAVED_CALL_BYTES, "expect": {"equal": 1}}, "data", "maxBytes"),
        ({"input": json.loads("[" * 101 + "]" * 101), "expect": {"equal": 1}}, "input", "maxDepth"),
    ],
)
def test_what_is_no_saved_call_is_refused_with_its_path(
    client: TestClient, path: str, data: dict[str, Any], field: str, rule: str
) -> None:
    answer = save(client, path, **data)

    assert answer.status_code == 400
    assert rule in answer.json()["data"][field]


@pytest.mark.parametrize("name", ["7", "a b", "x" * 129, "$LATEST", "\u00e4"])
def test_a_name_is_as_that_of_an_alias(client: TestClient, path: str, name: str) -> None:
    answer = save(client, path, name)

    assert (answer.status_code, list(answer.json()["data"])) == (400, ["name"])


def test_a_function_has_so_many_and_no_more(
    client: TestClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, Quota.SAVED_CALLS, replace(RULES[Quota.SAVED_CALLS], limit=1))
    save(client, path)

    answer = save(client, path, "another")

    assert answer.status_code == 429
    assert answer.json()["data"]["limit"] == "saved_calls"
    assert save(client, path).status_code == 200


def test_another_account_sees_nothing_of_them(
    client: TestClient, app: Any, services: Services, path: str
) -> None:
    save(client, path)
    other, key = services.accounts.create_top("other")
    stranger = TestClient(app, headers={"x-auth-token": key})
    elsewhere = path.replace(path.split("/")[3], other.id)

    for verb, end in (
        ("GET", "calls"), ("GET", "calls/greets"), ("PUT", "calls/greets"),
        ("DELETE", "calls/greets"), ("POST", "calls/run"),
    ):  # fmt: skip
        body: Any = None if verb in ("GET", "DELETE") else {"data": {}}
        assert stranger.request(verb, f"{path}/{end}", json=body).status_code == 403
    assert stranger.get(f"{elsewhere}/calls/greets").status_code == 404


def test_a_key_that_only_executes_may_not_run_them(
    client: TestClient, app: Any, account_id: str, path: str
) -> None:
    made = client.put(
        f"/v2/accounts/{account_id}/api_keys", json={"data": {"name": "x", "scopes": ["execute"]}}
    )
    executing = TestClient(app, headers={"x-auth-token": made.json()["data"]["api_key"]})

    assert executing.post(f"{path}/calls/run", json={"data": {}}).status_code == 403
    assert executing.get(f"{path}/calls").status_code == 403


def test_all_are_executed_on_the_draft_or_on_a_version_without_records(
    client: TestClient, path: str, publish: Callable[..., int], executed: list[ExecutionRequest]
) -> None:
    publish(function_js="return 1;", record="all", limits={"wall_time_ms": 9_000})
    client.patch(path, json={"data": {"function_js": "return 2;"}})
    save(client, path, "a")
    save(client, path, "b", input={"a": 1}, expect={"subset": {"a": 2}})

    on_draft = client.post(f"{path}/calls/run").json()["data"]
    on_version = client.post(f"{path}/calls/run", json={"data": {"version": 1}}).json()["data"]

    assert (on_draft["version"], on_version["version"]) == ("$LATEST", "1")
    assert (on_draft["passed"], on_draft["failed"]) == (1, 1)
    assert on_draft["calls"] == [
        {
            "name": "a",
            "passed": True,
            "path": None,
            "message": None,
            "expected": None,
            "got": None,
        },
        {
            "name": "b",
            "passed": False,
            "path": "/a",
            "message": "is another value",
            "expected": 2,
            "got": 1,
        },
    ]
    assert sorted({request.version for request in executed}) == ["$LATEST", "1"]
    assert {request.limits.wall_time_ms for request in executed} == {SAVED_CALL_WALL_TIME_MS}
    assert client.get(f"{path}/executions").json()["data"] == []


def test_a_result_is_held_against_a_schema(client: TestClient, path: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    save(client, path, input={"a": 1}, expect={"schema": schema})

    [call] = client.post(f"{path}/calls/run").json()["data"]["calls"]

    assert (call["passed"], call["path"], call["got"]) == (False, "/a", 1)
    assert call["expected"]["keyword"] == "type"


@pytest.mark.parametrize(("version", "status"), [(9, 404), ("live", 400), (0, 400), (None, 400)])
def test_what_is_no_version_runs_nothing(
    client: TestClient, path: str, version: Any, status: int, executed: list[ExecutionRequest]
) -> None:
    save(client, path)

    answer = client.post(f"{path}/calls/run", json={"data": {"version": version}})

    assert (answer.status_code, executed) == (status, [])


def test_an_alias_that_enforces_its_contract_moves_only_where_all_saved_calls_pass(
    client: TestClient, path: str, publish: Callable[..., int], script: Script
) -> None:
    for number in (1, 2):
        publish(function_js=f"return {number};")
    save(client, path)
    save(client, path, "other", input={}, expect={"equal": {}})
    made = alias(client, path, version=1, contract="enforced")
    failed = ExecutionResult("", Outcome.OK, b'{"a":2}')
    script(failed)

    refused = alias(client, path, version=2)

    assert (made.status_code, made.json()["data"]["contract"]) == (201, "enforced")
    assert (refused.status_code, refused.json()["message"]) == (409, "contract_failed")
    calls = refused.json()["data"]["calls"]
    assert [(call["name"], call["path"], call["expected"], call["got"]) for call in calls] == [
        ("greets", "/a", 1, 2),
        ("other", "/a", None, 2),
    ]
    assert client.get(f"{path}/aliases/live").json()["data"]["version"] == 1


def test_a_contract_that_is_off_checks_nothing(
    client: TestClient, path: str, publish: Callable[..., int], executed: list[ExecutionRequest]
) -> None:
    publish(function_js="return 1;")
    save(client, path, input=1, expect={"equal": 2})

    answer = alias(client, path, version=1)

    assert (answer.status_code, answer.json()["data"]["contract"]) == (201, "off")
    assert executed == []


def test_a_contract_is_checked_when_it_is_turned_on_and_when_it_is_turned_off_in_a_move(
    client: TestClient, path: str, publish: Callable[..., int]
) -> None:
    for number in (1, 2):
        publish(function_js=f"return {number};")
    alias(client, path, version=1)
    save(client, path, input=1, expect={"equal": 2})

    turned_on = client.patch(f"{path}/aliases/live", json={"data": {"contract": "enforced"}})
    forced = alias(client, path, version=1, contract="enforced", **REASON)
    described = client.patch(f"{path}/aliases/live", json={"data": {"description": "x"}})
    both = alias(client, path, version=2, contract="off")
    turned_off = alias(client, path, version=1, contract="off")
    moved = alias(client, path, version=2)

    assert [turned_on.status_code, both.status_code] == [409, 409]
    assert [each.status_code for each in (forced, described, turned_off, moved)] == [200] * 4
    assert described.json()["data"]["contract"] == "enforced"


def test_force_needs_a_reason_which_stays_in_the_history(
    client: TestClient, path: str, publish: Callable[..., int], account_id: str
) -> None:
    [own] = client.get(f"/v2/accounts/{account_id}/api_keys").json()["data"]
    for number in (1, 2):
        publish(function_js=f"return {number};")
    alias(client, path, version=1, contract="enforced")
    save(client, path, input=1, expect={"equal": 2})

    refused = [
        alias(client, path, version=2, force=True).json()["data"],
        alias(client, path, version=2, force=True, reason="").json()["data"],
        alias(client, path, version=2, force=True, reason=" \n").json()["data"],
        alias(
            client, path, version=2, force=True, reason="x" * (FORCED_REASON_CHARACTERS + 1)
        ).json()["data"],
    ]
    moved = alias(client, path, version=2, **REASON).json()["data"]
    back = client.post(f"{path}/aliases/live/rollback")
    forced_back = client.post(f"{path}/aliases/live/rollback", json={"data": REASON}).json()["data"]

    assert [list(data["reason"]) for data in refused] == [
        ["required"],
        ["minLength"],
        ["required"],
        ["maxLength"],
    ]
    [move] = moved["history"]
    assert (move["forced"], move["reason"], move["by"]) == (True, REASON["reason"], own["id"])
    assert back.status_code == 409
    assert (forced_back["version"], forced_back["history"][0]["reason"]) == (1, REASON["reason"])


def test_an_alias_is_not_moved_to_a_version_that_takes_less_or_returns_more(
    client: TestClient, path: str, publish: Callable[..., int]
) -> None:
    takes = {"type": "object", "properties": {"name": {"type": "string"}}}
    returns = {"type": "object", "required": ["hello"]}
    publish(function_js="return 1;", input_schema=takes, result_schema=returns)
    publish(
        function_js="return 2;",
        input_schema={**takes, "required": ["name"]},
        result_schema={"type": "object", "required": []},
    )
    client.patch(path, json={"data": {"input_schema": None, "result_schema": None}})
    publish(function_js="return 3;", input_schema={"type": "object"}, result_schema=returns)
    alias(client, path, version=1, contract="enforced")

    refused = alias(client, path, version=2).json()["data"]
    moved = alias(client, path, version=3)

    of = {"version": "2", "before": "1", "what": "may be missing"}
    assert refused["schemas"] == [
        {"of": "input", "path": "/name", **of},
        {"of": "result", "path": "/hello", **of},
    ]
    assert refused["calls"] == []
    assert moved.status_code == 200


def test_a_refusal_lists_no_more_than_so_many_calls(
    client: TestClient, path: str, publish: Callable[..., int]
) -> None:
    publish(function_js="return 1;")
    for number in range(CONTRACT_FAILURES + 1):
        save(client, path, f"call_{number}", input=1, expect={"equal": 2})

    answer = alias(client, path, version=1, contract="enforced").json()["data"]

    assert len(answer["calls"]) == CONTRACT_FAILURES
    assert f"saved calls that fail: {CONTRACT_FAILURES + 1}," in answer["message"]


def test_an_alias_that_is_put_is_made_once_and_then_changed(
    client: TestClient, path: str, publish: Callable[..., int]
) -> None:
    publish(function_js="return 1;")

    made = alias(client, path, version=1)
    changed = alias(client, path, version=1, description="again")
    missing = alias(client, path, version=9)

    assert [made.status_code, changed.status_code, missing.status_code] == [201, 200, 404]
    assert client.put(
        f"{path}/aliases/live", json={"data": {"version": 1}}, headers={"if-none-match": "*"}
    ).status_code == 412  # fmt: skip


def test_saved_calls_go_with_their_function(
    client: TestClient, path: str, services: Services, account_id: str, function_id: str
) -> None:
    save(client, path)
    services.functions.remove(account_id, function_id, soft_delete=False)

    assert client.get(f"{path}/calls").status_code == 404
    document = {"id": function_id, "name": "again", "function_js": "return 1;"}
    services.functions.create(account_id, document)
    assert client.get(f"{path}/calls").json()["data"] == []


def test_a_few_are_executed_at_a_time(
    client: TestClient, path: str, executor: EchoingExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = [0]
    most: list[int] = []

    async def execute(request: ExecutionRequest) -> ExecutionResult:
        under_way[0] += 1
        most.append(under_way[0])
        for _ in range(20):
            await asyncio.sleep(0)  # lets the others run
        under_way[0] -= 1
        return executor.execute(request)

    monkeypatch.setattr(executor, "execute_async", execute)
    for number in range(3 * SAVED_CALLS_AT_ONCE):
        save(client, path, f"call_{number}")

    report = client.post(f"{path}/calls/run").json()["data"]

    assert (report["passed"], max(most)) == (3 * SAVED_CALLS_AT_ONCE, SAVED_CALLS_AT_ONCE)


def test_none_begins_when_the_time_for_all_is_over(
    client: TestClient, path: str, executor: EchoingExecutor, clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async def execute(request: ExecutionRequest) -> ExecutionResult:
        clock.time_ms += SAVED_CALLS_S * 1000 // 2
        return executor.execute(request)

    monkeypatch.setattr(executor, "execute_async", execute)
    for number in range(4):
        save(client, path, f"call_{number}")

    report = client.post(f"{path}/calls/run").json()["data"]

    assert [call["passed"] for call in report["calls"]] == [True, True, False, False]
    assert report["calls"][2]["message"].startswith("was not executed: the 15 s")


def test_an_executor_without_time_is_no_failure_of_a_call(
    client: TestClient, path: str, script: Script
) -> None:
    save(client, path)
    script(ExecutorBusyError())

    assert client.post(f"{path}/calls/run").status_code == 503
