"""A function has keys that it can use and not read, whatever it, its hosts or others try."""

import base64
import hmac
import json
import re
import socket
import sqlite3
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest, Outcome
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.ids import new_id
from isolambda_executor import signing
from isolambda_executor.broker import Broker
from isolambda_executor.connection import Connection
from isolambda_executor.exchange import Exchange
from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.handlers import Scope
from isolambda_executor.messages import write_request
from isolambda_executor.operations import Fields
from isolambda_executor.placeholders import Placeholders, forms_of, in_json, in_query
from isolambda_executor.signing import Signing
from isolambda_executor.supervisor import Supervisor
from isolambda_local.data_directory import DATABASE_NAME
from tests.support.raw_servers import certificate_of, over_tls, serving
from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_of

VALUE = "sk_live_4eC39+HqLyj/WDarjtT1=zdp7"
HOST = "api.example.com"
KEY = GrantedSecret("KEY", "iso_secret_" + "1f" * 16, VALUE, (HOST, "*.example.org:8443"))
PLACEHOLDERS = Placeholders((KEY,))
PLACEHOLDER = KEY.placeholder


def in_all(text: str | bytes) -> bool:
    """Return whether a text has a value, however it may be written."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return any(form in data for form in forms_of(VALUE))


# --- On the way out ----------------------------------------------------------

ELSEWHERE = {
    "another host": "evil.net",
    "a host below the bound one": f"a.{HOST}",
    "a host above the bound one": "example.com",
    "a host whose name ends alike": f"evil-{HOST}",
    "a host whose name begins alike": f"{HOST}.evil.net",
    "the bound host as a user": f"{HOST}@evil.net",
    "the bound host behind a user": f"evil.net@{HOST}",
    "the bound host with a port of letters": f"{HOST}:evil",
    "the name that a pattern is below": "example.org:8443",
    "a host below a pattern on another port": "a.example.org",
    "a host whose name ends like a pattern": "evilexample.org:8443",
    "an address": "203.0.113.7",
    "this machine": "localhost",
    "the address of credentials": "169.254.169.254",
    "a host with a null": f"{HOST}\0.evil.net",
    "a host with a line end": f"{HOST}\r\nHost: evil.net",
    "a host with a look-alike letter": "ap\u0456.example.com",
    "no host": "",
}


@pytest.mark.parametrize("host", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_placeholder_goes_elsewhere_as_it_is(host: str) -> None:
    sent = f"Bearer {PLACEHOLDER}"

    assert PLACEHOLDERS.substituted(sent, host, https=True) == sent
    passing = PLACEHOLDERS.substituting(host, https=True)
    assert passing.take(sent.encode()) + passing.end() == sent.encode()


def test_a_placeholder_goes_without_tls_as_it_is() -> None:
    assert PLACEHOLDERS.substituted(PLACEHOLDER, HOST, https=False) == PLACEHOLDER


CHANGED = {
    "in capitals": PLACEHOLDER.upper(),
    "with one capital": PLACEHOLDER.replace("f", "F", 1),
    "in base64": base64.b64encode(PLACEHOLDER.encode()).decode(),
    "in base64, behind a user": base64.b64encode(f"user:{PLACEHOLDER}".encode()).decode(),
    "percent-encoded": "".join(f"%{ord(character):02X}" for character in PLACEHOLDER),
    "in hexadecimal": PLACEHOLDER.encode().hex(),
    "escaped as in JSON": PLACEHOLDER.replace("_", "\\u005f"),
    "backwards": PLACEHOLDER[::-1],
    "cut in two": f"{PLACEHOLDER[:20]} {PLACEHOLDER[20:]}",
    "without its end": PLACEHOLDER[:-1],
    "without its beginning": PLACEHOLDER[1:],
    "forged": "iso_secret_" + "0" * 32,
    "of another execution": "iso_secret_" + "2e" * 16,
    "by the name of the secret": "iso_secret_KEY",
    "as a name of a prototype": "__proto__",
    "as a template": "${context.secrets.KEY}",
    "as a pattern": "iso_secret_[0-9a-f]{32}",
}


@pytest.mark.parametrize("sent", CHANGED.values(), ids=CHANGED)
def test_what_is_no_placeholder_any_more_becomes_no_value(sent: str) -> None:
    assert PLACEHOLDERS.substituted(sent, HOST, https=True) == sent


@pytest.mark.parametrize("cut", range(0, len(PLACEHOLDER) + 1, 6))
def test_a_placeholder_that_is_split_over_two_writes_goes_where_a_whole_one_does(cut: int) -> None:
    def sent_to(host: str) -> bytes:
        passing = PLACEHOLDERS.substituting(host, https=True)
        data = PLACEHOLDER.encode()
        return passing.take(data[:cut]) + passing.take(data[cut:]) + passing.end()

    assert sent_to(HOST) == VALUE.encode()
    assert sent_to("evil.net") == PLACEHOLDER.encode()


def test_a_value_that_is_the_placeholder_of_another_secret_does_not_become_that_ones_value() -> (
    None
):
    decoy = GrantedSecret("DECOY", "iso_secret_" + "00" * 16, PLACEHOLDER, ("*.evil.net",))
    both = Placeholders((KEY, decoy))

    assert both.substituted(decoy.placeholder, "a.evil.net", https=True) == PLACEHOLDER


def test_a_value_adds_no_parameter_to_a_query_and_no_key_to_json() -> None:
    sly = GrantedSecret("SLY", PLACEHOLDER, 'x&admin=1#","admin":"1', (HOST,))
    placeholders = Placeholders((sly,))

    query = placeholders.substituted(f"k={PLACEHOLDER}", HOST, https=True, write=in_query)
    body = placeholders.substituting(HOST, https=True, write=in_json)
    text = body.take(json.dumps({"k": PLACEHOLDER}).encode()) + body.end()

    assert urllib.parse.parse_qs(query) == {"k": [sly.value]}
    assert json.loads(text) == {"k": sly.value}


# --- On the way back ---------------------------------------------------------

ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": lambda value: f"you sent {value}!",
    "in a header": lambda value: f"Authorization: Bearer {value}",
    "in a location": lambda value: f"https://evil.net/?k={urllib.parse.quote(value, safe='')}",
    "in a form": lambda value: urllib.parse.urlencode({"k": value, "l": value}),
    "in JSON": lambda value: json.dumps({"headers": {"x": [value, value]}}),
    "in JSON with escaped slashes": lambda value: json.dumps(value).replace("/", "\\/"),
    "in JSON within JSON": lambda value: json.dumps(json.dumps(value)),
    "as Basic": lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
    "as Basic, one further": lambda value: base64.b64encode(f"users:{value}".encode()).decode(),
    "as Basic, two further": lambda value: base64.b64encode(f"a-user:{value}".encode()).decode(),
    "as base64 of URLs": lambda value: base64.urlsafe_b64encode(f"?{value}?".encode()).decode(),
    "twice in a row": lambda value: value * 2,
    "behind its own beginning": lambda value: value[:9] + value,
    "among bytes": lambda value: f"\x00\x7f{value}\x00",
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_a_value_that_is_echoed_comes_back_as_its_placeholder(echo: Callable[[str], str]) -> None:
    data = echo(VALUE).encode()

    masked = PLACEHOLDERS.masked(data)

    assert PLACEHOLDER.encode() in masked
    assert not in_all(masked)
    for cuts in ([1], range(0, len(data), 1), range(3, len(data), 7)):
        masking = PLACEHOLDERS.masking()
        ends = [0, *cuts, len(data)]
        chunks = [masking.take(data[begin:end]) for begin, end in pairwise(ends)]
        assert b"".join([*chunks, masking.end()]) == masked


OVERLAPPING: dict[str, Sequence[str]] = {
    "one within another": ("password-1234", "my-password-1234-and-more"),
    "one begins another": ("password", "password-1234"),
    "one ends another": ("1234-password", "password"),
    "the same twice": ("password-1234", "password-1234"),
    "one of one letter": ("aaaaaaaa", "aaaaaaaaaaaa"),
    "patterns": ("(a+)+$[^x]", ".*.*.*.*.*"),
    "what replaces them": ("\\g<0>\\1\\0", "$1$&${name}"),
}


@pytest.mark.parametrize("values", OVERLAPPING.values(), ids=OVERLAPPING)
def test_no_value_comes_through_where_values_overlap(values: Sequence[str]) -> None:
    secrets = [
        GrantedSecret(f"S{number}", f"iso_secret_{number:032x}", value)
        for number, value in enumerate(values)
    ]
    placeholders = Placeholders(secrets)
    data = "|".join([*values, *(one + other for one in values for other in values)]).encode()

    masking = placeholders.masking()
    in_bytes = b"".join([*(masking.take(bytes([byte])) for byte in data), masking.end()])

    for masked in (placeholders.masked(data), in_bytes):
        for value in values:
            assert value.encode() not in masked


def test_a_body_that_almost_has_a_value_again_and_again_is_not_held_back() -> None:
    masking = PLACEHOLDERS.masking()
    almost = VALUE[:-1].encode() + b"!"

    passed = b"".join(masking.take(almost) for _ in range(1_000))

    assert passed == almost * 1_000


# --- Signatures --------------------------------------------------------------


def test_as_many_comparisons_are_made_for_a_good_guess_as_for_a_bad_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    class Counted:
        compare_digest = staticmethod(compare)
        digest = staticmethod(hmac.digest)

    monkeypatch.setattr(signing, "hmac", Counted)
    secrets = tuple(
        GrantedSecret(f"S{number}", f"iso_secret_{number:032x}", VALUE, sign=True)
        for number in range(5)
    )
    counts = []
    for key in (secrets[0].placeholder, secrets[4].placeholder, "iso_secret_" + "f" * 32, ""):
        compared.clear()
        sign(secrets, hash="SHA-256", key=key)
        counts.append(len(compared))

    assert counts == [5, 5, 5, 5]


def test_the_key_of_a_host_signs_nothing_and_that_of_signatures_goes_to_no_host() -> None:
    signs = GrantedSecret("SIGNS", "iso_secret_" + "5" * 32, "a signing key", (HOST,), sign=True)

    answer, mac = sign((KEY, signs), hash="SHA-256", key=PLACEHOLDER)

    assert (answer["error"], mac) == (
        {"code": "refused", "message": "the key is no secret of this function that signs"},
        b"",
    )
    sent = Placeholders((signs,)).substituted(signs.placeholder, HOST, https=True)
    assert sent == signs.placeholder


def sign(secrets: tuple[GrantedSecret, ...], **fields: Any) -> tuple[dict[str, Any], bytes]:
    replies: list[tuple[dict[str, Any], bytes]] = []

    def reply(answer: Fields, payload: bytes = b"", /) -> None:
        replies.append((dict(answer), payload))

    request = ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "", b"", secrets=secrets)
    with ThreadPoolExecutor() as threads:
        Signing(Scope(request, 0.0, threads)).begin(1, fields, reply)
    return replies[0]


# --- In the worker -----------------------------------------------------------

TELLS_ALL = """
const seen = new Set()
const walk = (thing, depth) => {
  if (typeof thing === 'string') return thing
  if (thing === null || !['object', 'function'].includes(typeof thing) || seen.has(thing)) return ''
  seen.add(thing)
  if (depth > 6) return ''
  return Reflect.ownKeys(thing).map((key) => {
    try { return String(key) + walk(thing[key], depth + 1) } catch (error) { return String(error) }
  }).join(' ')
}
const found = walk({call, context, globalThis}, 0)
console.log(JSON.stringify(context), context.secrets)
if (call.port) {
  const key = context.secrets.KEY
  const answer = await fetch(`https://localhost:${call.port}/${key}?k=${key}`, {
    method: 'POST',
    headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
    body: JSON.stringify({key}),
  })
  const told = [...answer.headers].join() + await answer.text()
  console.log(told)
  if (call.throws) throw new Error(told)
  return {told, key}
}
if (call.throws) throw Object.assign(new Error(JSON.stringify(context)), {context})
return {context, found, secrets: Object.entries(context.secrets ?? {})}
"""


class Echo:
    """Repeats each request, in a header, in JSON and in base64, in chunks of some bytes."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []

    def __call__(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            head = b"".join(takewhile(b"\r\n".__ne__, stream))
            [length] = re.findall(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)
            request = head + stream.read(int(length))
        self.requests.append(request)
        [shown] = re.findall(rb"(?i)\r\nauthorization: ([^\r]+)\r\n", head)
        body = json.dumps([request.decode(), base64.b64encode(request).decode()]).encode()
        connection.sendall(
            b"HTTP/1.1 200 %b\r\nx-echo: %b\r\ntransfer-encoding: chunked\r\n\r\n" % (shown, shown)
        )
        for start in range(0, len(body), 7):
            chunk = body[start : start + 7]
            connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        connection.sendall(b"0\r\n\r\n")


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def echoing(
    echo: Echo, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[int]:
    """Return the port of an echo over TLS, which this process and its children trust."""
    certificate = certificate_of("localhost", tmp_path_factory.mktemp("tls") / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(over_tls(certificate, echo)) as port:
        yield port


def test_no_frame_to_a_worker_has_a_value(
    monkeypatch: pytest.MonkeyPatch, echo: Echo, echoing: int
) -> None:
    frames: list[bytes] = []

    def spied(owner: type, name: str, place: int) -> None:
        real = getattr(owner, name)

        def spy(*given: Any) -> Any:
            frames.append(bytes(given[place]))
            return real(*given)

        monkeypatch.setattr(owner, name, spy)

    spied(Connection, "send", 1)
    spied(Connection, "send_by", 2)
    spied(Connection, "send_now", 1)
    spied(Exchange, "put", 1)
    context = json.dumps({"secrets": {"KEY": PLACEHOLDER}})
    host = f"localhost:{echoing}"
    secret = GrantedSecret("KEY", PLACEHOLDER, VALUE, (host,), value_before=f"{VALUE}-before")
    request = ExecutionRequest(
        new_id(),
        "a" * 32,
        "f" * 32,
        "1",
        TELLS_ALL,
        json.dumps({"port": echoing}).encode(),
        context=context,
        net=((host,),),
        secrets=(secret,),
    )

    with (
        closing(FetchKind(private=True)) as fetches,
        closing(Broker({"fetch": fetches, "sign": Signing})) as broker,
        Supervisor(workers=1, operations=broker) as supervisor,
    ):
        result = supervisor.execute(request)

    assert result.outcome is Outcome.OK, result.error
    assert [each.count(VALUE.encode()) for each in echo.requests] == [2]
    assert [(each.host, each.status) for each in result.fetches] == [(host, 200)]
    assert PLACEHOLDER.encode() in b"".join(frames)
    assert PLACEHOLDER.encode() in (result.result or b"")
    for data in (*frames, *write_request(request), repr(result).encode(), repr(request).encode()):
        assert not in_all(data)


# --- On a server -------------------------------------------------------------


def put(tenant: Tenant, path: str, **data: Any) -> httpx2.Response:
    with tenant.client() as client:
        return client.put(
            f"/v2/accounts/{tenant.account_id}{path}",
            json={"data": {"value": VALUE, "hosts": [HOST], **data}},
        )


@pytest.fixture(scope="module")
def alices(alice: Tenant) -> str:
    """Return a function with a secret of its account."""
    assert put(alice, "/secrets/KEY").status_code == 201
    return alice.create(TELLS_ALL, secrets=["KEY"])


def test_a_function_finds_a_placeholder_and_no_value(alice: Tenant, alices: str) -> None:
    one, other = (alice.execute(alices) for _ in range(2))

    assert one["outcome"] == "ok"
    placeholder = one["result"]["context"]["secrets"]["KEY"]
    assert placeholder.startswith("iso_secret_")
    assert one["result"]["secrets"] == [["KEY", placeholder]]
    assert placeholder != other["result"]["context"]["secrets"]["KEY"]
    assert not in_all(json.dumps([one, other]))


def test_a_function_of_another_account_does_not_get_it_by_its_name(
    mallory: Tenant, alices: str
) -> None:
    assert alices
    function = mallory.create(TELLS_ALL, secrets=["KEY"])

    with mallory.client() as client:
        answer = client.post(f"{mallory.functions_url(function)}/execute", json={"data": {}})

    assert answer.status_code == 409
    assert answer.json()["message"] == "secret_missing"
    assert "neither the function nor its account has it" in answer.json()["data"]["message"]


def test_a_function_that_does_not_name_it_does_not_get_it(alice: Tenant, alices: str) -> None:
    assert alices

    told = alice.execute(alice.create(TELLS_ALL))["result"]

    assert "secrets" not in told["context"]


def test_a_secret_of_a_function_is_not_that_of_another_or_of_its_account(alice: Tenant) -> None:
    owner, other = alice.create(TELLS_ALL), alice.create(TELLS_ALL, secrets=["OWN"])
    assert put(alice, f"/functions/{owner}/secrets/OWN").status_code == 201

    with alice.client() as client:
        answer = client.post(f"{alice.functions_url(other)}/execute", json={"data": {}})
        listed = client.get(f"/v2/accounts/{alice.account_id}/secrets").json()["data"]

    assert (answer.status_code, answer.json()["message"]) == (409, "secret_missing")
    assert "OWN" not in [secret["name"] for secret in listed]


KEPT = """
    let kept;
    const sign = async (placeholder) => {
        const algorithm = {name: 'HMAC', hash: 'SHA-256'};
        const bytes = new TextEncoder().encode(placeholder);
        const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
        return crypto.subtle.sign('HMAC', key, bytes).then(() => 'signed', (error) => error.name);
    };
    export default async (call, context) => {
        kept ??= context.secrets.SIGNS;
        return [kept === context.secrets.SIGNS, await sign(kept)];
    };
"""


def test_a_placeholder_is_good_for_its_own_execution_alone(alice: Tenant) -> None:
    put(alice, "/secrets/SIGNS", hosts=[], sign=True)
    function = alice.create(KEPT, secrets=["SIGNS"])

    results = [alice.execute(function)["result"] for _ in range(3)]

    # An isolate that was kept has the placeholder of before, which stands for nothing any more.
    assert results[0] == [True, "signed"]
    assert {tuple(each) for each in results[1:]} <= {(True, "signed"), (False, "OperationError")}
    assert results[-1] == [False, "OperationError"]


READS: dict[str, Callable[[Tenant, str], str]] = {
    "a list of the account": lambda of, _: f"/v2/accounts/{of.account_id}/secrets",
    "one of the account": lambda of, _: f"/v2/accounts/{of.account_id}/secrets/KEY",
    "a list of a function": lambda of, function: f"{of.functions_url(function)}/secrets",
    "one of a function": lambda of, function: f"{of.functions_url(function)}/secrets/OWN",
    "one through a function": lambda of, function: f"{of.functions_url(function)}/secrets/KEY",
}


@pytest.mark.parametrize("path", READS.values(), ids=READS)
@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_secrets_are_for_keys_that_manage_the_account(
    alice: Tenant, mallory: Tenant, path: Callable[[Tenant, str], str], verb: str
) -> None:
    put(alice, "/secrets/KEY")
    function = alice.create(TELLS_ALL)
    put(alice, f"/functions/{function}/secrets/OWN")
    asked = {"data": {"scopes": ["execute"]}}
    with alice.client() as client:
        made = client.put(f"/v2/accounts/{alice.account_id}/api_keys", json=asked)
    executes = made.json()["data"]["api_key"]

    for key in (mallory.api_key, executes):
        with alice.client(**{"X-Auth-Token": key}) as client:
            data = {"value": f"{VALUE}-2", "hosts": ["evil.net"]}
            body = {"data": data} if verb == "PUT" else None
            answer = client.request(verb, path(alice, function), json=body)
        assert answer.status_code in {403, 404, 405}
        assert "hosts" not in answer.text
    with alice.client() as client:
        shown = client.get(f"{alice.functions_url(function)}/secrets/OWN").json()["data"]
    assert shown["hosts"] == [HOST]


@pytest.mark.parametrize(
    "names",
    [
        ["__proto__"],
        ["constructor"],
        ["key"],
        ["KEY "],
        ["KEY\0"],
        ["../KEY"],
        ["KEY#"],
        ["*"],
        [""],
    ],
    ids=str,
)
def test_a_name_that_is_none_is_refused_in_the_document(alice: Tenant, names: list[str]) -> None:
    data = {"name": "sly", "function_js": TELLS_ALL, "secrets": names}

    with alice.client() as client:
        answer = client.put(alice.functions_url(), json={"data": data})

    assert answer.status_code == 400
    assert list(answer.json()["data"]) == ["secrets.0"]


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "key", "KEY%00", "..%2FKEY", "KEY%23"]
)
def test_a_secret_has_no_such_name(alice: Tenant, name: str) -> None:
    answer = put(alice, f"/secrets/{name}")

    assert answer.status_code in {400, 404}
    assert VALUE not in answer.text


def test_who_does_not_know_a_value_cannot_have_it_sent_to_another_host(
    alice: Tenant, alices: str
) -> None:
    assert alices
    path = f"/v2/accounts/{alice.account_id}/secrets/KEY"

    with alice.client() as client:
        answers = [
            client.put(path, json={"data": {"hosts": ["evil.net"]}}),
            client.patch(path, json={"data": {"hosts": ["evil.net"]}}),
            client.post(path, json={"data": {"hosts": ["evil.net"]}}),
        ]
        shown = client.get(path).json()["data"]

    assert [answer.status_code for answer in answers] == [400, 405, 405]
    assert list(answers[0].json()["data"]) == ["value"]
    assert shown["hosts"] == [HOST]


# --- In the files ------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Server, Tenant]]:
    with starting(tmp_path) as start:
        server = start("--workers", "1", "--private-fetch")
        yield server, tenant_of(server)


def test_no_answer_record_log_or_file_of_a_server_has_a_value(
    echo: Echo, echoing: int, own: tuple[Server, Tenant]
) -> None:
    server, tenant = own
    host = f"localhost:{echoing}"
    answers = [put(tenant, "/secrets/KEY"), put(tenant, "/secrets/KEY", value=f"{VALUE}-new")]
    function = tenant.create(TELLS_ALL, secrets=["KEY"], record="all", net={"allow": [host]})
    url = tenant.functions_url(function)
    answers.append(put(tenant, f"/functions/{function}/secrets/KEY", hosts=[host]))
    port: dict[str, Any] = {"port": echoing}
    with tenant.client() as client:
        for call in ({}, {"throws": True}, port, {**port, "throws": True}):
            answers += [
                client.post(f"{url}/execute", json={"data": call}),
                client.post(
                    f"{url}/execute", json={"data": call}, headers={"prefer": "respond-async"}
                ),
            ]
        answers += [
            put(tenant, "/secrets/KEY", hosts=["!"]),
            put(tenant, "/secrets/KEY", value=f"{VALUE}\n"),
            client.put(f"{url}/secrets/KEY", json={"value": VALUE}),
            client.get(f"{url}/secrets"),
            client.get(f"{url}/secrets/KEY"),
            client.get(url),
            client.get(f"{url}/executions"),
        ]
        answers += [
            client.get(f"{url}/executions/{each['execution_id']}")
            for each in answers[-1].json()["data"]
        ]
    with closing(sqlite3.connect(server.data_dir / DATABASE_NAME)) as database:
        dump = "\n".join(database.iterdump())
    printed = server.end()
    files = [path for path in server.data_dir.rglob("*") if path.is_file()]

    assert [each.count(VALUE.encode()) for each in echo.requests] == [2] * len(echo.requests)
    assert len(echo.requests) >= 2
    assert "iso_secret_" in "".join(answer.text for answer in answers)
    assert "KEY" in dump
    assert DATABASE_NAME in {path.name for path in files}
    for text in (*(f"{answer.text} {answer.headers}" for answer in answers), printed, dump):
        assert not in_all(text)
    for path in files:
        assert not in_all(path.read_bytes()), path


TAMPERED = {
    "other hosts": "json_set(secret, '$.hosts[0]', 'evil.net')",
    "more hosts": "json_set(secret, '$.hosts[1]', 'evil.net')",
    "another use": "json_set(secret, '$.sign', json('true'))",
    "a damaged value": "json_set(secret, '$.sealed', 'AQAA')",
    "the value of another": (
        "json_set(secret, '$.sealed', (SELECT json_extract(secret, '$.sealed') FROM secrets "
        "WHERE name = 'OTHER'))"
    ),
    "the name of another": (
        "(SELECT json_set(secret, '$.name', secrets.name) FROM secrets AS s WHERE s.name = 'OTHER')"
    ),
}


def test_what_was_changed_in_the_store_is_not_used(own: tuple[Server, Tenant]) -> None:
    server, tenant = own
    put(tenant, "/secrets/OTHER")

    for number, changed in enumerate(TAMPERED.values()):
        name = f"KEY_{number}"
        put(tenant, f"/secrets/{name}")
        function = tenant.create("return context.secrets", secrets=[name])
        url = f"{tenant.functions_url(function)}/execute"
        with tenant.client() as client:
            before = client.post(url, json={"data": {}})
            with closing(sqlite3.connect(server.data_dir / DATABASE_NAME)) as database, database:
                statement = f"UPDATE secrets SET secret = {changed} WHERE name = ?"  # noqa: S608
                database.execute(statement, (name,))
            answer = client.post(url, json={"data": {}})

        assert before.status_code == 200
        assert answer.status_code == 503
        assert f"the secret {name} cannot be opened" in answer.json()["data"]["message"]
        assert not in_all(answer.text)
