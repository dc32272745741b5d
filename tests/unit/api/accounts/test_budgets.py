"""Budgets: who sets them, what every door answers where nothing is left, and what usage says."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import BUDGET_KNOWN_S
from tests.support.clocks import SetClock

DAY_ENDS = "2024-03-13T00:00:00Z"
UNTIL_THEN = "34526"
EXHAUSTED = {
    "budget": "executions",
    "period": "day",
    "value": 1,
    "used": 1,
    "ends_at": DAY_ENDS,
}
MESSAGE = f"the budget is 1 executions (day), and 1 are used; the day ends at {DAY_ENDS}"
ONE_A_DAY = {"executions": {"day": 1}}
WEBHOOK_SECRET = "0123456789abcdef" * 2
Script = Callable[[ExecutionResult | Exception], None]


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}/execute"


@pytest.fixture
def allow(services: Services, account_id: str) -> Callable[[Document], None]:
    """Give the account a budget, as an operator does."""

    def allow(budget: Document) -> None:
        services.accounts.patch(account_id, {"budget": budget})

    return allow


@pytest.fixture
def _used_up(allow: Callable[[Document], None], client: TestClient, path: str) -> None:
    allow(ONE_A_DAY)
    assert client.post(path, json={"data": {}}).status_code == 200


@pytest.mark.usefixtures("_used_up")
def test_kazoo_says_which_budget_is_used_up_and_until_when(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    answer = client.post(path, json={"data": {}})

    assert (answer.status_code, answer.json()["message"]) == (429, "budget_exhausted")
    assert answer.json()["data"] == {"message": MESSAGE, **EXHAUSTED}
    assert answer.headers["retry-after"] == UNTIL_THEN
    assert len(executed) == 1


@pytest.mark.usefixtures("_used_up")
def test_codemash_says_it_in_its_status(
    bare: TestClient,
    key: str,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
) -> None:
    headers = {"authorization": f"Bearer {key}", "x-cm-projectid": account_id}
    answer = bare.post(f"/v2/serverless/functions/{function_id}/execute", json={}, headers=headers)

    status = answer.json()["responseStatus"]
    assert (answer.status_code, answer.headers["retry-after"]) == (429, UNTIL_THEN)
    assert (status["errorCode"], status["message"]) == ("BudgetExhausted", MESSAGE)
    assert status["meta"] == {name: str(value) for name, value in EXHAUSTED.items()}
    assert len(executed) == 1


@pytest.mark.usefixtures("_used_up")
def test_a_call_gets_the_fallback_and_else_a_429(
    bare: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
) -> None:
    key = services.keys.create_own(account_id)
    url = f"/pivot/{account_id}/{function_id}"
    refused = bare.get(url, params={"key": key})
    fallback: Document = {"module": "voicemail", "data": {}}
    services.functions.patch(account_id, function_id, {"fallback": fallback})
    answered = bare.get(url, params={"key": key})

    assert (refused.status_code, refused.headers["retry-after"]) == (429, UNTIL_THEN)
    assert (answered.status_code, answered.json()["module"]) == (200, "voicemail")
    assert len(executed) == 1


@pytest.mark.usefixtures("_used_up")
def test_a_stranger_at_an_http_function_learns_when_to_come_again_and_no_number(
    bare: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
) -> None:
    document: Document = {"name": "n", "type": "http", "path": "shop", "auth": {"type": "none"}}
    services.triggers.create(account_id, function_id, document)

    answer = bare.get(f"/http/{account_id}/shop")

    problem = {"title": "Too Many Requests", "status": 429, "code": "budget_exhausted"}
    assert answer.json() == problem
    assert answer.headers["retry-after"] == UNTIL_THEN
    assert len(executed) == 1


@pytest.mark.usefixtures("_used_up")
def test_a_webhook_is_to_be_delivered_again_and_is_not_queued(
    bare: TestClient, services: Services, account_id: str, function_id: str
) -> None:
    document: Document = {
        "name": "n",
        "type": "webhook",
        "secret": WEBHOOK_SECRET,
        "signature": "token",
    }
    trigger = services.triggers.create(account_id, function_id, document)

    answer = bare.post(
        f"/webhooks/{account_id}/{function_id}/{trigger.id}",
        headers={"x-webhook-token": WEBHOOK_SECRET},
    )

    assert (answer.status_code, answer.headers["retry-after"]) == (429, UNTIL_THEN)
    assert services.records.list(account_id, function_id, 10, None).items == []


@pytest.mark.usefixtures("_used_up")
def test_what_is_to_execute_later_is_not_queued(
    client: TestClient, services: Services, path: str, account_id: str, function_id: str
) -> None:
    answer = client.post(path, json={"data": {}}, headers={"prefer": "respond-async"})

    assert (answer.status_code, answer.json()["data"]["budget"]) == (429, "executions")
    assert services.records.list(account_id, function_id, 10, None).items == []


@pytest.mark.usefixtures("_used_up")
def test_a_tool_is_not_called(
    bare: TestClient,
    services: Services,
    key: str,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
) -> None:
    tool = {"name": "say_hi", "description": "Says hi."}
    services.functions.patch(account_id, function_id, {"tool": tool})
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "say_hi", "arguments": {}},
    }
    headers = {
        "authorization": f"Bearer {key}",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25",
    }

    answer = bare.post(f"/v2/accounts/{account_id}/mcp", json=message, headers=headers)

    assert answer.status_code == 429
    assert answer.json()["error"]["data"] == {"error_code": "budget_exhausted", **EXHAUSTED}
    assert len(executed) == 1


@pytest.mark.usefixtures("_used_up")
def test_the_next_day_has_its_own_budget_and_so_has_the_day_before(
    client: TestClient, path: str, clock: SetClock
) -> None:
    def statuses() -> list[int]:
        return [client.post(path, json={"data": {}}).status_code for _ in range(2)]

    clock.time_ms += 86_400_000
    assert statuses() == [200, 429]
    clock.time_ms -= 86_400_000  # the clock is set back
    assert statuses() == [429, 429]


def test_an_execution_that_found_no_worker_is_not_charged(
    client: TestClient, path: str, allow: Callable[[Document], None], script: Script
) -> None:
    allow(ONE_A_DAY)
    script(ExecutorBusyError())
    refused = client.post(path, json={"data": {}}).status_code
    script(ExecutionResult("", Outcome.OK, b"1"))

    assert [refused, *(client.post(path, json={"data": {}}).status_code for _ in range(2))] == [
        503,
        200,
        429,
    ]


@pytest.mark.parametrize(
    ("measure", "limit", "used"), [("cpu_ms", 10, 12.5), ("fetch_bytes", 1_000, 1_400)]
)
def test_processor_time_and_fetches_are_charged_once_they_are_known(
    client: TestClient,
    path: str,
    allow: Callable[[Document], None],
    script: Script,
    measure: str,
    limit: int,
    used: float,
) -> None:
    allow({measure: {"month": limit}})
    fetch = FetchRecord("GET", "example.com", 200, sent_bytes=40, received_bytes=100)
    script(ExecutionResult("", Outcome.OK, b"1", usage=Usage(cpu_ms=1.25), fetches=(fetch,)))

    answers = [client.post(path, json={"data": {}}) for _ in range(15)]

    refused = [answer.json()["data"] for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) == 8
    assert {each["budget"] for each in refused} == {measure}
    assert all(limit <= each["used"] <= used for each in refused)


def test_what_is_kept_counts_too(
    client: TestClient, path: str, allow: Callable[[Document], None], clock: SetClock
) -> None:
    allow({"stored_bytes": {"most": 1}})
    assert client.post(path, json={"data": {}}).status_code == 200
    client.post(path, json={"data": {}}, headers={"prefer": "respond-async"})
    clock.time_ms += BUDGET_KNOWN_S * 1000

    answer = client.post(path, json={"data": {}})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["data"]["budget"] == "stored_bytes"
    assert answer.json()["data"]["ends_at"] is None


def test_usage_says_what_is_used_of_each_budget(
    client: TestClient, path: str, account_id: str, allow: Callable[[Document], None]
) -> None:
    allow({"executions": {"day": 1_000, "month": 5_000}, "stored_bytes": {"most": 9}})
    for _ in range(3):
        client.post(path, json={"data": {}})

    budget = client.get(f"/v2/accounts/{account_id}/usage").json()["data"]["budget"]

    assert budget == {
        "executions": {
            "day": {"value": 1_000, "used": 3, "ends_at": DAY_ENDS},
            "month": {"value": 5_000, "used": 3, "ends_at": "2024-04-01T00:00:00Z"},
        },
        "stored_bytes": {"most": {"value": 9, "used": 0}},
    }


def test_an_account_above_sets_a_budget_and_the_account_itself_cannot(
    client: TestClient, services: Services, account_id: str, bare: TestClient
) -> None:
    made = client.put(f"/v2/accounts/{account_id}", json={"data": {"name": "below"}})
    below = f"/v2/accounts/{made.json()['data']['id']}"
    own_key = {"x-auth-token": services.keys.create_own(made.json()["data"]["id"])}
    change = {"data": {"budget": ONE_A_DAY, "budget_callback": "https://example.com/b"}}

    assert bare.patch(below, json=change, headers=own_key).status_code == 403
    assert client.patch(below, json=change).status_code == 200
    raised = {"data": {"budget": {"executions": {"day": 2}}}}
    assert bare.patch(below, json=raised, headers=own_key).status_code == 403
    assert client.patch(f"/v2/accounts/{account_id}", json=change).status_code == 403


@pytest.mark.parametrize(
    "refused",
    [
        {"budget": {"executions": {"week": 1}}},
        {"budget": {"executions": {"day": -1}}},
        {"budget": {"executions": {"day": True}}},
        {"budget": {"memory": {"day": 1}}},
        {"budget": {"stored_bytes": {"day": 1}}},
        {"budget": {"cpu_ms": {"day": 10**15 + 1}}},
        {"budget_callback": "http://example.com"},
        {"budget_callback": "https://127.0.0.1/b"},
        {"budget_callback": "https://user@example.com"},
    ],
    ids=str,
)
def test_what_is_no_budget_is_refused(
    client: TestClient, account_id: str, refused: dict[str, Any]
) -> None:
    answer = client.put(f"/v2/accounts/{account_id}", json={"data": {"name": "n", **refused}})

    assert answer.status_code == 400
    assert next(iter(answer.json()["data"])).split(".")[0] == next(iter(refused))
