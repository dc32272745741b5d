"""The executions of an account: listed, and followed as they end."""

from typing import Any

from isolambda_core.domain.limits import LOG_WAIT_S
from tests.support.tenants import Tenant
from tests.support.waiting import eventually

LATER = {"Prefer": "respond-async"}


def test_an_account_lists_what_all_its_functions_executed_and_hears_of_it_as_it_ends(
    tenant: Tenant,
) -> None:
    quick = tenant.create("console.log(call.n); return call.n", record="all")
    failing = tenant.create("throw new Error('no')", attempts=2)
    account = f"/v2/accounts/{tenant.account_id}"
    heard: list[dict[str, Any]] = []
    with tenant.client() as client:
        cursor = client.get(f"{account}/logs").json()["data"]["cursor"]
        done = [tenant.execute(quick, {"n": n})["execution_id"] for n in range(3)]
        url = f"{tenant.functions_url(failing)}/execute"
        queued = client.post(url, json={"data": {}}, headers=LATER).json()["data"]["execution_id"]

        def hear() -> bool:
            nonlocal cursor
            query = {"after": cursor, "wait_s": str(LOG_WAIT_S)}
            data = client.get(f"{account}/logs", params=query).raise_for_status().json()["data"]
            cursor = data["cursor"]
            heard.extend(data["entries"])
            return len(heard) >= 5

        eventually(hear)
        listed = client.get(f"{account}/executions").json()["data"]

    attempts = [(each["execution_id"], each["attempts"], each["outcome"]) for each in heard]
    assert sorted(attempts) == sorted(
        [*((each, 1, "ok") for each in done), *((queued, n, "exception") for n in (1, 2))]
    )
    assert [each["logs"][0]["text"] for each in heard if each["logs"]] == ["0", "1", "2"]
    assert [each["execution_id"] for each in listed] == [queued, *done[::-1]]
