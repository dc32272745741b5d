"""Who comes in, with what, and how far."""

from typing import Any

import httpx2

from tests.support.hosts import Host
from tests.support.tenants import Tenant


def status(host: Host, key: str, path: str) -> int:
    with host.client(**{"X-Auth-Token": key}) as client:
        return client.get(path).status_code


def test_a_key_gives_a_token_that_is_good_until_logging_out(tenant: Tenant) -> None:
    with tenant.client(Accept="*/*") as client:
        came_in = client.put("/v2/api_auth", json={"data": {"api_key": tenant.api_key}})
    token = came_in.json()["auth_token"]

    assert came_in.status_code == 201
    assert came_in.json()["data"]["account_id"] == tenant.account_id
    assert status(tenant, token, tenant.functions_url()) == 200
    with tenant.client(**{"X-Auth-Token": token}) as client:
        assert client.get("/v2/token_auth").json()["data"]["account_id"] == tenant.account_id
        assert client.delete("/v2/token_auth").status_code == 200
    assert status(tenant, token, tenant.functions_url()) == 401


def test_a_parent_acts_below_itself_and_no_account_acts_above_or_beside(
    host: Host, client: httpx2.Client, tenant: Tenant
) -> None:
    made = client.put(
        tenant.functions_url(), json={"data": {"name": "hi", "function_js": "return 'parent'"}}
    )
    above = host.functions_url()

    assert tenant.execute(made.json()["data"]["id"])["result"] == "parent"
    assert client.get(f"/v2/accounts/{tenant.account_id}").json()["data"]["name"] == "tenant"
    assert status(host, tenant.api_key, above) == 403
    function = host.create("return 1")
    with tenant.client() as another:
        answer = another.post(f"/v2/serverless/functions/{function}/execute")
    assert answer.status_code == 404


def test_a_key_for_one_function_executes_that_and_does_nothing_else(
    host: Host, client: httpx2.Client
) -> None:
    function, other = host.create("return 1"), host.create("return 2")
    keys = f"/v2/accounts/{host.credentials['account_id']}/api_keys"
    asked = {"scopes": ["execute"], "function_id": function}
    made = client.put(keys, json={"data": asked}).json()["data"]

    with host.client(**{"X-Auth-Token": made["api_key"]}) as switch:

        def post(path: str) -> int:
            return switch.post(path).status_code

        assert post(f"{host.functions_url(function)}/execute") == 200
        assert post(f"/v2/serverless/functions/{function}/execute") == 200
        assert post(f"{host.functions_url(other)}/execute") == 403
        assert post(f"/v2/serverless/functions/{other}/execute") == 403
        assert switch.get(host.functions_url()).status_code == 403
        assert switch.delete(host.functions_url(function)).status_code == 403
        assert client.delete(f"{keys}/{made['id']}").status_code == 200
        assert post(f"{host.functions_url(function)}/execute") == 401


def test_a_key_is_changed_without_a_gap(tenant: Tenant) -> None:
    path = f"/v2/accounts/{tenant.account_id}/api_key"

    with tenant.client() as client:
        second: str = client.put(path).json()["data"]["api_key"]
        assert client.get(path).json()["data"] == {"api_key": second}
        third: str = client.put(path).json()["data"]["api_key"]

    url = tenant.functions_url()
    keys = (tenant.api_key, second, third)
    assert [status(tenant, key, url) for key in keys] == [401, 200, 200]


def test_a_disabled_account_is_locked(tenant: Tenant, client: httpx2.Client) -> None:
    account = f"/v2/accounts/{tenant.account_id}"

    def enable(*, enabled: bool) -> Any:
        return client.patch(account, json={"data": {"enabled": enabled}}).raise_for_status()

    enable(enabled=False)
    assert status(tenant, tenant.api_key, tenant.functions_url()) == 423
    enable(enabled=True)
    assert status(tenant, tenant.api_key, tenant.functions_url()) == 200


def test_a_deleted_account_takes_its_keys_and_functions_with_it(
    tenant: Tenant, client: httpx2.Client
) -> None:
    functions = [tenant.create(f"return {n}") for n in range(3)]

    deleted = client.delete(f"/v2/accounts/{tenant.account_id}")

    assert deleted.json()["data"]["_read_only"] == {"deleted": True}
    assert status(tenant, tenant.api_key, tenant.functions_url()) == 401
    for function in functions:
        assert client.get(tenant.functions_url(function)).status_code == 404
