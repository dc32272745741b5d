"""HTTP functions: requests come in at a URL and answers go out, of whatever bytes they are."""

import hmac
import uuid
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.tenants import Tenant

NONE, KEY = {"type": "none"}, {"type": "key"}
HANDS_BACK = """
return Response.json({
  method: call.method, url: call.url, own: call.headers.get('x-own'),
  keys: ['x-auth-token', 'authorization'].filter((name) => call.headers.has(name)),
}, {status: 201, headers: {'x-answer': 'é'.normalize('NFD').length + ' units'}})
"""
ECHOES = """
export default {
  async fetch(request, env, ctx) {
    const type = request.headers.get('content-type')
    return new Response(request.body, {headers: {'content-type': type}})
  },
}
"""
COUNTS_AND_SIGNS = """
const encode = (text) => new TextEncoder().encode(text)
const algorithm = {name: 'HMAC', hash: 'SHA-256'}
const raw = encode(context.secrets.HOOK)
const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign'])
const body = await call.text() + await context.kv.increment('requests')
const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(body))).toHex()
return new Response(body, {headers: {'content-type': 'text/plain', 'x-signature': signature}})
"""
# On a local AWS, what the function asks of the store may begin with the start of a Lambda.
PATIENT = {"wall_time_ms": 25_000}


def publish(tenant: Tenant, function: str, auth: object = NONE) -> str:
    """Put a function behind a path of its own, and return the path."""
    name = f"p-{uuid.uuid4().hex}"
    trigger = {"name": name, "type": "http", "path": name, "auth": auth}
    with tenant.client() as owner:
        made = owner.put(f"{tenant.functions_url(function)}/triggers", json={"data": trigger})
    assert made.status_code == 201, made.text
    path: str = urlsplit(made.json()["data"]["_read_only"]["url"]).path
    assert path == f"/http/{tenant.account_id}/{name}"
    return path


def ask(tenant: Tenant, path: str, method: str = "GET", **how: Any) -> httpx2.Response:
    """Ask as a stranger does, with no key but what ``headers`` has."""
    with tenant.client(Accept="*/*") as stranger:
        return stranger.request(method, path, **how)


def key_for(tenant: Tenant, function: str) -> str:
    """Make a key that may execute one function and do nothing else."""
    asked = {"scopes": ["execute"], "function_id": function}
    url = f"/v2/accounts/{tenant.account_id}/api_keys"
    with tenant.client() as owner:
        made = owner.put(url, json={"data": asked})
    key: str = made.raise_for_status().json()["data"]["api_key"]
    return key


def test_a_stranger_asks_and_the_function_answers(tenant: Tenant) -> None:
    path = publish(tenant, tenant.create(HANDS_BACK))

    answer = ask(tenant, f"{path}/a%20b/c?d=e&d=%2F", headers={"X-Own": "own"})

    assert (answer.status_code, answer.headers["x-answer"]) == (201, "2 units")
    assert answer.headers.get_list("content-security-policy") == ["sandbox"]
    given = answer.json()
    assert (given["method"], given["own"], given["keys"]) == ("GET", "own", [])
    assert given["url"].partition("://")[2].endswith(f"{path}/a%20b/c?d=e&d=%2F")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [("application/octet-stream", bytes(range(256))), ("text/plain", "é 😀".encode())],
)
def test_a_body_goes_in_and_out_as_it_came(tenant: Tenant, media_type: str, body: bytes) -> None:
    path = publish(tenant, tenant.create(ECHOES))

    answer = ask(tenant, path, "POST", content=body, headers={"Content-Type": media_type})

    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["content-type"].partition(";")[0] == media_type


def test_a_key_comes_in_that_may_execute_the_function(tenant: Tenant) -> None:
    function, other = tenant.create(HANDS_BACK), tenant.create(HANDS_BACK)
    path, key = publish(tenant, function, KEY), key_for(tenant, function)

    def asked(**headers: str) -> httpx2.Response:
        return ask(tenant, path, headers=headers)

    shown = [asked(**{"X-Auth-Token": key}), asked(Authorization=f"Bearer {key}")]
    refused = [asked(), asked(**{"X-Auth-Token": key_for(tenant, other)})]

    assert [(each.status_code, each.json()["keys"]) for each in shown] == [(201, [])] * 2
    assert [each.status_code for each in refused] == [401, 403]
    assert [each.json()["code"] for each in refused] == ["unauthorized", "forbidden"]


def test_a_function_that_throws_tells_its_owner_and_no_stranger(tenant: Tenant) -> None:
    function = tenant.create("throw new Error('for the owner')", record="all")

    answer = ask(tenant, publish(tenant, function))

    assert (answer.status_code, answer.json()["code"]) == (500, "exception")
    assert "for the owner" not in answer.text
    with tenant.client() as owner:
        url = f"{tenant.functions_url(function)}/executions/{answer.json()['execution_id']}"
        record = owner.get(url).raise_for_status().json()["data"]
    assert record["error"]["message"] == "for the owner"


def test_a_function_counts_its_requests_and_signs_its_answers(tenant: Tenant) -> None:
    secret = "a key that signs"  # noqa: S105 - of this test
    with tenant.client() as owner:
        url = f"/v2/accounts/{tenant.account_id}/secrets/HOOK"
        owner.put(url, json={"data": {"value": secret, "sign": True}}).raise_for_status()
    reach = {"secrets": ["HOOK"], "kv": ["counters"], "limits": PATIENT}
    path = publish(tenant, tenant.create(COUNTS_AND_SIGNS, **reach))

    answers = [ask(tenant, path, "POST", content="request ") for _ in range(2)]

    assert [answer.text for answer in answers] == ["request 1", "request 2"]
    expected = [hmac.new(secret.encode(), each.content, "sha256").hexdigest() for each in answers]
    assert [answer.headers["x-signature"] for answer in answers] == expected
