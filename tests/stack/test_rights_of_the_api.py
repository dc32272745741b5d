"""ApiFunction works with each of its rights, and without it says so, with nothing half done.

Of these, ministack does not evaluate the rights to write a log (it writes a Lambda's log itself,
and names a log group otherwise than AWS does) and to trace (it has no X-Ray).
"""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.stack.rights import AS_MINISTACK_SAYS, NOT_EVALUATED, Role
from tests.stack.stack import Stack
from tests.stack.trigger_rights import BIND, NOT_ASKED_TO_BIND
from tests.support.tenants import Tenant

LATER = {"Prefer": "respond-async"}
LONG = {"data": {"text": "y" * 500_000}}
VOICEMAIL = {"module": "voicemail", "data": {"action": "compose"}}
UNAVAILABLE = (502, 503)
KEPT_BY_THE_PROCESS = "ReadSecret secretsmanager:GetSecretValue"
Ask = Callable[[httpx2.Client, Tenant, str], httpx2.Response]


def create(client: httpx2.Client, tenant: Tenant, _: str) -> httpx2.Response:
    data = {"name": "another", "function_js": "return 2"}
    return client.put(tenant.functions_url(), json={"data": data})


def delete_account(_: httpx2.Client, tenant: Tenant, __: str) -> httpx2.Response:
    with tenant.host.client() as parent:
        return parent.delete(f"/v2/accounts/{tenant.account_id}")


def come_in(client: httpx2.Client, tenant: Tenant, _: str) -> httpx2.Response:
    return client.put("/v2/api_auth", json={"data": {"api_key": tenant.api_key}})


def publish(client: httpx2.Client, tenant: Tenant, _: str) -> httpx2.Response:
    event = {"source": "shop", "detail_type": "sold", "detail": {}}
    url = f"/v2/accounts/{tenant.account_id}/events"
    return client.put(url, json={"data": {"events": [event]}})


def send(client: httpx2.Client, _: Tenant, url: str) -> httpx2.Response:
    """Send to the queue of a trigger, which is made first if there is none."""
    triggers = client.get(f"{url}/triggers").json()["data"]
    if not triggers:
        made = client.put(f"{url}/triggers", json={"data": {"name": "n", "type": "queue"}})
        triggers = [made.raise_for_status().json()["data"]]
    sent = {"data": {"messages": ["one"]}}
    return client.put(f"{url}/triggers/{triggers[0]['id']}/messages", json=sent)


def enforce(client: httpx2.Client, _: Tenant, url: str) -> httpx2.Response:
    """Have an alias enforce the contract of a version, which is made first if there is none."""
    client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
    enforced = {"data": {"version": 1, "contract": "enforced"}}
    return client.put(f"{url}/aliases/live", json=enforced)


PROBES: dict[str, Ask] = {
    "ReadAndWriteTable dynamodb:GetItem": lambda client, _, url: client.get(url),
    "ReadAndWriteTable dynamodb:BatchGetItem": lambda client, tenant, _: client.get(
        f"/v2/accounts/{tenant.account_id}/openapi.json"
    ),
    "ReadAndWriteTable dynamodb:PutItem": create,
    "ReadAndWriteTable dynamodb:UpdateItem": lambda client, _, url: client.patch(
        url, json={"data": {"tag": 1}}
    ),
    "ReadAndWriteTable dynamodb:DeleteItem": delete_account,
    "ReadAndWriteTable dynamodb:BatchWriteItem": lambda client, _, url: client.post(
        f"{url}/execute", json=LONG, headers=LATER
    ),
    "ReadAndWriteTable dynamodb:ConditionCheckItem": enforce,
    "ReadAndWriteTable dynamodb:Query": lambda client, tenant, _: client.get(
        tenant.functions_url()
    ),
    "ListRecords dynamodb:Query": lambda client, tenant, _: client.get(
        f"/v2/accounts/{tenant.account_id}/executions"
    ),
    KEPT_BY_THE_PROCESS: come_in,
    "InvokeExecutor lambda:InvokeFunction": lambda client, _, url: client.post(f"{url}/execute"),
    "SendToQueues sqs:SendMessage": lambda client, _, url: client.post(
        f"{url}/execute", headers=LATER
    ),
    AS_MINISTACK_SAYS: send,
    "PublishEvents events:PutEvents": publish,
}


def kept(tenant: Tenant, url: str) -> list[Any]:
    """Return what is there of an account, as its parent sees it."""
    paths = (f"/v2/accounts/{tenant.account_id}", tenant.functions_url(), url, f"{url}/executions")
    with tenant.host.client() as parent:
        return [parent.get(path).json()["data"] for path in paths]


@pytest.fixture
def role(stack: Stack) -> Role:
    return Role(stack, "ApiFunction")


@pytest.fixture
def url(tenant: Tenant) -> str:
    """A function of the tenant."""
    return tenant.functions_url(tenant.create("return 1", fallback=VOICEMAIL))


@pytest.mark.parametrize("permission", PROBES)
def test_what_needs_a_right_fails_without_it_and_works_with_it(
    stack: Stack, role: Role, tenant: Tenant, url: str, permission: str
) -> None:
    before = kept(tenant, url)
    with tenant.client() as client:
        with role.without(permission):
            if permission == KEPT_BY_THE_PROCESS:
                stack.aws.restart_lambda(stack.resources["ApiFunction"])
            refused = PROBES[permission](client, tenant, url)
        after = kept(tenant, url)
        accepted = PROBES[permission](client, tenant, url)

    body = refused.json()
    assert refused.status_code in UNAVAILABLE
    assert (body["status"], body["error"]) == ("error", str(refused.status_code))
    assert "AccessDenied" not in refused.text
    assert after == before
    assert accepted.is_success, accepted.text


def test_a_right_of_the_template_has_a_probe_or_a_reason(role: Role) -> None:
    probed = PROBES.keys() | BIND.keys()
    assert role.permissions == probed | NOT_EVALUATED | NOT_ASKED_TO_BIND


def test_without_an_executor_each_dialect_says_so_and_a_call_has_its_fallback(
    stack: Stack, role: Role, tenant: Tenant, url: str
) -> None:
    function = url[-32:]
    with role.without("InvokeExecutor lambda:InvokeFunction"), tenant.client() as client:
        codemash = client.post(f"/v2/serverless/functions/{function}/execute")
        call = client.post(f"/pivot/{tenant.account_id}/{function}")

    assert codemash.status_code in UNAVAILABLE
    assert codemash.json()["responseStatus"]["errorCode"]
    assert (call.status_code, call.json()) == (200, VOICEMAIL)
    assert stack.resources["ExecutorFunction"] not in codemash.text
