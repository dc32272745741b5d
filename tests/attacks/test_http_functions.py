"""HTTP functions: what strangers send, and what hostile functions answer, on a shared host."""

import base64
import hashlib
import hmac
import json
import socket
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from isolambda_core.adapters.clock import SystemClock
from isolambda_core.domain.limits import HTTP_BODY_BYTES
from tests.support.hosts import Host
from tests.support.servers import Server
from tests.support.tenants import Tenant, tenant_of
from tests.support.waiting import WAIT_S, eventually

Fetch = Callable[..., httpx2.Response]
ECHO = """
    const headers = Object.fromEntries(call.headers);
    return Response.json({method: call.method, url: call.url, headers, body: await call.text()})
"""
NONE = {"type": "none"}


def publish(tenant: Tenant, source: str, auth: object = NONE, **keys: Any) -> tuple[str, str]:
    """Return the path of a new HTTP function, and the function's id."""
    document = {key: keys.pop(key) for key in ("limits", "fallback", "enabled") if key in keys}
    function = tenant.create(source, **document)
    path = f"p-{uuid.uuid4().hex}"
    trigger = {"name": path, "type": "http", "path": path, "auth": auth, **keys}
    with tenant.client() as owner:
        made = owner.put(f"{tenant.functions_url(function)}/triggers", json={"data": trigger})
    assert made.status_code == 201, made.text
    url = made.json()["data"]["_read_only"]["url"]
    assert urlsplit(url).path == f"/http/{tenant.account_id}/{path}"
    return urlsplit(url).path, function


def fetch(tenant: Tenant, path: str, method: str = "GET", **how: Any) -> httpx2.Response:
    with tenant.client(**{"User-Agent": "a stranger"}) as client:
        return client.request(method, path, **how)


def raw(tenant: Tenant, head: str, body: bytes = b"") -> bytes:
    """Send bytes as they are, and return all that comes back."""
    url = urlsplit(tenant.credentials["url"])
    with socket.create_connection((url.hostname, url.port), WAIT_S) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        answer = b""
        while received := connection.recv(65_536):
            answer += received
    return answer


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    fields: dict[str, Any] = answer.json()
    assert (fields["status"], fields["code"]) == (status, code)
    assert "stack" not in fields
    return fields


@pytest.fixture(scope="module")
def echo(alice: Tenant) -> str:
    return publish(alice, ECHO)[0]


# What an answer must not do to its host.

REFUSED_HEADERS = {
    "cookie": ("set-cookie", "session=mallory; Path=/"),
    "transport security": ("strict-transport-security", "max-age=31536000"),
    "clear site data": ("clear-site-data", '"*"'),
    "service worker": ("service-worker-allowed", "/"),
    "alternative service": ("alt-svc", 'h3="evil.example:443"'),
    "network error logging": ("nel", '{"report_to":"x","max_age":1}'),
    "reports": ("report-to", '{"group":"x"}'),
    "client hints": ("accept-ch", "Sec-CH-UA-Full-Version"),
    "nginx": ("x-accel-redirect", "/internal/secret"),
    "apache": ("x-sendfile", "/etc/passwd"),
    "transfer encoding": ("transfer-encoding", "chunked"),
    "connection": ("connection", "x-smuggled, close"),
    "named by connection": ("x-smuggled", "1"),
    "upgrade": ("upgrade", "websocket"),
    "proxy": ("proxy-authenticate", "Basic"),
    "trailer": ("trailer", "x"),
    "AWS": ("x-amzn-requestid", "x"),
    "login status": ("set-login", "logged-in"),
    "sessions": ("secure-session-registration", '(ES256); path="/x"'),
    "dictionaries": ("use-as-dictionary", 'match="/*"'),
}


@pytest.mark.parametrize(("name", "value"), REFUSED_HEADERS.values(), ids=REFUSED_HEADERS)
def test_no_header_goes_out_that_holds_for_all_of_the_host(
    mallory: Tenant, name: str, value: str
) -> None:
    headers = {"connection": "x-smuggled", name: value, "x-own": "stays"}
    path, _ = publish(mallory, f"return new Response('a', {{headers: {json.dumps(headers)}}})")

    answer = fetch(mallory, path)

    assert (answer.status_code, answer.text, answer.headers["x-own"]) == (200, "a", "stays")
    if name != "connection":
        assert value not in answer.headers.get_list(name)
    assert "x-smuggled" not in answer.headers


