"""No call of a tool that a person is to approve is executed without, or twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.mcp_messages import OLD, headers_of
from tests.support.tenants import Tenant


def ask(tenant: Tenant, key: str | None = None, where: str = "mcp", **params: Any) -> Any:
    """Send a ``tools/call``, and return the answer."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    with tenant.client(authorization=f"Bearer {key or tenant.api_key}") as client:
        path = f"/v2/accounts/{tenant.account_id}/{where}"
        return client.post(path, json=message, headers=headers_of(OLD, "tools/call", params)).json()


def decide(tenant: Tenant, approval_id: str, verb: str = "approve", key: str | None = None) -> int:
    with tenant.client() as client:
        headers = {} if key is None else {"x-auth-token": key}
        path = f"/v2/accounts/{tenant.account_id}/approvals/{approval_id}/{verb}"
        return client.post(path, headers=headers).status_code


def id_in(answer: Any) -> str:
    approval_id: str = answer["result"]["_meta"]["isolambda/approval_id"]
    return approval_id


@pytest.fixture
def add(alice: Tenant, request: pytest.FixtureRequest) -> Callable[..., tuple[str, str]]:
    """Create a tool to be approved, and return its name and the id of its function."""
    name = request.node.name.replace("test", "pay")[:60]

    def add(source: str = "return 'paid'", **document: Any) -> tuple[str, str]:
        tool = {"description": "Pays.", "name": name, "approval": True}
        return name, alice.create(source, name="pay", record="all", tool=tool, **document)

    return add


def executions(tenant: Tenant, function_id: str) -> int:
    with tenant.client() as client:
        path = f"/v2/accounts/{tenant.account_id}/functions/{function_id}/executions"
        return len(client.get(path).json()["data"])


def test_of_many_calls_at_once_by_messages_and_by_code_one_is_executed(
    alice: Tenant, add: Callable[..., tuple[str, str]]
) -> None:
    name, function_id = add()
    decide(alice, id_in(ask(alice, name=name, arguments={"to": "Ada"})))
    code = f"return Promise.allSettled([1, 2, 3].map(() => tools.{name}({{ to: 'Ada' }})))"

    def call(number: int) -> Any:
        if number % 4:
            return ask(alice, name=name, arguments={"to": "Ada"})
        return ask(alice, where="mcp/code", name="execute", arguments={"code": code})

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(call, range(12)))

    assert executions(alice, function_id) == 1


def test_an_approval_is_no_other_tenants_and_no_key_that_executes_gives_it(
    alice: Tenant, mallory: Tenant, add: Callable[..., tuple[str, str]]
) -> None:
    name, function_id = add()
    approval_id = id_in(ask(alice, name=name))
    with alice.client() as client:
        path = f"/v2/accounts/{alice.account_id}/api_keys"
        made = client.put(path, json={"data": {"scopes": ["execute"]}}).json()["data"]

    assert decide(mallory, approval_id) == 404
    assert decide(alice, approval_id, key=mallory.api_key) == 403
    assert decide(alice, approval_id, key=made["api_key"]) == 403
    assert id_in(ask(alice, name=name)) == approval_id
    assert decide(alice, approval_id) == 200
    assert "isolambda/approval_id" in ask(alice, made["api_key"], name=name)["result"]["_meta"]
    assert executions(alice, function_id) == 0


def test_another_function_under_the_name_needs_an_approval_of_its_own(
    alice: Tenant, add: Callable[..., tuple[str, str]]
) -> None:
    name, first = add()
    approval_id = id_in(ask(alice, name=name))
    decide(alice, approval_id)
    with alice.client() as client:
        path = f"/v2/accounts/{alice.account_id}/functions"
        client.delete(f"{path}/{first}").raise_for_status()
    _, second = add("return 'other'")

    assert id_in(ask(alice, name=name)) != approval_id
    assert executions(alice, second) == 0


def test_a_key_that_is_removed_takes_its_approvals_with_it(
    alice: Tenant, add: Callable[..., tuple[str, str]]
) -> None:
    name, function_id = add()
    with alice.client() as client:
        path = f"/v2/accounts/{alice.account_id}/api_keys"
        made = client.put(path, json={"data": {"scopes": ["execute"]}}).json()["data"]
        decide(alice, id_in(ask(alice, made["api_key"], name=name)))
        client.delete(f"{path}/{made['id']}").raise_for_status()

    assert "error" in ask(alice, made["api_key"], name=name)
    assert id_in(ask(alice, name=name))
    assert executions(alice, function_id) == 0


def test_a_call_as_a_task_goes_around_no_approval(
    alice: Tenant, add: Callable[..., tuple[str, str]]
) -> None:
    name, function_id = add()
    decide(alice, id_in(ask(alice, name=name)))

    assert ask(alice, name=name, task={})["error"]["code"] == -32601
    assert executions(alice, function_id) == 0
    assert ask(alice, name=name)["result"]["isError"] is False
