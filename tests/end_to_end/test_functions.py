"""Kazoo's functions API: what is kept, listed, changed and refused."""

import httpx2
import pytest

from tests.support.hosts import ON_STACK, Host
from tests.support.tenants import Tenant

SAY_HI = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"


def test_all_seven_operations_of_the_kazoo_functions_api(tenant: Tenant) -> None:
    with tenant.client() as kazoo:
        created = kazoo.put(
            tenant.functions_url(), json={"data": {"name": "hi", "function_js": SAY_HI}}
        )
        assert created.status_code == 201
        function = created.json()["data"]["id"]
        url = tenant.functions_url(function)
        assert created.headers["location"].endswith(url)
        assert [item["id"] for item in kazoo.get(tenant.functions_url()).json()["data"]] == [
            function
        ]
        assert kazoo.get(url).json()["data"]["function_js"] == SAY_HI
        changed = kazoo.post(url, json={"data": {"name": "new", "function_js": SAY_HI, "tag": 1}})
        assert changed.json()["data"]["tag"] == 1
        patched = kazoo.patch(url, json={"data": {"tag": None, "custom": "value"}})
        assert "tag" not in patched.json()["data"]
        assert kazoo.get(url).json()["data"]["custom"] == "value"
        assert kazoo.get(tenant.functions_url("samples")).json()["data"][0]["enabled"] is True
        assert kazoo.delete(url).json()["data"]["_read_only"] == {"deleted": True}
        assert kazoo.get(url).status_code == 404
        assert kazoo.get(tenant.functions_url()).json()["data"] == []


def test_a_list_comes_in_pages_and_narrowed(tenant: Tenant) -> None:
    made = sorted((tenant.create(f"return {n}", tag=n) for n in range(5)), reverse=True)
    url = tenant.functions_url()

    with tenant.client() as client:
        first = client.get(url, params={"page_size": 3}).json()
        rest = client.get(url, params={"page_size": 3, "start_key": first["next_start_key"]}).json()
        narrowed = client.get(url, params={"filter_tag": "3"}).json()["data"]
        upwards = client.get(url, params={"ascending": "true"}).json()["data"]

    assert [one["id"] for one in first["data"] + rest["data"]] == made
    assert (first["page_size"], rest["page_size"]) == (3, 2)
    assert "next_start_key" not in rest
    assert [one["function_js"] for one in narrowed] == ["return 3"]
    assert [one["id"] for one in upwards] == made[::-1]


def test_a_write_starts_from_the_revision_that_was_seen(host: Host, client: httpx2.Client) -> None:
    url = host.functions_url(host.create("return 1"))
    etag = client.get(url).headers["etag"]
    seen, change = {"If-Match": etag}, {"data": {"custom": 1}}

    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert client.patch(url, json=change, headers=seen).status_code == 200
    assert client.patch(url, json=change, headers=seen).status_code == 412
    assert client.delete(url, headers=seen).status_code == 412
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_what_breaks_a_rule_is_named(host: Host, client: httpx2.Client) -> None:
    answer = client.put(host.functions_url(), json={"data": {"name": 1, "limits": {"x": 1}}})

    body = answer.json()
    assert answer.status_code == 400
    assert (body["status"], body["error"], body["message"]) == ("error", "400", "validation error")
    assert body["data"].keys() >= {"name", "function_js"}
    assert body["data"]["function_js"].keys() == {"required"}


@pytest.mark.parametrize(
    ("method", "path", "key", "status", "message"),
    [
        ("GET", "/functions", "", 401, "invalid_credentials"),
        ("GET", "/functions", "0" * 64, 401, "invalid credentials"),
        ("GET", f"/functions/{'0' * 32}", None, 404, "bad_identifier"),
        ("DELETE", "/functions", None, 405, "invalid_method"),
        ("PUT", "/functions", None, 400, "validation error"),
        ("GET", "/nowhere", None, 404, "not_found"),
    ],
)
def test_kazoo_gets_what_is_wrong(
    host: Host, method: str, path: str, key: str | None, status: int, message: str
) -> None:
    account = host.credentials["account_id"]
    with host.client(**({} if key is None else {"X-Auth-Token": key})) as client:
        answer = client.request(method, f"/v2/accounts/{account}{path}")

    body = answer.json()
    assert (answer.status_code, body["status"], body["message"]) == (status, "error", message)
    assert body["error"] == str(status)
    assert body["request_id"] == answer.headers["x-request-id"]


@pytest.mark.skipif(
    ON_STACK, reason="ministack refuses preflights, which AWS hands on; see tests/stack"
)
def test_a_preflight_is_answered_to_any_page(host: Host, anybody: httpx2.Client) -> None:
    page = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}

    answer = anybody.options(host.functions_url(), headers=page)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "x-auth-token" in answer.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("return {", ["compile_error"]),
        ("const a = ;", ["compile_error"]),
        ("function (call) { return 1; }", ["compile_error", "whole_function"]),
        ("(call) => ({ a: 1 })", ["whole_function"]),
        ("async function main(call) { return 1; }", ["whole_function"]),
        ("module.exports = (call) => 1;", ["module"]),
        ("[call].map((n) => { return n; });", ["no_return"]),
        ("return [call].map((n) => { return n; });", []),
    ],
)
def test_a_source_is_looked_at_when_it_comes(tenant: Tenant, source: str, codes: list[str]) -> None:
    tenant.execute(tenant.create("return 1"))  # an executor that is only starting knows nothing
    data = {"name": "n", "function_js": source}
    with tenant.client() as kazoo:
        created = kazoo.put(tenant.functions_url(), json={"data": data})
        url = tenant.functions_url(created.json()["data"]["id"])
        published = kazoo.put(f"{url}/versions")

    assert created.status_code == 201
    warnings = created.json()["data"].get("_read_only", {}).get("warnings", [])
    assert [warning["code"] for warning in warnings] == codes
    assert published.status_code == (400 if "compile_error" in codes else 201)
    if "compile_error" in codes:
        assert (warnings[0]["line"], warnings[0]["column"]) > (0, 0)
        error = published.json()["data"]["function_js"]["error"]
        assert (error["line"], error["column"]) == (warnings[0]["line"], warnings[0]["column"])


@pytest.mark.parametrize("prefer", ["handling=strict", 'respond-async, Handling = "strict";a=1'])
def test_a_strict_write_saves_no_source_that_does_not_compile(tenant: Tenant, prefer: str) -> None:
    function = tenant.create("return 1")
    assert tenant.execute(function)["result"] == 1
    broken = {"name": "n", "function_js": "const a = ;"}
    with tenant.client() as kazoo:
        url = tenant.functions_url(function)
        strict = {"Prefer": prefer}
        refused = [
            kazoo.put(tenant.functions_url(), json={"data": broken}, headers=strict),
            kazoo.post(url, json={"data": broken}, headers=strict),
            kazoo.patch(url, json={"data": {"function_js": "const a = ;"}}, headers=strict),
        ]
        odd = kazoo.patch(url, json={"data": {"function_js": "() => 2"}}, headers=strict)
        listed = kazoo.get(tenant.functions_url()).json()["data"]

    for answer in refused:
        assert answer.status_code == 400
        error = answer.json()["data"]["function_js"]["error"]
        assert error["message"] == "SyntaxError: Unexpected token ';', at line 1, column 11"
    assert [warning["code"] for warning in odd.json()["data"]["_read_only"]["warnings"]] == [
        "whole_function"
    ]
    assert [each["id"] for each in listed] == [function]