def test_a_length_that_is_wrong_is_not_the_one_that_goes_out(mallory: Tenant) -> None:
    path, _ = publish(mallory, "return new Response('abc', {headers: {'content-length': '99'}})")

    answer = fetch(mallory, path)

    assert (answer.headers.get_list("content-length"), answer.text) == (["3"], "abc")


@pytest.mark.parametrize(
    "policy",
    [None, "default-src *", "sandbox allow-scripts allow-same-origin", "sandbox; , sandbox"],
)
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_page_is_in_a_sandbox_whatever_the_function_says(
    mallory: Tenant, policy: str | None, status: int
) -> None:
    headers = {"content-type": "text/html", "x-content-type-options": "none"}
    if policy is not None:
        headers["content-security-policy"] = policy
    init = json.dumps({"status": status, "headers": headers})
    path, _ = publish(mallory, f"return new Response('<script>alert(1)</script>', {init})")

    answer = fetch(mallory, path)

    assert answer.status_code == status
    assert answer.headers.get_list("content-security-policy")[-1] == "sandbox"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


LOCATIONS = ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example"]


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("name", ["location", "refresh", "link", "content-location"])
def test_a_place_that_a_function_names_is_in_the_sandbox_too(
    mallory: Tenant, name: str, location: str
) -> None:
    init = json.dumps({"status": 302, "headers": {name: location, "content-type": "text/html"}})
    path, _ = publish(mallory, f"return new Response(null, {init})")

    answer = fetch(mallory, path)

    # No browser follows a redirect to a script, and what is shown has no origin.
    assert (answer.status_code, answer.headers[name]) == (302, location)
    assert answer.headers.get_list("content-security-policy")[-1] == "sandbox"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


def test_what_has_no_type_is_no_page(mallory: Tenant) -> None:
    path, _ = publish(mallory, "return new Response(new TextEncoder().encode('<script>'))")

    answer = fetch(mallory, path)

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_function_says_of_the_request_nothing_that_is_ours(mallory: Tenant) -> None:
    path, _ = publish(mallory, "return new Response('a', {headers: {'x-request-id': 'forged'}})")

    answer = fetch(mallory, path, headers={"x-request-id": "mine"})

    assert answer.headers.get_list("x-request-id") == ["mine"]
    assert not [name for name in answer.headers if name.startswith("access-control-")]


# Answers that are none.

HOSTILE_ANSWERS = {
    "switching protocols": "new Response(null, {status: 101})",
    "early hints": "new Response(null, {status: 103})",
    "status 600": "new Response(null, {status: 600})",
    "an error": "Response.error()",
    "CR LF in a value": "new Response('a', {headers: {'x-a': 'b\\r\\nset-cookie: c=d'}})",
    "NUL in a value": "new Response('a', {headers: {'x-a': 'b\\0'}})",
    "a name that is none": "new Response('a', {headers: {'x a:': 'b'}})",
    "a body that is read": "new Response('a').text().then(() => { throw new Error('secret') })",
    "too many headers": (
        "new Response('a', {headers: Array.from({length: 101}, (_, i) => ['x-' + i, 'a'])})"
    ),
    "10 000 headers": (
        "new Response('a', {headers: Array.from({length: 1e4}, (_, i) => ['x-' + i, ''])})"
    ),
    "a header of a megabyte": "new Response('a', {headers: {'x-a': 'a'.repeat(1 << 20)}})",
    "too long headers": "new Response('a', {headers: {'x-a': 'a'.repeat(17_000)}})",
    "a symbol": "Symbol()",
    "a circle": "(() => { const a = {}; a.a = a; return a })()",
    "a throw": "(() => { throw new Error('secret') })()",
    "an own shape": "new Proxy({}, {get() { throw new Error('secret') }})",
}


