"""What one account executes is counted for no other, and no other sees it."""

import base64
from typing import Any

import pytest

from isolambda_core.domain.ids import new_id
from tests.support.tenants import Tenant


def usage_of(tenant: Tenant, account_id: str | None = None, query: str = "by=function") -> Any:
    with tenant.client() as client:
        return client.get(f"/v2/accounts/{account_id or tenant.account_id}/usage?{query}")


def executions_of(tenant: Tenant) -> int:
    return sum(count["executions"] for count in usage_of(tenant).json()["data"])


def test_nothing_that_another_account_tries_is_counted(mallory: Tenant, alice: Tenant) -> None:
    function = alice.create("return 1")
    url, before = alice.functions_url(function), executions_of(alice)

    with mallory.client() as attacker:
        refused = [
            attacker.post(f"{url}/execute", json={"data": {}}),
            attacker.post(f"{url}/execute", json={"data": {}}, headers={"Prefer": "respond-async"}),
            attacker.post(f"/v2/serverless/functions/{function}/execute", json={"data": {}}),
            attacker.post(f"/pivot/{alice.account_id}/{function}"),
            attacker.get(f"/http/{alice.account_id}/page"),
        ]

    assert {answer.status_code for answer in refused} <= {401, 403, 404}
    assert executions_of(alice) == before


@pytest.mark.parametrize("by", ["function", "day"])
def test_no_other_account_sees_what_was_executed(mallory: Tenant, alice: Tenant, by: str) -> None:
    function = alice.create("return 1")
    alice.execute(function)
    behind = base64.urlsafe_b64encode(f"2999-01-01#{alice.account_id}".encode()).decode()

    assert usage_of(mallory, alice.account_id, f"by={by}").status_code == 403
    assert usage_of(mallory, alice.account_id, f"function_id={function}").status_code == 403
    assert usage_of(mallory, query=f"function_id={function}").json()["data"] == []
    own = usage_of(mallory, query=f"by={by}&start_key={behind}").json()["data"]
    assert sum(count["executions"] for count in own) == executions_of(mallory)


def test_who_may_only_execute_sees_no_counts_and_no_keys(mallory: Tenant, alice: Tenant) -> None:
    keys = f"/v2/accounts/{alice.account_id}/api_keys"
    with alice.client() as owner:
        asked = {"scopes": ["execute"], "name": "the switch"}
        key = owner.put(keys, json={"data": asked}).json()["data"]["api_key"]

    with mallory.client(**{"X-Auth-Token": key}) as attacker:
        usage = attacker.get(f"/v2/accounts/{alice.account_id}/usage?by=day")
        assert (usage.status_code, attacker.get(keys).status_code) == (403, 403)


def test_many_functions_of_one_account_leave_the_counts_of_others_exact(
    mallory: Tenant, alice: Tenant
) -> None:
    function, before = alice.create("return 1"), executions_of(alice)
    many = [mallory.create("return 2") for _ in range(30)]

    for each in many:
        mallory.execute(each)
        alice.execute(function)

    assert executions_of(alice) == before + len(many)
    counted = {count["function_id"] for count in usage_of(mallory).json()["data"]}
    assert set(many) <= counted
    assert function not in counted


def test_a_function_that_is_not_there_is_counted_nowhere(alice: Tenant) -> None:
    unknown = new_id()
    with alice.client() as client:
        answer = client.post(f"{alice.functions_url(unknown)}/execute", json={"data": {}})

    assert answer.status_code == 404
    assert usage_of(alice, query=f"function_id={unknown}").json()["data"] == []
