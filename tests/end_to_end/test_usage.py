"""What an account executed on a day, and keys that have a name and an end."""

from tests.support.tenants import Tenant

IN_THE_YEAR_9000 = 284_000_000_000
"""In Gregorian seconds."""


def test_what_was_executed_is_counted_by_function_and_by_day(tenant: Tenant) -> None:
    succeeds, fails = tenant.create("return 1", record="none"), tenant.create("throw 1")
    for function in (succeeds, succeeds, fails):
        tenant.execute(function)

    with tenant.client() as client:
        path = f"/v2/accounts/{tenant.account_id}/usage"
        functions = client.get(path, params={"by": "function"}).json()["data"]
        days = client.get(path, params={"by": "day"}).json()["data"]
        one = client.get(path, params={"function_id": fails}).json()["data"]

    counted = {each["function_id"]: (each["executions"], each["failures"]) for each in functions}
    assert counted == {succeeds: (2, 0), fails: (1, 1)}
    assert sum(each["executions"] for each in days) == 3
    assert sum(each["cpu_ms"] for each in days) > 0
    assert [(each["function_id"], each["failures"]) for each in one] == [(fails, 1)]


def test_a_key_has_a_name_and_an_end(tenant: Tenant) -> None:
    function = tenant.create("return 1")
    keys = f"/v2/accounts/{tenant.account_id}/api_keys"
    asked = {"name": "the switch", "expires": IN_THE_YEAR_9000}

    with tenant.client() as owner:
        made = owner.put(keys, json={"data": asked}).json()["data"]
        listed = [key for key in owner.get(keys).json()["data"] if key["id"] == made["id"]]
    with tenant.client(**{"X-Auth-Token": made["api_key"]}) as client:
        executed = client.post(f"{tenant.functions_url(function)}/execute", json={"data": {}})

    assert [(key["name"], key["expires"]) for key in listed] == [("the switch", IN_THE_YEAR_9000)]
    assert executed.json()["data"]["result"] == 1