@pytest.mark.parametrize("source", HOSTILE_ANSWERS.values(), ids=HOSTILE_ANSWERS)
def test_what_is_no_answer_is_told_without_a_word_of_the_function(
    mallory: Tenant, source: str
) -> None:
    path, _ = publish(mallory, f"return {source}")

    answer = fetch(mallory, path)

    assert answer.status_code in {500, 502}
    fields = problem(answer, answer.status_code, answer.json()["code"])
    assert fields["execution_id"]
    assert "secret" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("source", "limits", "status", "code"),
    [
        ("for (;;);", {"wall_time_ms": 50}, 504, "exceeded_wall_time"),
        ("const a = []; for (;;) a.push(new Array(1e5).fill(1))", {}, 500, "exceeded_memory"),
        (
            "return new Response(new ReadableStream({pull(c) { c.enqueue(new Uint8Array(1e5)) }}))",
            {},
            502,
            "exceeded_result",
        ),
        (
            "return new Response(new ReadableStream({pull: () => new Promise(() => {})}))",
            {},
            500,
            "exception",
        ),
        ("return new Response(new Uint8Array(5e6))", {}, 502, "exceeded_result"),
        ("call.url", {}, 502, "no_answer"),
    ],
)
def test_what_never_ends_ends(
    mallory: Tenant, source: str, limits: dict[str, int], status: int, code: str
) -> None:
    path, _ = publish(mallory, source, limits=limits)

    problem(fetch(mallory, path), status, code)


def test_one_function_s_end_is_not_that_of_the_next(mallory: Tenant, alice: Tenant) -> None:
    path, _ = publish(mallory, "for (;;);", limits={"wall_time_ms": 50})
    mine, _ = publish(alice, "return new Response('fine')")

    for _ in range(3):
        problem(fetch(mallory, path), 504, "exceeded_wall_time")

    assert fetch(alice, mine).text == "fine"


# What strangers send.


@pytest.mark.parametrize(
    "tail",
    [
        "/..",
        "/../../v2/accounts",
        "/a/../b",
        "/./a",
        "/%2e%2e/x",
        "/%2E%2e%2fx",
        "/a%2f..%2fb",
        "/..%5cx",
        "/a\\..\\b",
        "%2fx",
        "%00",
        "/%2e",
    ],
)
def test_a_path_does_not_leave_what_is_below_its_name(alice: Tenant, echo: str, tail: str) -> None:
    answer = raw(alice, f"GET {echo}{tail} HTTP/1.1\nHost: a.example\nConnection: close")

    assert answer.startswith(b"HTTP/1.1 404"), answer[:200]
    assert b'"code":"not_found"' in answer


@pytest.mark.parametrize(
    "tail", ["", "/", "//", "//evil.example/x", "/a//b/", "/a%2Fb", "/@x", "/;x"]
)
def test_a_path_reaches_the_function_as_it_came(alice: Tenant, echo: str, tail: str) -> None:
    answer = raw(alice, f"GET {echo}{tail}?a=%0d%0a HTTP/1.1\nHost: a.example\nConnection: close")

    url = json.loads(answer.partition(b"\r\n\r\n")[2])["url"]
    assert url == f"http://a.example{echo}{tail}?a=%0d%0a"


@pytest.mark.parametrize(
    "path",
    [
        "/http",
        "/http/",
        "/http/{account}",
        "/http/{account}/",
        "/http/{account}/nothing",
        "/http/{ACCOUNT}/{name}",
        "/http/{account}/{NAME}",
        "/http//{account}/{name}",
        "/http/{other}/{name}",
        "/http/{account}x/{name}",
        "/http/../http/{account}/{name}",
        "/HTTP/{account}/{name}",
    ],
)
def test_no_other_path_is_that_of_a_function(
    alice: Tenant, mallory: Tenant, echo: str, path: str
) -> None:
    account, name = echo.split("/")[2:]
    named = path.format(
        account=account,
        name=name,
        ACCOUNT=account.upper(),
        NAME=name.upper(),
        other=mallory.account_id,
    )

    answer = raw(alice, f"GET {named} HTTP/1.1\nHost: a.example\nConnection: close")

    assert answer.split(b" ")[1] in {b"404", b"401"}, answer[:200]
    assert b'"method"' not in answer


