"""A full quota is answered with its name, its value and what is used, in each dialect."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_local.sqlite import SqliteStore

FUNCTION = {"name": "n", "function_js": "return 1"}
EVENT = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
BUCKET = {"name": "n", "type": "bucket", "bucket": "uploads"}
LATER = {"prefer": "respond-async"}


@pytest.fixture
def quota(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Quota:
    """A quota of which there is nothing, or just the one function of the fixtures."""
    found: Quota = request.node.callspec.params["quota"]
    limit = 1 if found is Quota.FUNCTIONS else 0
    monkeypatch.setitem(RULES, found, replace(RULES[found], limit=limit))
    return found


@pytest.mark.parametrize(
    ("quota", "method", "path", "data", "status"),
    [
        (Quota.FUNCTIONS, "PUT", "/functions", FUNCTION, 429),
        (Quota.ACCOUNTS, "PUT", "", {"name": "below"}, 429),
        (Quota.TRIGGERS, "PUT", "/functions/{}/triggers", EVENT, 429),
        (Quota.EVENT_TRIGGERS, "PUT", "/functions/{}/triggers", EVENT, 429),
        (Quota.BUCKET_TRIGGERS, "PUT", "/functions/{}/triggers", BUCKET, 429),
        (Quota.VERSIONS, "PUT", "/functions/{}/versions", {}, 429),
        (Quota.IDEMPOTENCY_KEYS, "POST", "/functions/{}/execute", {}, 429),
        (Quota.WAITING_EXECUTIONS, "POST", "/functions/{}/execute", {}, 429),
        (Quota.RECORD_BYTES, "POST", "/functions/{}/execute", {}, 507),
    ],
    indirect=["quota"],
)
def test_kazoo_tells_which_quota_is_full_and_nothing_changes(  # noqa: PLR0913, PLR0917 - a table
    client: TestClient,
    store: SqliteStore,
    account_id: str,
    function_id: str,
    quota: Quota,
    method: str,
    path: str,
    data: dict[str, Any],
    status: int,
) -> None:
    url = f"/v2/accounts/{account_id}{path.format(function_id)}"
    headers = {"idempotency-key": "k"} if quota is Quota.IDEMPOTENCY_KEYS else LATER
    before = rows_of(store)

    answer = client.request(method, url, json={"data": data}, headers=headers)

    limit = RULES[quota].limit
    assert (answer.status_code, answer.json()["message"]) == (
        status,
        "quota_exceeded" if status == 429 else "insufficient_storage",
    )
    assert answer.json()["data"] == {
        "message": f"there are {limit} {RULES[quota].counted}; the limit is {limit}",
        "limit": quota.value,
        "value": limit,
        "used": limit,
    }
    retry_after_s = RULES[quota].retry_after_s
    assert answer.headers.get("retry-after") == (retry_after_s and str(retry_after_s))
    assert rows_of(store) == before


def rows_of(store: SqliteStore) -> dict[str, int]:
    """Return how much is stored of what has a quota."""
    tables = ("accounts", "functions", "triggers", "versions", "claims", "records")
    with store.database.connection() as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in tables
        }


@pytest.mark.parametrize(
    ("quota", "status", "code"),
    [
        (Quota.IDEMPOTENCY_KEYS, 429, "QuotaExceeded"),
        (Quota.WAITING_EXECUTIONS, 429, "QuotaExceeded"),
        (Quota.RECORD_BYTES, 507, "InsufficientStorage"),
    ],
    indirect=["quota"],
)
def test_codemash_tells_which_quota_is_full(
    client: TestClient, function_id: str, quota: Quota, status: int, code: str
) -> None:
    headers = {"idempotency-key": "k"} if quota is Quota.IDEMPOTENCY_KEYS else LATER

    answer = client.post(f"/v2/serverless/functions/{function_id}/execute", headers=headers)

    told = answer.json()["responseStatus"]
    assert (answer.status_code, told["errorCode"]) == (status, code)
    assert told["message"] == f"there are 0 {RULES[quota].counted}; the limit is 0"
    assert told["meta"] == {"limit": quota.value, "value": "0", "used": "0"}
    assert answer.headers["retry-after"] == str(RULES[quota].retry_after_s)


@pytest.mark.parametrize("quota", [Quota.RECORD_BYTES], indirect=True)
def test_who_waits_for_a_result_gets_it_whatever_is_stored(
    client: TestClient, function_id: str, quota: Quota
) -> None:
    for headers in ({}, {"idempotency-key": quota}):
        answer = client.post(f"/v2/serverless/functions/{function_id}/execute", headers=headers)

        assert answer.status_code == 200


@pytest.mark.parametrize("quota", [Quota.WAITING_EXECUTIONS], indirect=True)
def test_a_key_of_an_execution_that_was_refused_may_be_used_again(
    client: TestClient, function_id: str, quota: Quota, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v2/serverless/functions/{function_id}/execute"
    headers = {**LATER, "idempotency-key": "k"}
    assert client.post(path, headers=headers).status_code == 429

    monkeypatch.setitem(RULES, quota, replace(RULES[quota], limit=1))

    assert client.post(path, headers=headers).status_code == 202
