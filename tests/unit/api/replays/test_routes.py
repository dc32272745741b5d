"""Replays of recorded executions, in Kazoo's envelope."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.testclient import TestClient
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.executions.errors import ExecutorBusyError, ExecutorUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.executions.records import ExecutionPayload
from isolambda_core.domain.limits import (
    REPLAY_SAMPLE_MAX,
    REPLAY_WALL_TIME_MS,
    REPLAYS_AT_ONCE,
    REPLAYS_S,
)
from isolambda_core.services.replays import replays
from tests.support.clocks import SetClock
from tests.support.fakes import EchoingExecutor, ScriptedExecutor
from tests.support.samples import ORIGIN

Publish = Callable[..., int]
Behaviour = Callable[[ExecutionRequest], bytes | ExecutionResult]
OPERATIONS = RecordedOperations(
    (RecordedOperation("kv", '{"key":"a","op":"get"}', (RecordedReply('{"end":true,"value":1}'),)),)
)


@dataclass
class ExecutorOfVersions(EchoingExecutor):
    """Executes each version as its behaviour is, and any other as an echo of the input."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        behaviour = self.behaviours.get(request.version.split()[0])
        if request.compile_only or behaviour is None:
            return super().execute(request)
        self.requests.append(request)
        result = behaviour(request)
        ended = result if isinstance(result, ExecutionResult) else returned(result)
        return replace(ended, execution_id=request.execution_id)


def returned(result: bytes, operations: RecordedOperations | None = None) -> ExecutionResult:
    return ExecutionResult("", Outcome.OK, result, recorded=operations)


def versions_of(requests: list[ExecutionRequest]) -> list[str]:
    return [request.version.split()[0] for request in requests]


@pytest.fixture
def executor(compiler: ScriptedExecutor) -> ExecutorOfVersions:
    return ExecutorOfVersions(compiler=compiler)


@pytest.fixture
def behaviours(executor: ExecutorOfVersions) -> dict[str, Behaviour]:
    """How versions behave, by their numbers."""
    return executor.behaviours


@pytest.fixture
def path(client: TestClient, functions_path: str, function_id: str) -> str:
    """A function that keeps records, with two versions, the first of which is live."""
    path = f"{functions_path}/{function_id}"
    assert (
        client.patch(path, json={"data": {"record": "replayable", "kv": ["n"]}}).status_code == 200
    )
    for number in (1, 2):
        client.patch(path, json={"data": {"function_js": f"return {number};"}})
        made = client.put(f"{path}/versions", json={"data": {}})
        assert made.json()["data"]["version"] == number
    assert client.put(f"{path}/aliases/live", json={"data": {"version": 1}}).status_code == 201
    return path


@pytest.fixture
def execute(client: TestClient, path: str, executed: list[ExecutionRequest]) -> Callable[..., str]:
    """Execute what is live, and forget that it was."""

    def execute(payload: Any = None) -> str:
        answer = client.post(
            f"{path}/execute", params={"qualifier": "live"}, json={"data": payload or {"a": 1}}
        )
        assert answer.status_code == 200
        executed.clear()
        execution_id: str = answer.json()["data"]["execution_id"]
        return execution_id

    return execute


def replay(client: TestClient, path: str, **data: Any) -> Any:
    data = {"from": "live", "to": "2", **data}
    return client.post(f"{path}/replays", json={"data": data})


def report(client: TestClient, path: str, **data: Any) -> Any:
    answer = replay(client, path, **data)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_a_recorded_execution_is_executed_on_both_versions(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    executed: list[ExecutionRequest],
) -> None:
    id = execute({"a": 1})  # noqa: A001

    found = report(client, path)

    assert (found["from"], found["to"]) == ("1", "2")
    [replayed] = found["executions"]
    assert (replayed["execution_id"], replayed["verdict"]) == (id, "equal")
    assert found["summary"]["compared"] == found["summary"]["equal"] == 1
    assert versions_of(executed) == ["1", "1", "2"]
    assert {request.input for request in executed} == {b'{"a":1}'}
    assert "next_start_key" not in found