def test_a_path_of_one_account_is_not_taken_by_another(alice: Tenant, mallory: Tenant) -> None:
    path, _ = publish(alice, "return new Response('alice')")
    name = path.rsplit("/", 1)[1]
    function = mallory.create("return new Response('mallory')")
    trigger = {"name": "n", "type": "http", "path": name, "auth": NONE}

    with mallory.client() as owner:
        made = owner.put(f"{mallory.functions_url(function)}/triggers", json={"data": trigger})
        again = owner.put(f"{mallory.functions_url(function)}/triggers", json={"data": trigger})

    assert (made.status_code, again.status_code) == (201, 409)
    assert fetch(alice, path).text == "alice"
    assert fetch(mallory, f"/http/{mallory.account_id}/{name}").text == "mallory"


@pytest.mark.parametrize(
    "host", ["", "a b", "evil.example/x", "user@evil.example", "[::1", "a\x00b", "é.example"]
)
def test_a_host_that_is_none_makes_no_url(alice: Tenant, echo: str, host: str) -> None:
    answer = raw(alice, f"GET {echo} HTTP/1.1\nHost: {host}\nConnection: close")

    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]


def test_headers_of_proxies_make_no_url(alice: Tenant, echo: str) -> None:
    spoofed = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/evil",
        "forwarded": "host=evil.example;proto=https",
    }

    answer = fetch(alice, echo, headers=spoofed)

    assert answer.json()["url"] == alice.credentials["url"] + echo


SMUGGLED = {
    "two lengths": "Content-Length: 5\nContent-Length: 6",
    "length and chunks": "Content-Length: 5\nTransfer-Encoding: chunked",
    "a folded header": "X-A: b\n c: d",
    "a blank before the colon": "Transfer-Encoding : chunked",
    "a length with a sign": "Content-Length: +5",
    "an unknown coding": "Transfer-Encoding: xchunked",
}


@pytest.mark.parametrize("head", SMUGGLED.values(), ids=SMUGGLED)
def test_a_request_that_two_servers_read_in_two_ways_is_one_at_most(
    alice: Tenant, echo: str, head: str
) -> None:
    hidden = f"GET {echo}/hidden HTTP/1.1\r\nHost: b.example\r\n\r\n".encode()
    body = b"0\r\n\r\n" + hidden

    answer = raw(alice, f"POST {echo} HTTP/1.1\nHost: a.example\n{head}\nConnection: close", body)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"/hidden" not in answer.partition(b"\r\n\r\n")[2].partition(b'"body"')[0]


def test_headers_of_the_connection_do_not_reach_the_function(alice: Tenant, echo: str) -> None:
    sent = {
        "connection": "close, x-hidden",
        "x-hidden": "1",
        "te": "trailers",
        "proxy-authorization": "Basic abc",
        "keep-alive": "5",
        "x-seen": "2",
    }

    seen = fetch(alice, echo, headers=sent).json()["headers"]

    assert seen["x-seen"] == "2"
    assert seen.keys().isdisjoint(
        {"connection", "x-hidden", "te", "proxy-authorization", "keep-alive"}
    )


@pytest.mark.parametrize("auth", [NONE, {"type": "key"}])
def test_a_giant_body_is_refused_before_it_is_read(alice: Tenant, auth: object) -> None:
    path, _ = publish(alice, ECHO, auth)
    head = f"POST {path} HTTP/1.1\nHost: a\nConnection: close\nX-Auth-Token: {alice.api_key}"

    answer = raw(alice, f"{head}\nContent-Length: {HTTP_BODY_BYTES + 1}")

    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    assert b'"code":"too_large"' in answer


