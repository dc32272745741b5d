"""What a function may reach, on one machine and on AWS, where no other host is to be reached."""

import hmac
import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from tests.support.echo_server import Echo, echoing
from tests.support.hosts import Host
from tests.support.public_address import public_address
from tests.support.tenants import Tenant

Execute = Callable[..., dict[str, Any]]

REASON = """
try { await fetch(call.url); } catch (error) {
  return {name: error.name, code: error.cause.code, message: error.message};
}
"""
POST = """
const response = await fetch(call.url, {method: 'POST', body: call.text});
return {status: response.status, answer: await response.json()};
"""
BEARER = """
const headers = {authorization: `Bearer ${context.secrets.TOKEN}`};
return {status: (await fetch(call.url, {headers})).status};
"""
VALUE = "a key that signs"
SIGNED = """
const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(context.secrets.HOOK),
  {name: 'HMAC', hash: 'SHA-256'}, false, ['sign']);
const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(call.text));
return {mac: new Uint8Array(signature).toHex(), shown: context.secrets.HOOK};
"""


@pytest.fixture
def echo() -> Iterator[Echo]:
    """A server at a public address."""
    with public_address() as address, echoing(address) as echo:
        yield echo


@pytest.fixture
def execute(tenant: Tenant) -> Execute:
    """Make a function with more keys in its document, execute it, and return the execution."""

    def execute(source: str, data: object, **document: Any) -> dict[str, Any]:
        url = tenant.functions_url(tenant.create(source, record="all", **document))
        with tenant.client() as client:
            executed = client.post(f"{url}/execute", json={"data": data})
            assert executed.status_code == 200, executed.text
            execution: dict[str, Any] = executed.json()["data"]
            record = client.get(f"{url}/executions/{execution['execution_id']}").json()["data"]
        assert execution["outcome"] == "ok", execution
        assert (record["fetches"], record["usage"]) == (execution["fetches"], execution["usage"])
        return execution

    return execute


def test_no_host_is_reached_that_the_document_does_not_name(execute: Execute) -> None:
    execution = execute(REASON, {"url": "https://example.com/"}, net={"allow": ["example.org"]})

    assert (execution["result"]["name"], execution["result"]["code"]) == (
        "TypeError",
        "not_allowed",
    )


@pytest.mark.parametrize("address", ["127.0.0.1:9001", "169.254.169.254", "[::1]:9001"])
def test_a_private_address_is_not_reached_though_the_document_names_it(
    execute: Execute, address: str
) -> None:
    url = f"http://{address}/2018-06-01/runtime/invocation/next"

    execution = execute(REASON, {"url": url}, net={"allow": [address]})

    assert execution["result"]["code"] == "private_address"
    assert execution["usage"]["fetches"] == len(execution["fetches"])


def test_a_public_address_is_reached_but_by_no_secret_without_tls(
    tenant: Tenant, execute: Execute, echo: Echo
) -> None:
    with tenant.client() as client:
        url = f"/v2/accounts/{tenant.account_id}/secrets/TOKEN"
        document = {"value": VALUE, "hosts": [echo.address]}
        assert client.put(url, json={"data": document}).is_success
    allowed = {"net": {"allow": [echo.address]}, "secrets": ["TOKEN"]}

    execution = execute(POST, {"url": f"{echo.url}/orders?n=1", "text": "hello é"}, **allowed)
    in_clear = execute(BEARER, {"url": echo.url}, **allowed)

    asked, without_tls = echo.asked
    assert execution["result"] == {"status": 200, "answer": asked}
    assert (asked["method"], asked["path"], asked["body"]) == ("POST", "/orders?n=1", "hello é")
    [fetch] = execution["fetches"]
    assert (fetch["host"], fetch["status"], fetch["sent_bytes"]) == (echo.host, 200, 8)
    assert in_clear["result"] == {"status": 200}
    assert re.fullmatch("Bearer iso_secret_[0-9a-f]{32}", without_tls["headers"]["authorization"])


def test_a_ceiling_holds_from_the_next_execution_on(
    host: Host, tenant: Tenant, execute: Execute
) -> None:
    asked = ({"url": "http://127.0.0.1:1/"}, {"allow": ["127.0.0.1"]})
    before = execute(REASON, asked[0], net=asked[1])

    with host.client() as above:
        document = {"net": {"allow": ["*.example.com"]}}
        changed = above.patch(f"/v2/accounts/{tenant.account_id}", json={"data": document})
    after = execute(REASON, asked[0], net=asked[1])

    assert changed.status_code == 200
    assert [each["result"]["code"] for each in (before, after)] == [
        "private_address", "not_allowed",
    ]  # fmt: skip


def test_a_secret_signs_and_shows_a_placeholder(tenant: Tenant, execute: Execute) -> None:
    with tenant.client() as client:
        url = f"/v2/accounts/{tenant.account_id}/secrets/HOOK"
        made = client.put(url, json={"data": {"value": VALUE, "sign": True}})

    execution = execute(SIGNED, {"text": "a body"}, secrets=["HOOK"])

    assert made.status_code in {200, 201}
    expected = hmac.new(VALUE.encode(), b"a body", sha256).hexdigest()
    assert execution["result"]["mac"] == expected
    assert re.fullmatch("iso_secret_[0-9a-f]{32}", execution["result"]["shown"])
    assert VALUE not in json.dumps(execution)