def test_a_difference_is_told_once_a_second_pair_has_it_too(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    executed: list[ExecutionRequest],
    behaviours: dict[str, Behaviour],
) -> None:
    execute()
    behaviours["2"] = lambda _: b'{"a":2}'

    found = report(client, path)

    assert versions_of(executed) == ["1", "1", "2", "1", "2"]
    [replayed] = found["executions"]
    assert replayed["differences"] == [
        {"path": "/result/a", "kind": "changed", "old": 1, "new": 2, "times": 1}
    ]
    assert found["summary"]["different_percent"] == 100


def test_what_differs_by_itself_in_one_execution_counts_in_none(
    client: TestClient, path: str, execute: Callable[..., str], behaviours: dict[str, Behaviour]
) -> None:
    numbers = iter(range(100))

    def old(request: ExecutionRequest) -> bytes:
        is_noisy = json.loads(request.input)["noisy"]
        return json.dumps({"id": next(numbers) if is_noisy else -1}).encode()

    behaviours["1"] = old
    behaviours["2"] = lambda _: b'{"id":-2}'
    execute({"noisy": False})
    execute({"noisy": True})

    found = report(client, path)

    assert [each["verdict"] for each in found["executions"]] == ["equal", "equal"]
    assert found["noise"] == {"paths": ["/result/id"], "members": []}


def test_the_code_is_answered_from_the_record_and_gets_the_context_of_then(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    services: Services,
    executed: list[ExecutionRequest],
) -> None:
    _, _, _, account_id, _, function_id = path.split("/")
    record, payload = services.records.fetch(account_id, function_id, execute())
    kept = replace(record, execution_id="0" * 32, trigger="codemash")
    result = returned(b'{"a":1}', OPERATIONS)
    services.records.add(kept, ExecutionPayload(payload.input, ORIGIN, result))

    report(client, path)

    requests = [request for request in executed if request.replay == OPERATIONS]
    assert versions_of(requests) == ["1", "1", "2"]
    contexts = [json.loads(request.context) for request in requests]
    assert {context["execution_id"] for context in contexts}.isdisjoint({kept.id})
    for context in contexts:
        assert (context["qualifier"], context["function"]["version"]) == ("live", "1")
        assert (context["meta"], context["tokens"]) == (ORIGIN.meta, ORIGIN.tokens)
        assert context["trigger"] == "codemash"
    assert all(request.kv is None and request.tools is None for request in executed)


def test_a_replay_shares_its_isolates_with_nothing(
    client: TestClient, path: str, execute: Callable[..., str], executed: list[ExecutionRequest]
) -> None:
    execute()

    report(client, path)
    first = {request.version for request in executed}
    report(client, path)
    second = {request.version for request in executed} - first

    assert (len(first), len(second)) == (2, 2)
    assert {"1", "2"}.isdisjoint(first | second)


def test_more_time_is_measured_again_before_it_is_reported(
    client: TestClient, path: str, execute: Callable[..., str], behaviours: dict[str, Behaviour]
) -> None:
    for _ in range(17):
        execute()
    seen: list[str] = []

    def slow_in(passes: int) -> Behaviour:
        def behave(request: ExecutionRequest) -> ExecutionResult:
            seen.extend({request.version} - {*seen})
            cpu_ms = 50.0 if len(seen) <= passes else 1.0
            return replace(returned(request.input), usage=Usage(cpu_ms=cpu_ms))

        return behave

    behaviours["1"] = lambda request: replace(returned(request.input), usage=Usage(cpu_ms=1.0))
    behaviours["2"] = slow_in(passes=1)
    once = report(client, path)["summary"]
    seen.clear()
    behaviours["2"] = slow_in(passes=2)
    twice = report(client, path)["summary"]

    assert (once["cpu_ms"]["more"], twice["cpu_ms"]["more"]) == (False, True)
    assert len(seen) == 2
    assert (twice["equal"], twice["cpu_ms"]["new"]) == (17, 50.0)


def test_what_a_record_does_not_say_is_answered_with_nothing(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    executed: list[ExecutionRequest],
    behaviours: dict[str, Behaviour],
) -> None:
    execute()
    unanswered = returned(b"1", RecordedOperations(unrecorded=1))
    behaviours["1"] = lambda _: unanswered

    [replayed] = report(client, path)["executions"]

    assert [request.replay for request in executed] == [RecordedOperations()]
    assert (replayed["verdict"], replayed["reason"]) == (
        "skipped",
        "the old version asks what the record does not have",
    )


