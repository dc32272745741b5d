"""Kazoo: what an account executed on each day."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome, Usage
from isolambda_core.domain.limits import DAILY_COUNTS_FLUSH_S
from tests.support.clocks import SetClock
from tests.support.services import Perform

TODAY = "2024-03-12"
DAY_MS = 86_400_000
HELLO = {"name": "say hi", "function_js": "return 1;"}
Script = Callable[[ExecutionResult | Exception], None]


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/usage"


@pytest.fixture(autouse=True)
def _each_execution_takes_some_time(script: Script) -> None:
    script(ExecutionResult("", Outcome.OK, b"1", usage=Usage(cpu_ms=1.5)))


@pytest.fixture
def url(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


@pytest.fixture
def count(client: TestClient, path: str) -> Callable[[], int]:
    """Returns how many executions count."""
    return lambda: sum(each["executions"] for each in days_of(client, path))


def days_of(client: TestClient, path: str, query: str = "?by=function") -> list[dict[str, Any]]:
    answer = client.get(path + query)
    assert answer.status_code == 200
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_each_execution_of_a_function_counts_on_its_day(
    client: TestClient,
    path: str,
    functions_path: str,
    function_id: str,
    clock: SetClock,
    script: Script,
) -> None:
    client.post(f"{functions_path}/{function_id}/execute")
    client.post(f"{functions_path}/{function_id}/execute")
    clock.time_ms += DAY_MS
    script(ExecutionResult("", Outcome.EXCEPTION, usage=Usage(cpu_ms=0.25)))
    client.post(f"{functions_path}/{function_id}/execute")

    assert days_of(client, path) == [
        {
            "day": "2024-03-13",
            "function_id": function_id,
            "executions": 1,
            "failures": 1,
            "cpu_ms": 0.25,
        },
        {
            "day": TODAY,
            "function_id": function_id,
            "executions": 2,
            "failures": 0,
            "cpu_ms": 3.0,
        },
    ]


def test_sums_are_of_all_functions_that_were_ever_there(
    client: TestClient, path: str, functions_path: str, function_id: str
) -> None:
    made = client.put(functions_path, json={"data": HELLO}).json()["data"]["id"]
    for executed in (function_id, made):
        client.post(f"{functions_path}/{executed}/execute")
    client.delete(f"{functions_path}/{made}")

    expected = [{"day": TODAY, "executions": 2, "failures": 0, "cpu_ms": 3.0}]
    assert days_of(client, path, "?by=day") == expected
    assert days_of(client, path, f"?from={TODAY}") == expected
    assert {count["function_id"] for count in days_of(client, path)} == {function_id, made}


def test_all_ways_to_execute_at_once_count(
    client: TestClient,
    bare: TestClient,
    url: str,
    count: Callable[[], int],
    account_id: str,
    key: str,
) -> None:
    function_id = url[-32:]
    by_key = {"authorization": f"Bearer {key}", "x-cm-projectid": account_id}
    codemash = f"/v2/serverless/functions/{function_id}/execute"
    bare.post(codemash, json={"data": {}}, headers=by_key)
    assert count() == 1
    bare.get(f"/pivot/{account_id}/{function_id}", params={"key": key})
    assert count() == 2
    trigger = {"name": "p", "type": "http", "path": "page", "auth": {"type": "none"}}
    client.put(f"{url}/triggers", json={"data": trigger})
    bare.get(f"/http/{account_id}/page")
    assert count() == 3
    client.post(f"{url}/execute", headers={"idempotency-key": "one"})
    client.post(f"{url}/execute", headers={"idempotency-key": "one"})
    assert count() == 4


def test_each_attempt_of_an_asynchronous_execution_counts_when_it_ends(
    client: TestClient,
    url: str,
    count: Callable[[], int],
    clock: SetClock,
    script: Script,
    perform: Perform,
) -> None:
    script(ExecutionResult("", Outcome.EXCEPTION))
    client.post(f"{url}/execute", headers={"prefer": "respond-async"})
    assert count() == 0
    perform()
    assert count() == 1
    clock.time_ms += DAILY_COUNTS_FLUSH_S * 1000
    perform()
    assert count() == 2


def test_what_the_caller_cannot_use_is_a_failure(
    client: TestClient, path: str, url: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.OK, b"7"))
    client.post(f"{url}/execute?validate=callflow")

    assert [each["failures"] for each in days_of(client, path)] == [1]


def test_what_was_not_executed_does_not_count(
    client: TestClient, path: str, functions_path: str, disabled_id: str
) -> None:
    client.post(f"{functions_path}/{disabled_id}/execute")
    client.post(f"{functions_path}/{'0' * 32}/execute")

    assert days_of(client, path) == []


def test_the_counts_of_an_account_are_its_own(
    client: TestClient, path: str, functions_path: str, function_id: str, services: Services
) -> None:
    client.post(f"{functions_path}/{function_id}/execute")
    _, other = services.accounts.create_top("other")

    refused = client.get(path, headers={"x-auth-token": other})

    assert refused.status_code == 403
    assert days_of(client, "/v2/account/usage") == days_of(client, path)
    others = client.get("/v2/account/usage?by=day", headers={"x-auth-token": other})
    assert others.json()["data"] == []


def test_counts_are_read_page_by_page(
    client: TestClient, path: str, functions_path: str, function_id: str, clock: SetClock
) -> None:
    ids = [function_id, client.put(functions_path, json={"data": HELLO}).json()["data"]["id"]]
    for _ in range(3):
        for each in ids:
            client.post(f"{functions_path}/{each}/execute")
        clock.time_ms += DAY_MS

    for query in ("by=function", "by=day", "by=function&ascending=true", "by=day&ascending=true"):
        whole, found, key = days_of(client, f"{path}?{query}", ""), [], ""
        while True:
            page = client.get(f"{path}?{query}&page_size=1&start_key={key}").json()
            found += page["data"]
            key = page.get("next_start_key", "")
            if not key:
                break
        assert found == whole
        assert len(whole) == (6 if "function" in query else 3)
        in_order = [(count["day"], count.get("function_id", "")) for count in whole]
        assert in_order == sorted(in_order, reverse="ascending" not in query)


def test_one_function_is_asked_for(
    client: TestClient, path: str, functions_path: str, function_id: str, clock: SetClock
) -> None:
    other = client.put(functions_path, json={"data": HELLO}).json()["data"]["id"]
    for _ in range(3):
        for each in (function_id, other):
            client.post(f"{functions_path}/{each}/execute")
        clock.time_ms += DAY_MS
    query = f"?function_id={function_id}"

    whole = days_of(client, path, query)
    page = client.get(f"{path}{query}&page_size=2&ascending=true").json()
    rest = client.get(f"{path}{query}&ascending=true&start_key={page['next_start_key']}").json()

    assert [count["day"][-2:] for count in whole] == ["14", "13", "12"]
    assert {count["function_id"] for count in whole} == {function_id}
    assert page["data"] + rest["data"] == whole[::-1]
    assert days_of(client, path, f"{query}&from=2024-03-13&to=2024-03-13") == whole[1:2]
    assert days_of(client, path, f"?function_id={'0' * 32}") == []


def test_days_are_from_the_first_to_the_last(
    client: TestClient, path: str, functions_path: str, function_id: str, clock: SetClock
) -> None:
    for _ in range(4):
        client.post(f"{functions_path}/{function_id}/execute")
        clock.time_ms += DAY_MS

    def found(query: str) -> list[str]:
        return [count["day"][-2:] for count in days_of(client, path, query)]

    assert found("?by=function&from=2024-03-13&to=2024-03-14") == ["14", "13"]
    assert found("?by=day&from=2024-03-13&to=2024-03-14&ascending=true") == ["13", "14"]
    assert found("?to=2024-03-12") == ["12"]
    assert found("?to=2024-03-11") == []


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ("by=week", "by", "enum"),
        ("by=", "by", "enum"),
        ("function_id=x%23y", "function_id", "pattern"),
        ("function_id=", "function_id", "pattern"),
        ("from=2024-3-1", "from", "pattern"),
        ("to=2024-02-30", "to", "error"),
        ("to=20240301", "to", "pattern"),
        ("from=2024-03-11&to=2024-03-10", "from", "error"),
        ("from=2024-02-01&to=2024-03-03", "from", "error"),
        ("from=2024-03-13", "from", "error"),
    ],
)
def test_other_days_are_refused(
    client: TestClient, path: str, query: str, field: str, rule: str
) -> None:
    answer = client.get(f"{path}?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["data"][field]) == [rule]


def test_the_first_days_of_all_time_are_days_too(client: TestClient, path: str) -> None:
    assert days_of(client, path, "?to=0001-01-02") == []
    assert days_of(client, path, "?to=9999-12-31") == []
    assert days_of(client, path, "?from=9999-12-31&to=9999-12-31") == []
    assert days_of(client, path, f"?from=9999-12-31&to=9999-12-31&function_id={'0' * 32}") == []


def test_quotas_are_shown_without_days(client: TestClient, path: str) -> None:
    assert client.get(path).json()["data"]["functions"] == {"limit": 1_000, "used": 0}


def test_few_executions_are_written_one_by_one(
    client: TestClient,
    services: Services,
    functions_path: str,
    function_id: str,
    clock: SetClock,
    account_id: str,
) -> None:
    def stored() -> int:
        found = services.counts.counts.iterate(account_id, "~", at_once=10)
        return sum(count.executions for count in found)

    def execute() -> None:
        client.post(f"{functions_path}/{function_id}/execute")

    execute()
    assert stored() == 1
    execute()
    execute()
    assert stored() == 1
    clock.time_ms += DAILY_COUNTS_FLUSH_S * 1000
    execute()
    assert stored() == 4