def test_a_giant_body_in_chunks_is_not_read_to_its_end(alice: Tenant, echo: str) -> None:
    def chunks() -> Any:
        for _ in range(HTTP_BODY_BYTES // 100_000 + 5):
            yield bytes(100_000)

    problem(fetch(alice, echo, "POST", content=chunks()), 413, "too_large")


def test_the_largest_body_comes_back(alice: Tenant) -> None:
    path, _ = publish(alice, "return new Response(call.body)", limits={"memory_mb": 128})
    body = hashlib.sha256(b"").digest() * (HTTP_BODY_BYTES // 32)

    assert fetch(alice, path, "POST", content=body).content == body


def test_a_compressed_body_stays_compressed(alice: Tenant) -> None:
    path, _ = publish(alice, "return new Response(await call.bytes())")

    answer = fetch(alice, path, "POST", content=b"\x1f\x8b", headers={"content-encoding": "gzip"})

    assert answer.content == b"\x1f\x8b"


# Verbs.


def test_head_is_get_without_a_body(alice: Tenant, echo: str) -> None:
    answer = fetch(alice, echo, "HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_get_has_no_body(alice: Tenant, echo: str) -> None:
    assert fetch(alice, echo, "GET", content=b"hidden").json()["body"] == ""


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
def test_other_verbs_run_nothing(alice: Tenant, echo: str, method: str) -> None:
    answer = raw(alice, f"{method} {echo} HTTP/1.1\nHost: a.example\nConnection: close")

    assert answer.split(b" ")[1] in {b"400", b"405"}, answer[:200]
    assert b'"url"' not in answer


def test_a_verb_that_the_trigger_does_not_have_runs_nothing(alice: Tenant) -> None:
    path, _ = publish(alice, ECHO, methods=["GET"])

    answer = fetch(alice, path, "POST")

    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert fetch(alice, path, "HEAD").status_code == 200


ASKS = {"origin": "https://evil.example", "access-control-request-method": "POST"}


def test_without_cors_the_function_decides_of_other_origins(alice: Tenant) -> None:
    path, _ = publish(alice, "return new Response(call.method, {headers: {allow: 'GET'}})")

    answer = fetch(alice, path, "OPTIONS", headers=ASKS)

    assert (answer.text, answer.headers["allow"]) == ("OPTIONS", "GET")
    assert "access-control-allow-origin" not in answer.headers


CORS = {
    "origins": ["https://app.example"],
    "headers": ["x-own"],
    "credentials": True,
    "max_age": 60,
}
REFLECTING = """
    return new Response('a', {headers: {
        'access-control-allow-origin': call.headers.get('origin') ?? '*',
        'access-control-allow-credentials': 'true',
    }})
"""


@pytest.mark.parametrize("auth", [NONE, {"type": "key"}], ids=["open", "with a key"])
def test_an_origin_that_is_not_named_is_not_reflected(alice: Tenant, auth: object) -> None:
    path, _ = publish(alice, REFLECTING, auth, cors=CORS)

    asked = fetch(alice, path, "OPTIONS", headers=ASKS)
    answered = fetch(
        alice, path, headers={"origin": "https://evil.example", "x-auth-token": alice.api_key}
    )

    assert (asked.status_code, answered.status_code) == (204, 200)
    for answer in (asked, answered):
        assert answer.headers["vary"] == "origin"
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_an_origin_that_is_named_may_ask(alice: Tenant) -> None:
    path, _ = publish(alice, REFLECTING, {"type": "key"}, cors=CORS, methods=["GET", "PUT"])
    origin = {"origin": "https://app.example"}

    asked = fetch(alice, path, "OPTIONS", headers={**ASKS, **origin})
    refused = fetch(alice, path, headers=origin)

    expected = {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, PUT, HEAD",
        "access-control-allow-headers": "x-own",
        "access-control-max-age": "60",
    }
    found = {name: asked.headers[name] for name in asked.headers if name.startswith("access-")}
    assert (asked.status_code, found) == (204, expected)
    problem(refused, 401, "unauthorized")
    assert refused.headers["access-control-allow-origin"] == "https://app.example"


# Keys.


def key_for(tenant: Tenant, function: str, scope: str = "execute") -> str:
    asked = (
        {"scopes": [scope], "function_id": function} if scope == "execute" else {"scopes": [scope]}
    )
    with tenant.client() as owner:
        made = owner.put(f"/v2/accounts/{tenant.account_id}/api_keys", json={"data": asked})
    return str(made.json()["data"]["api_key"])


def test_a_key_that_may_execute_the_function_comes_in_and_is_not_shown_to_it(alice: Tenant) -> None:
    path, function = publish(alice, ECHO, {"type": "key"})
    key = key_for(alice, function)

    for sent in ({"x-auth-token": key}, {"authorization": f"Bearer {key}"}):
        answer = fetch(alice, path, headers=sent)
        assert answer.status_code == 200, answer.text
        assert key not in answer.text


BAD_KEYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "none": lambda _: {},
    "in the query": lambda key: {"params": {"key": key, "auth_token": key, "authorization": key}},
    "as a cookie": lambda key: {"headers": {"cookie": f"x-auth-token={key}"}},
    "in the body": lambda key: {"method": "POST", "json": {"auth_token": key}},
    "a wrong one": lambda key: {"headers": {"x-auth-token": key[::-1]}},
    "another scheme": lambda key: {"headers": {"authorization": f"Token {key}"}},
    "empty": lambda _: {"headers": {"x-auth-token": "", "authorization": "Bearer"}},
}


@pytest.mark.parametrize("how", BAD_KEYS.values(), ids=BAD_KEYS)
def test_without_a_good_key_in_its_place_nothing_runs(
    alice: Tenant, how: Callable[[str], dict[str, Any]]
) -> None:
    path, function = publish(alice, ECHO, {"type": "key"})

    answer = fetch(alice, path, **how(key_for(alice, function)))

    told = problem(answer, 401, "unauthorized")["detail"]
    assert told == "X-Auth-Token or Authorization: Bearer has no key or token that is valid"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_keys_of_others_do_not_come_in(alice: Tenant, mallory: Tenant) -> None:
    path, _ = publish(alice, ECHO, {"type": "key"})
    _, another = publish(alice, ECHO, {"type": "key"})

    for key in (mallory.api_key, key_for(alice, another)):
        problem(fetch(alice, path, headers={"x-auth-token": key}), 403, "forbidden")


def test_a_key_of_an_account_above_comes_in_and_one_of_an_account_below_does_not(
    server: Server, alice: Tenant
) -> None:
    path, _ = publish(alice, ECHO, {"type": "key"})
    below = tenant_of(alice)

    def key_of(host: Host, **asked: Any) -> str:
        url = f"/v2/accounts/{host.credentials['account_id']}/api_keys"
        with host.client() as owner:
            made = owner.put(url, json={"data": {"scopes": ["execute"], **asked}})
        return str(made.json()["data"]["api_key"])

    def comes_in(key: str) -> int:
        return fetch(alice, path, headers={"x-auth-token": key}).status_code

    assert [comes_in(server.credentials["api_key"]), comes_in(key_of(server))] == [200, 200]
    assert comes_in(key_of(server, function_id=server.create(ECHO))) == 403
    assert [comes_in(below.api_key), comes_in(key_of(below))] == [403, 403]


def test_what_is_sent_to_a_function_stands_in_no_line_of_the_log(server: Server) -> None:
    tenant = tenant_of(server)
    source = "if (call.method === 'PUT') throw new Error('no'); return 1"
    path, _ = publish(tenant, source, {"type": "key"})
    sent: dict[str, Any] = {"params": {"k": "in-the-query"}, "content": b"in-the-body"}
    tokens = (tenant.api_key, "a-wrong-token")

    for method in ("POST", "PUT"):
        for token in tokens:
            headers = {"x-auth-token": token, "x-own": "in-a-header", "cookie": "a=in-a-cookie"}
            fetch(tenant, path, method, headers=headers, **sent)

    assert eventually(lambda: sum("/http/" in line for line in server.output) >= 4)
    printed = "".join(server.output)
    for secret in (*tokens, "in-the-query", "in-the-body", "in-a-header", "in-a-cookie"):
        assert secret not in printed


# Switched off.


def test_what_is_disabled_runs_nothing_from_the_next_request_on(alice: Tenant) -> None:
    path, function = publish(alice, ECHO)
    url = alice.functions_url(function)
    with alice.client() as owner:
        [trigger] = owner.get(f"{url}/triggers").json()["data"]
        at = f"{url}/triggers/{trigger['id']}"
        assert fetch(alice, path).status_code == 200
        owner.patch(at, json={"data": {"enabled": False}})
        problem(fetch(alice, path), 503, "disabled")
        owner.patch(at, json={"data": {"enabled": True}})
        assert fetch(alice, path).status_code == 200
        owner.patch(url, json={"data": {"enabled": False}})
        problem(fetch(alice, path), 503, "disabled")
        owner.patch(url, json={"data": {"enabled": True}})
        assert fetch(alice, path).status_code == 200
        owner.delete(at)
        problem(fetch(alice, path), 404, "not_found")


def test_a_trigger_of_another_type_has_no_path(alice: Tenant) -> None:
    function = alice.create(ECHO)
    with alice.client() as owner:
        made = owner.put(
            f"{alice.functions_url(function)}/triggers",
            json={"data": {"name": "n", "type": "webhook", "path": "shop-of-a-webhook"}},
        )
    assert made.status_code == 201

    problem(fetch(alice, f"/http/{alice.account_id}/shop-of-a-webhook"), 404, "not_found")
    hook = made.json()["data"]["id"]
    problem(fetch(alice, f"/http/{alice.account_id}/{hook}"), 404, "not_found")


def test_failures_of_strangers_disable_nothing(alice: Tenant) -> None:
    path, _ = publish(alice, "if (call.url.endsWith('?no')) throw new Error('no'); return 1")

    for _ in range(12):
        problem(fetch(alice, f"{path}?no"), 500, "exception")

    assert fetch(alice, path).text == "1"


@pytest.mark.parametrize(
    ("fallback", "status", "text"),
    [
        ({"status": 503, "headers": {"retry-after": "9"}, "body": "later"}, 503, "later"),
        ({"status": 200, "body": {"a": 1}}, 200, '{"a":1}'),
        ({"module": "hangup", "data": {}}, 200, '{"module":"hangup","data":{}}'),
    ],
)
def test_a_fallback_answers_in_place_of_a_failure(
    alice: Tenant, fallback: dict[str, Any], status: int, text: str
) -> None:
    path, _ = publish(alice, "throw new Error('secret')", fallback=fallback)

    answer = fetch(alice, path)

    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers.get("retry-after") == fallback.get("headers", {}).get("retry-after")
    assert answer.headers.get_list("content-security-policy")[-1] == "sandbox"


# Signatures.

SECRET = "correct horse battery"  # noqa: S105 - of these tests
TOKEN = "correct-horse"  # noqa: S105 - of these tests


def twilio(url: str, fields: dict[str, str]) -> str:
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(SECRET.encode(), signed.encode(), "sha1")).decode()


TWILIO = {"type": "signature", "signature": "twilio"}
TWIML = """
    const form = await call.formData();
    const said = `<Response><Say>${form.get('From')}</Say></Response>`;
    return new Response(said, {headers: {'content-type': 'text/xml'}})
"""


def test_a_call_of_twilio_s_is_answered_with_twiml(alice: Tenant) -> None:
    path, _ = publish(alice, TWIML, TWILIO, secret=SECRET)
    fields = {"CallSid": "CA1", "From": "+15551234"}
    signature = twilio(alice.credentials["url"] + path, fields)

    answer = fetch(alice, path, "POST", data=fields, headers={"x-twilio-signature": signature})

    assert answer.headers["content-type"] == "text/xml"
    assert answer.text == "<Response><Say>+15551234</Say></Response>"


def vonage(body: bytes) -> dict[str, str]:
    claims = {
        "iat": SystemClock().now(),
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "a1b2c3d",
        "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    }
    text = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(claims)}"
    digest = hmac.digest(SECRET.encode(), text.encode(), "sha256")
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {"authorization": f"Bearer {text}.{signature}", "content-type": "application/json"}


NCCO = """
    const {from} = await call.json();
    return Response.json([{action: 'talk', text: `Hello ${from}`}])
"""


def test_a_call_of_vonage_s_is_answered_with_an_ncco(alice: Tenant) -> None:
    path, _ = publish(alice, NCCO, {"type": "signature", "signature": "vonage"}, secret=SECRET)
    body = b'{"from": "442079460000", "to": "447700900000", "uuid": "aaaaaaaa", "direction": "i"}'

    answered = fetch(alice, path, "POST", content=body, headers=vonage(body))
    forged = fetch(alice, path, "POST", content=body, headers=vonage(b"{}"))

    assert answered.json() == [{"action": "talk", "text": "Hello 442079460000"}]
    problem(forged, 401, "unauthorized")


COMMAND = """
    const form = await call.formData();
    return Response.json({response_type: 'ephemeral', text: form.get('text')})
"""


def test_a_command_of_slack_s_is_answered(alice: Tenant) -> None:
    path, _ = publish(alice, COMMAND, {"type": "signature", "signature": "slack"}, secret=SECRET)
    body = b"token=x&team_id=T1DC2JH3J&command=%2Fweather&text=94070&user_name=roadrunner"

    def sent(at_s: int) -> httpx2.Response:
        digest = hmac.new(SECRET.encode(), f"v0:{at_s}:".encode() + body, "sha256").hexdigest()
        headers = {
            "x-slack-request-timestamp": str(at_s),
            "x-slack-signature": f"v0={digest}",
            "content-type": "application/x-www-form-urlencoded",
        }
        return fetch(alice, path, "POST", content=body, headers=headers)

    assert sent(SystemClock().now()).json() == {"response_type": "ephemeral", "text": "94070"}
    problem(sent(SystemClock().now() - 301), 401, "unauthorized")


@pytest.mark.parametrize(
    ("fields", "tail", "signed"),
    [
        ({"From": "+1666"}, "", True),
        ({"From": "+15551234"}, "/other", True),
        ({"From": "+15551234"}, "?a=1", True),
        ({"From": "+15551234"}, "", False),
    ],
    ids=["another form", "another path", "another query", "no signature"],
)
def test_a_signature_is_good_for_what_was_signed_alone(
    alice: Tenant, fields: dict[str, str], tail: str, *, signed: bool
) -> None:
    path, _ = publish(alice, TWIML, TWILIO, secret=SECRET)
    signature = twilio(alice.credentials["url"] + path, {"From": "+15551234"})
    headers = {"x-twilio-signature": signature} if signed else {}

    answer = fetch(alice, path + tail, "POST", data=fields, headers=headers)

    problem(answer, 401, "unauthorized")


def test_an_old_signature_is_not_good(alice: Tenant) -> None:
    path, _ = publish(alice, ECHO, {"type": "signature", "signature": "plain"}, secret=SECRET)
    digest = hmac.new(SECRET.encode(), b"1700000000.a", "sha256").hexdigest()
    sent = {"x-signature-timestamp": "1700000000", "x-signature": f"sha256={digest}"}

    problem(fetch(alice, path, "POST", content=b"a", headers=sent), 401, "unauthorized")


def test_a_shared_token_does_not_reach_the_function(alice: Tenant) -> None:
    path, _ = publish(alice, ECHO, {"type": "signature", "signature": "token"}, secret=TOKEN)

    answer = fetch(alice, path, headers={"authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 200
    assert TOKEN not in answer.text
    assert "x-webhook-token" not in answer.json()["headers"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "2130706433"])
def test_keys_of_tokens_are_not_fetched_within_the_network(mallory: Tenant, host: str) -> None:
    token = f"{_part({'alg': 'RS256', 'kid': 'a'})}.{_part({})}.YQ"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"https://{host}:{listener.getsockname()[1]}/keys"
        auth = {"type": "jwt", "issuer": "a", "audience": "b", "jwks_url": url}
        path, _ = publish(mallory, ECHO, auth)

        answer = fetch(mallory, path, headers={"authorization": f"Bearer {token}"})

        problem(answer, 503, "unavailable")
        with pytest.raises(BlockingIOError):
            listener.accept()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