def test_a_new_request_of_the_new_version_is_a_difference(
    client: TestClient, path: str, execute: Callable[..., str], behaviours: dict[str, Behaviour]
) -> None:
    execute()
    asked = RecordedOperation("fetch", '{"method":"GET","url":"https://a.test/"}')
    unanswered = returned(b'{"a":1}', RecordedOperations((asked,), unrecorded=1))
    behaviours["2"] = lambda _: unanswered

    found = report(client, path)

    [replayed] = found["executions"]
    [request] = replayed["requests"]
    assert (request["path"], request["kind"]) == ("/requests/GET https:~1~1a.test~1", "added")
    assert "old" not in request
    assert (replayed["differences"], found["summary"]["other_requests"]) == ([], 1)


def test_nothing_is_left_but_what_is_counted(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    account_id: str,
    behaviours: dict[str, Behaviour],
) -> None:
    execute()
    failed = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("Error", "no"))
    behaviours["2"] = lambda _: failed

    for _ in range(10):
        [replayed] = report(client, path)["executions"]
        assert replayed["differences"][0]["path"] == "/outcome"

    assert len(client.get(f"{path}/executions").json()["data"]) == 1
    assert client.get(path).json()["data"].get("_read_only", {}).get("disabled") is None
    del behaviours["2"]
    assert client.post(f"{path}/execute", params={"qualifier": "2"}).status_code == 200
    counts = client.get(f"/v2/accounts/{account_id}/usage", params={"by": "day"}).json()["data"]
    assert [count["executions"] for count in counts] == [1 + 10 * 5 + 1]


def test_an_execution_takes_no_longer_than_a_replay_waits(
    client: TestClient, path: str, execute: Callable[..., str], executed: list[ExecutionRequest]
) -> None:
    execute()
    client.patch(path, json={"data": {"limits": {"wall_time_ms": 20_000}}})

    report(client, path, to="$LATEST")

    assert {request.limits.wall_time_ms for request in executed} == {REPLAY_WALL_TIME_MS}


def test_an_input_that_only_the_new_version_refuses_is_a_difference(
    client: TestClient, path: str, execute: Callable[..., str]
) -> None:
    execute({"a": 1})
    schema = {"type": "object", "required": ["b"]}
    client.patch(path, json={"data": {"input_schema": schema}})

    [replayed] = report(client, path, to="$LATEST")["executions"]
    [skipped] = report(client, path, **{"from": "$LATEST", "to": "1"})["executions"]

    assert replayed["differences"][0]["new"] == "refused"
    assert skipped["reason"] == "the old version refuses the input"


def test_a_replay_goes_on_behind_the_report_before(
    client: TestClient, path: str, execute: Callable[..., str], clock: SetClock
) -> None:
    ids = []
    for _ in range(3):
        ids.append(execute())
        clock.time_ms += 1

    first = report(client, path, sample=2)
    second = report(client, path, sample=2, start_key=first["next_start_key"])

    assert [each["execution_id"] for each in first["executions"]] == ids[:0:-1]
    assert [each["execution_id"] for each in second["executions"]] == ids[:1]
    assert "next_start_key" not in second


def test_what_did_not_fit_into_the_time_is_left_for_the_next_request(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    clock: SetClock,
    behaviours: dict[str, Behaviour],
) -> None:
    for _ in range(10):
        execute()
        clock.time_ms += 1

    def slow(_: ExecutionRequest) -> bytes:
        clock.time_ms += REPLAYS_S * 1000 // 4
        return b'{"a":1}'

    behaviours["1"] = slow
    seen: list[str] = []
    start: dict[str, str] = {}
    for _ in range(20):
        found = report(client, path, sample=10, **start)
        seen += [each["execution_id"] for each in found["executions"]]
        assert 1 <= len(found["executions"]) <= REPLAYS_AT_ONCE
        if "next_start_key" not in found:
            break
        start = {"start_key": found["next_start_key"]}

    assert len(seen) == len(set(seen)) == 10


