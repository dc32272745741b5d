"""Kazoo: the executions of all functions of an account, and what they had to tell."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.http.services import Services
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_core.domain.accounts.errors import ApiKeyNotFoundError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.limits import LOG_ENTRIES, LOG_ENTRIES_MAX, LOG_WAIT_S, LOG_WAITS
from isolambda_core.ports.blocking import directly
from isolambda_core.services.executions.account_records import AccountRecordService
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.services import Perform

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


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"function_id": "0"}, [0, 1]),
        ({"outcome": "exception"}, [2]),
        ({"status": "succeeded", "function_id": "0"}, [0, 1]),
        ({"outcome": "exception", "function_id": "0"}, []),
        ({"version": "7"}, []),
        ({"created_from": "1"}, [0, 1, 2]),
        ({"created_to": "1"}, []),
    ],
    ids=str,
)
def test_a_list_is_narrowed_by_its_query(
    client: TestClient,
    account_path: str,
    two: list[str],
    clock: SetClock,
    executor: ScriptedExecutor,
    query: dict[str, str],
    expected: list[int],
) -> None:
    made = [execute(client, two[0], clock) for _ in range(2)]
    executor.ends(FAILED)
    made.append(execute(client, two[1], clock))
    if query.get("function_id"):
        query = {**query, "function_id": two[0].rsplit("/", 1)[1]}

    assert ids(data_of(client, f"{account_path}/executions", **query)) == [
        made[number] for number in reversed(expected)
    ]


def test_a_queued_execution_is_listed_and_told_when_it_has_ended(
    client: TestClient, account_path: str, two: list[str], perform: Perform
) -> None:
    client.post(f"{two[0]}/execute", headers={"prefer": "respond-async"})
    [queued] = data_of(client, f"{account_path}/executions")
    before = data_of(client, f"{account_path}/logs")
    perform()

    after = data_of(client, f"{account_path}/logs", after=before["cursor"])

    assert (queued["status"], before["entries"]) == ("queued", [])
    assert ids(after["entries"]) == [queued["execution_id"]]
    assert data_of(client, f"{account_path}/logs", after=after["cursor"])["entries"] == []


def test_pages_of_an_account_hold_all_its_executions(
    client: TestClient, account_path: str, two: list[str], clock: SetClock
) -> None:
    made = [execute(client, two[number % 2], clock) for number in range(5)]
    found: list[str] = []
    query = {"page_size": "2"}
    for _ in range(3):
        envelope = client.get(f"{account_path}/executions", params=query).json()
        found += ids(envelope["data"])
        query["start_key"] = envelope.get("next_start_key", "")

    assert found == made[::-1]
    assert query["start_key"] == ""


def test_a_list_that_the_client_has_is_not_sent_again(
    client: TestClient, account_path: str, two: list[str], clock: SetClock
) -> None:
    execute(client, two[0], clock)
    etag = client.get(f"{account_path}/executions").headers["etag"]

    again = client.get(f"{account_path}/executions", headers={"if-none-match": etag})

    assert again.status_code == 304


def test_logs_without_a_cursor_are_the_newest(
    client: TestClient, account_path: str, two: list[str], clock: SetClock
) -> None:
    made = [execute(client, two[0], clock) for _ in range(LOG_ENTRIES + 2)]

    assert ids(data_of(client, f"{account_path}/logs")["entries"]) == made[2:]
    assert ids(data_of(client, f"{account_path}/logs", page_size="1")["entries"]) == made[-1:]


def test_logs_are_narrowed_by_function_and_failure(
    client: TestClient,
    account_path: str,
    two: list[str],
    clock: SetClock,
    executor: ScriptedExecutor,
) -> None:
    good = [execute(client, path, clock) for path in two]
    executor.ends(FAILED)
    bad = [execute(client, path, clock) for path in two]

    def told(**query: str) -> list[str]:
        return ids(data_of(client, f"{account_path}/logs", **query)["entries"])

    first = two[0].rsplit("/", 1)[1]
    assert told(failed="true") == bad
    assert told(failed="false") == good + bad
    assert told(function_id=first) == [good[0], bad[0]]
    assert told(function_id=first, failed="true") == [bad[0]]
    assert told(function_id=OTHER) == []


@pytest.mark.parametrize(
    ("query", "field", "rule"),
    [
        ({"wait_s": str(LOG_WAIT_S + 1)}, "wait_s", "maximum"),
        ({"wait_s": "-1"}, "wait_s", "type"),
        ({"wait_s": "1.5"}, "wait_s", "type"),
        ({"wait_s": ""}, "wait_s", "type"),
        ({"failed": "yes"}, "failed", "enum"),
        ({"function_id": "mine"}, "function_id", "pattern"),
        ({"after": ""}, "after", "error"),
        ({"after": "x"}, "after", "error"),
        ({"after": "\u00e9" * 9_000}, "after", "error"),
        (
            {"after": base64.urlsafe_b64encode(b"9" * 13 + b"~").decode().rstrip("=")},
            "after",
            "error",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_query_that_breaks_a_rule_says_which(
    client: TestClient, account_path: str, query: dict[str, str], field: str, rule: str
) -> None:
    answer = client.get(f"{account_path}/logs", params=query)

    assert answer.status_code == 400
    assert answer.json()["data"][field][rule]["message"]


def test_a_page_size_is_read_as_everywhere(client: TestClient, account_path: str) -> None:
    answers = [
        client.get(f"{account_path}/logs", params={"page_size": size}).status_code
        for size in ("x", "0", str(LOG_ENTRIES_MAX + 1))
    ]

    assert answers == [404, 404, 200]


def test_a_cursor_of_another_account_shows_no_more_than_ones_own(
    client: TestClient, account_path: str, two: list[str], clock: SetClock, services: Services
) -> None:
    for _ in range(3):
        execute(client, two[0], clock)
    mine = data_of(client, f"{account_path}/logs")["cursor"]
    other, key = services.accounts.create_top("other")
    headers = {"x-auth-token": key}

    logs = client.get(f"/v2/accounts/{other.id}/logs", params={"after": mine}, headers=headers)
    refused = client.get(f"{account_path}/logs", params={"after": mine}, headers=headers)

    assert logs.status_code == 400  # it is ahead of all that this account has
    assert refused.status_code == 403


@pytest.mark.parametrize("what", ["executions", "logs"])
def test_neither_is_for_a_key_that_only_executes(
    client: TestClient, account_path: str, what: str
) -> None:
    made = client.put(f"{account_path}/api_keys", json={"data": {"scopes": ["execute"]}})
    headers = {"x-auth-token": made.json()["data"]["api_key"]}

    assert client.get(f"{account_path}/{what}", headers=headers).status_code == 403


def test_a_tenant_with_too_many_requests_that_wait_is_told_so(
    client: TestClient, account_path: str, account_id: str, services: Services
) -> None:
    counts = services.account_records.waiting
    counts.add(f"logs of {account_id}", LOG_WAITS)

    answer = client.get(f"{account_path}/logs", params={"wait_s": "20"})

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["data"]["value"] == LOG_WAITS
    assert client.get(f"{account_path}/logs").status_code == 200


def _waiting(services: Services, clock: SetClock, meanwhile: Callable[[], None]) -> Services:
    """Return services whose requests for logs wait no longer than ``meanwhile`` takes."""

    async def wait(_: float) -> None:
        meanwhile()

    records = AccountRecordService(services.account_records.records, directly, clock, wait)
    return replace(services, account_records=records)


def test_a_key_that_is_removed_while_its_request_waits_gets_no_logs(
    app: FastAPI, client: TestClient, account_path: str, services: Services, clock: SetClock
) -> None:
    made = client.put(f"{account_path}/api_keys", json={"data": {}}).json()["data"]
    headers = {"x-auth-token": made["api_key"]}

    def remove() -> None:
        with suppress(ApiKeyNotFoundError):
            services.keys.remove(account_path.rsplit("/", 1)[1], made["id"])

    app.state.services = _waiting(services, clock, remove)
    answer = client.get(f"{account_path}/logs", params={"wait_s": "1"}, headers=headers)

    assert (answer.status_code, "entries" in answer.text) == (401, False)


def test_a_key_and_its_token_that_expire_while_they_wait_get_no_logs(
    app: FastAPI, client: TestClient, account_path: str, services: Services, clock: SetClock
) -> None:
    began = clock.time_ms
    expires = {"data": {"expires": gregorian(clock.now() + 60)}}
    made = client.put(f"{account_path}/api_keys", json=expires).json()["data"]
    given = client.put("/v2/api_auth", json={"data": {"api_key": made["api_key"]}})

    def pass_time() -> None:
        clock.time_ms += 60_000

    app.state.services = _waiting(services, clock, pass_time)
    for credential in (made["api_key"], given.json()["auth_token"]):
        clock.time_ms = began
        headers = {"x-auth-token": credential}
        answer = client.get(f"{account_path}/logs", params={"wait_s": "1"}, headers=headers)

        assert (answer.status_code, "entries" in answer.text) == (401, False)


def test_executions_of_a_removed_function_are_listed_until_its_id_is_free(
    client: TestClient, account_path: str, two: list[str], clock: SetClock, services: Services
) -> None:
    made = execute(client, two[0], clock)
    function_id = two[0].rsplit("/", 1)[1]

    assert client.delete(two[0]).status_code == 200
    assert ids(data_of(client, f"{account_path}/executions")) == [made]

    services.functions.remove_all(account_path.rsplit("/", 1)[1])
    assert data_of(client, f"{account_path}/executions", function_id=function_id) == []


def test_a_server_that_ends_lets_no_request_wait(
    app: FastAPI, client: TestClient, account_path: str, services: Services, clock: SetClock
) -> None:
    async def wait(_: float) -> None:
        raise AssertionError

    records = AccountRecordService(services.account_records.records, directly, clock, wait)
    app.state.services = replace(services, account_records=records, is_ending=lambda: True)

    assert data_of(client, f"{account_path}/logs", wait_s="20")["entries"] == []
