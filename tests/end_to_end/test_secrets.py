"""Secrets over HTTP: put, named, rotated, signed with and removed; no function reads one."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.support.tenants import Tenant

VALUE, NEW = "the first value of a key", "the value after that"
SIGNS = """
const encode = (text) => new TextEncoder().encode(text)
const algorithm = {name: 'HMAC', hash: call.hash}
const raw = encode(context.secrets.KEY)
const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign', 'verify'])
const mac = await crypto.subtle.sign('HMAC', key, encode(call.text))
return {
  mac: new Uint8Array(mac).toHex(),
  verified: await crypto.subtle.verify('HMAC', key, mac, encode(call.text)),
  mistaken: await crypto.subtle.verify('HMAC', key, mac, encode(call.text + '!')),
  context,
}
"""


@pytest.fixture
def owner(tenant: Tenant) -> Iterator[httpx2.Client]:
    with tenant.client() as client:
        yield client


def put(owner: httpx2.Client, below: str, **data: Any) -> httpx2.Response:
    return owner.put(f"{below}/secrets/KEY", json={"data": {"value": VALUE, **data}})


def test_a_function_signs_with_a_key_that_it_does_not_have(
    tenant: Tenant, owner: httpx2.Client
) -> None:
    account = f"/v2/accounts/{tenant.account_id}"
    assert put(owner, account, sign=True).status_code == 201
    function = tenant.create(SIGNS, secrets=["KEY"])

    def signed(digest: str) -> dict[str, Any]:
        answer = tenant.execute(function, {"hash": digest, "text": "what to sign, é"})
        assert answer["outcome"] == "ok", answer
        assert VALUE not in json.dumps(answer)
        result: dict[str, Any] = answer["result"]
        assert (result["verified"], result["mistaken"]) == (True, False)
        return result

    for digest in ("SHA-1", "SHA-256", "SHA-384", "SHA-512"):
        expected = hmac.new(VALUE.encode(), "what to sign, é".encode(), digest.replace("-", ""))
        assert signed(digest)["mac"] == expected.hexdigest()

    assert put(owner, account, value=NEW, sign=True).status_code == 200
    expected = hmac.new(NEW.encode(), "what to sign, é".encode(), "sha256")
    assert signed("SHA-256")["mac"] == expected.hexdigest()


def test_a_key_of_hosts_signs_nothing(tenant: Tenant, owner: httpx2.Client) -> None:
    put(owner, f"/v2/accounts/{tenant.account_id}", hosts=["api.example.com"])
    function = tenant.create(SIGNS, secrets=["KEY"])

    answer = tenant.execute(function, {"hash": "SHA-256", "text": ""})

    assert answer["outcome"] == "exception"
    assert "the key is no secret of this function that signs" in answer["error"]["message"]


def test_a_functions_own_comes_first_and_goes_first(tenant: Tenant, owner: httpx2.Client) -> None:
    function = tenant.create("return context.secrets.KEY", secrets=["KEY"])
    below = tenant.functions_url(function)

    def status() -> int:
        return owner.post(f"{below}/execute", json={"data": {}}).status_code

    assert status() == 409
    put(owner, below, sign=True).raise_for_status()
    assert status() == 200
    put(owner, f"/v2/accounts/{tenant.account_id}", sign=True).raise_for_status()
    owner.delete(f"{below}/secrets/KEY").raise_for_status()
    assert status() == 200
    owner.delete(f"/v2/accounts/{tenant.account_id}/secrets/KEY").raise_for_status()
    assert status() == 409


def test_a_key_that_executes_manages_no_secrets(tenant: Tenant, owner: httpx2.Client) -> None:
    account = f"/v2/accounts/{tenant.account_id}"
    made = owner.put(f"{account}/api_keys", json={"data": {"scopes": ["execute"]}})
    put(owner, account, sign=True).raise_for_status()

    with tenant.client(**{"X-Auth-Token": made.json()["data"]["api_key"]}) as client:
        answers = [
            client.get(f"{account}/secrets"),
            client.get(f"{account}/secrets/KEY"),
            put(client, account, value=NEW, sign=True),
            client.delete(f"{account}/secrets/KEY"),
        ]

    assert [answer.status_code for answer in answers] == [403] * 4