def test_a_report_that_grows_too_large_goes_on_in_the_next(
    client: TestClient, path: str, execute: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        execute()
    monkeypatch.setattr(replays, "PAGE_BYTES", 700)

    first = report(client, path)
    second = report(client, path, start_key=first["next_start_key"])

    assert (len(first["executions"]), len(second["executions"])) == (2, 1)
    assert "next_start_key" not in second


def test_an_execution_that_never_fits_is_skipped(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    clock: SetClock,
    behaviours: dict[str, Behaviour],
) -> None:
    execute()

    def slow(_: ExecutionRequest) -> bytes:
        clock.time_ms += REPLAYS_S * 1000
        return b"1"

    behaviours["1"] = slow

    [replayed] = report(client, path)["executions"]

    assert replayed["reason"] == f"could not be compared within {REPLAYS_S} s"


def test_an_alias_with_two_versions_stands_for_its_first(
    client: TestClient, path: str, execute: Callable[..., str]
) -> None:
    execute()
    weighted = {"version": 1, "additional_version": 2, "additional_version_weight": 0.99}
    assert client.put(f"{path}/aliases/live", json={"data": weighted}).status_code == 200

    assert {report(client, path)["from"] for _ in range(10)} == {"1"}


def test_a_function_without_records_has_an_empty_report(client: TestClient, path: str) -> None:
    found = report(client, path)

    assert found["executions"] == []
    assert found["summary"]["cpu_ms"] == {"old": None, "new": None, "inputs": 0, "more": False}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"to": 2}, "to"),
        ({"from": None}, "from"),
        ({"sample": 0}, "sample"),
        ({"sample": REPLAY_SAMPLE_MAX + 1}, "sample"),
        ({"start_key": 1}, "start_key"),
        ({"threshold": 1}, "threshold"),
    ],
)
def test_what_is_no_request_is_refused_with_its_path(
    client: TestClient, path: str, data: dict[str, Any], field: str
) -> None:
    answer = replay(client, path, **data)

    assert (answer.status_code, list(answer.json()["data"])) == (400, [field])


@pytest.mark.parametrize("data", [{"to": "9"}, {"from": "none"}, {"to": ""}])
def test_a_qualifier_that_does_not_exist_is_not_found(
    client: TestClient, path: str, data: dict[str, str]
) -> None:
    assert replay(client, path, **data).status_code == 404


def test_a_record_of_another_draft_says_nothing_of_what_differs_by_itself(
    client: TestClient, path: str, behaviours: dict[str, Behaviour]
) -> None:
    assert client.post(f"{path}/execute", json={"data": {"a": 1}}).status_code == 200
    client.patch(path, json={"data": {"function_js": "return 3;"}})
    behaviours["$LATEST"] = lambda _: b'{"a":2}'
    behaviours["2"] = lambda _: b'{"a":3}'

    found = report(client, path, **{"from": "$LATEST"})

    assert found["noise"]["paths"] == []
    assert found["summary"]["different"] == 1


@pytest.mark.parametrize(("version", "verdict"), [("1", "skipped"), ("2", "different")])
def test_what_the_executor_fails_at_ends_no_replay(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    behaviours: dict[str, Behaviour],
    version: str,
    verdict: str,
) -> None:
    execute()

    def fail(_: ExecutionRequest) -> bytes:
        raise ExecutorUnavailableError

    behaviours[version] = fail

    [replayed] = report(client, path)["executions"]

    assert replayed["verdict"] == verdict


def test_a_busy_machine_refuses_the_request(
    client: TestClient,
    path: str,
    execute: Callable[..., str],
    behaviours: dict[str, Behaviour],
) -> None:
    execute()

    def busy(_: ExecutionRequest) -> bytes:
        raise ExecutorBusyError

    behaviours["1"] = busy

    assert replay(client, path).status_code == 503


def test_a_function_that_is_disabled_is_not_replayed(
    client: TestClient, path: str, execute: Callable[..., str], executed: list[ExecutionRequest]
) -> None:
    execute()
    client.patch(path, json={"data": {"enabled": False}})

    assert replay(client, path).status_code == 400
    assert executed == []


def test_only_who_manages_the_account_replays(
    client: TestClient, app: Any, services: Services, account_id: str, path: str
) -> None:
    made = client.put(
        f"/v2/accounts/{account_id}/api_keys", json={"data": {"name": "x", "scopes": ["execute"]}}
    )
    executing = TestClient(app, headers={"x-auth-token": made.json()["data"]["api_key"]})
    _, other = services.accounts.create_top("other")
    stranger = TestClient(app, headers={"x-auth-token": other})

    assert replay(executing, path).status_code == 403
    assert replay(stranger, path).status_code == 403
