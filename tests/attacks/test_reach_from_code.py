"""Code that attacks what it reaches, from within: it gets what it may have, or a reason."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.limits import (
    ANSWER_HEAD_BYTES,
    ANSWER_HEADERS,
    FETCH_BODY_BYTES,
    FETCHES,
    Limits,
)
from isolambda_executor.broker import Broker
from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.kinds import open_signing
from isolambda_executor.supervisor import Supervisor
from tests.support.raw_servers import Answering, say_nothing, serving
from tests.unit.executor.supervised import request

LIMITS = Limits(wall_time_ms=25_000)
SENT = "iso_secret_" + "0" * 32
SIGNS = "iso_secret_" + "1" * 32
VALUE = "a value that no code may read"
SECRETS = (
    GrantedSecret("SENT", SENT, VALUE, ("127.0.0.1",)),
    GrantedSecret("SIGNS", SIGNS, VALUE, sign=True),
)
CONTEXT = json.dumps({"secrets": {"SENT": SENT, "SIGNS": SIGNS}})
# The server closes each connection, and a POST is not sent again: so the client must know.
ANSWER = b"HTTP/1.1 200 OK\r\nx-a: b\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello"
REQUEST = "fetch(call, { method: 'POST', headers: { 'x-a': 'b' }, body: 'body' })"


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with (
        closing(FetchKind(private=True)) as fetches,
        closing(Broker({"fetch": fetches, "sign": open_signing})) as broker,
        Supervisor(workers=1, operations=broker) as supervisor,
    ):
        yield supervisor


@pytest.fixture
def there() -> Answering:
    """The server that the functions may reach."""
    return Answering(ANSWER, body_bytes=4)


@pytest.fixture
def url(there: Answering) -> Iterator[str]:
    with serving(there) as port:
        yield f"http://127.0.0.1:{port}/"


def run(supervisor: Supervisor, source: str, call: object) -> ExecutionResult:
    asked = request(source, LIMITS)
    given = json.dumps(call).encode()
    return supervisor.execute(
        replace(asked, input=given, net=(("127.0.0.1",),), secrets=SECRETS, context=CONTEXT)
    )


def value_of(result: ExecutionResult) -> Any:
    assert result.outcome is Outcome.OK, result.error
    return json.loads(result.result or b"null")


def thrower(target: str, *names: str) -> str:
    listed = json.dumps(names)
    return f"for (const name of {listed}) {target}[name] = () => {{ throw new Error('replaced') }};"


REPLACED = {
    "JSON": thrower("JSON", "stringify", "parse"),
    "arrays": thrower("Array.prototype", "push", "shift", "map", "join", "sort", "indexOf"),
    "iterators": "delete Array.prototype[Symbol.iterator];",
    "maps": thrower("Map.prototype", "get", "set", "has", "delete", "forEach"),
    "sets": thrower("Set.prototype", "add", "delete", "forEach"),
    "texts": thrower("String.prototype", "slice", "indexOf", "charCodeAt", "toLowerCase", "split"),
    "bytes": thrower("Uint8Array.prototype", "toBase64", "set", "subarray", "slice"),
    "static bytes": "Uint8Array.fromBase64 = Uint8Array.from = () => { throw 1 };",
    "the kind of views": "Object.defineProperty(Uint8Array.prototype.__proto__,"
    " Symbol.toStringTag, { get() { throw new Error('replaced') } });",
    "the length of views": "Object.defineProperty(Uint8Array.prototype.__proto__,"
    " 'length', { get() { throw new Error('replaced') } });",
    "Reflect": thrower("Reflect", "apply", "construct", "ownKeys", "getPrototypeOf"),
    "Object": thrower("Object", "defineProperty", "keys", "assign", "freeze"),
    "functions": thrower("Function.prototype", "call", "apply", "bind"),
    "regular expressions": thrower("RegExp.prototype", "exec", "test"),
    "toJSON": "Object.prototype.toJSON = () => ({ url: 'http://other.example/' });",
    "fields": (
        "for (const name of ['kind', 'id', 'url', 'bytes', 'error', 'head', 'end', 'more', 'code'])"
        " Object.defineProperty(Object.prototype, name, { get() { throw new Error(name) },"
        " set() { throw new Error(name) }, configurable: true });"
    ),
    "items": "Object.defineProperty(Array.prototype, 0, { get() { throw new Error('item') },"
    " set() { throw new Error('item') }, configurable: true });",
    "classes": "Headers = Request = Response = AbortSignal = ReadableStream = TypeError = null;",
    "methods": thrower("Headers.prototype", "append", "get", "set", "forEach")
    + thrower("ReadableStream.prototype", "getReader", "tee", "cancel"),
}
"""Statements that replace what all code shares."""


@pytest.mark.parametrize("what", REPLACED)
def test_what_code_replaces_after_the_first_touch_changes_no_request(
    supervisor: Supervisor, there: Answering, url: str, what: str
) -> None:
    first = f"const text = async (it) => (await it).text(); await text({REQUEST});"
    source = f"{first} {REPLACED[what]} return await text({REQUEST});"

    result = run(supervisor, source, url)

    # What the entry makes of the result is not replaced either.
    assert value_of(result) == "hello"
    assert there.requests[0] == there.requests[1]


REFUSED = {
    # what one request may have
    "fetch(call, { headers: Array.from({ length: 10_000 }, (_, i) => [`x-${i}`, '']) })":
        ("fetch_headers", ANSWER_HEADERS),
    "fetch(call, { headers: { a: 'x'.repeat(1e5) } })": ("fetch_head_bytes", ANSWER_HEAD_BYTES),
    "fetch(`${call}?${'x'.repeat(1e5)}`)": ("fetch_head_bytes", ANSWER_HEAD_BYTES),
    "fetch(call, { method: 'POST', body: new Uint8Array(11 << 20) })":
        ("fetch_body_bytes", FETCH_BODY_BYTES),
    "fetch(call, { method: 'POST', duplex: 'half', body: new ReadableStream({"
    " pull(it) { it.enqueue(new Uint8Array(65_536)) } }) })":
        ("fetch_body_bytes", FETCH_BODY_BYTES),
    # what an execution may have
    "Promise.all(Array.from({ length: 51 }, () => fetch('http://127.0.0.1:1').catch((thrown) => {"
    " if (thrown.cause.code !== 'connect') throw thrown })))": ("fetches", FETCHES),
}  # fmt: skip


@pytest.mark.parametrize("source", REFUSED)
def test_more_than_is_allowed_is_refused_by_the_limit(supervisor: Supervisor, source: str) -> None:
    failed = "(thrown) => ({ ...thrown.cause, is: `${thrown}` })"
    caught = f"return {source}.then(() => 'all', {failed})"

    with serving(say_nothing) as port:
        said = value_of(run(supervisor, caught, f"http://127.0.0.1:{port}/"))

    assert isinstance(said, dict), said
    assert (said["limit"], said["value"]) == REFUSED[source]
    assert said["used"] > said["value"]
    assert said["is"].startswith("TypeError: ")


FLOODS = {
    "fetch(`${call}?${'x'.repeat(2e6)}`)": "operation_message_characters",
    "(async () => { for (;;) { const it = new AbortController(); it.signal.onabort = null;"
    " const made = fetch('http://127.0.0.1:1/', it); it.abort();"
    " await made.catch((thrown) => { if (thrown.name !== 'AbortError') throw thrown }) } })()":
        "operation_messages",
}  # fmt: skip


@pytest.mark.parametrize("source", FLOODS)
def test_a_flood_is_refused_in_the_isolate_and_the_next_execution_works(
    supervisor: Supervisor, url: str, source: str
) -> None:
    caught = f"return {source}.then(() => 'all', (thrown) => `${{thrown}}`)"

    said = value_of(run(supervisor, caught, url))

    assert said.startswith(f"RangeError: the limit {FLOODS[source]} is ")
    assert value_of(run(supervisor, f"return (await {REQUEST}).status", url)) == 200


STAYS = {
    "base64": "btoa(it)",
    "hexadecimal digits": "new TextEncoder().encode(it).toHex()",
    "backwards": "[...it].reverse().join('')",
    "apart": "`${it.slice(0, 20)} ${it.slice(20)}`",
    "in capitals": "it.toUpperCase()",
    "whole, in plain text": "it",
}


@pytest.mark.parametrize("how", STAYS)
def test_a_value_takes_no_place_but_that_of_its_placeholder_over_https(
    supervisor: Supervisor, there: Answering, url: str, how: str
) -> None:
    source = f"""
        const it = context.secrets.SENT;
        const text = {STAYS[how]};
        const response = await fetch(call, {{ headers: {{ 'x-text': text }} }});
        return [text, response.status];
    """
    there.body_bytes = 0

    text, status = value_of(run(supervisor, source, url))

    assert status == 200
    assert f"x-text: {text}".encode() in there.requests[0]
    assert VALUE.encode() not in there.requests[0]


SIGNING = {
    "SENT, which goes to hosts": ("context.secrets.SENT", "OperationError: "),
    "a placeholder that was guessed": (f"'iso_secret_{'2' * 32}'", "OperationError: "),
    "the value by name": ("'SIGNS'", "32"),
}


@pytest.mark.parametrize("which", SIGNING)
def test_only_a_granted_secret_signs(supervisor: Supervisor, which: str) -> None:
    text, said = SIGNING[which]
    source = f"""
        const bytes = new TextEncoder().encode({text});
        const algorithm = {{ name: 'HMAC', hash: 'SHA-256' }};
        const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
        return crypto.subtle.sign('HMAC', key, bytes).then((it) => `${{it.byteLength}}`, String);
    """

    assert value_of(run(supervisor, source, None)).startswith(said)


ESCAPES = [
    "globalThis.host", "globalThis.need", "globalThis.begin", "context.kv", "this?.host",
    "(() => { try { return host } catch {} })()", "(() => { try { return need } catch {} })()",
    "fetch.host", "(() => {}).constructor('try { return host } catch {}')()",
    "(0, eval)('try { host } catch {}')",
    "Object.getOwnPropertyNames(globalThis).find((name) => /host|operation|entry/i.test(name))",
]  # fmt: skip


@pytest.mark.parametrize("expression", ESCAPES)
def test_no_name_leads_to_what_asks_the_trusted_side(
    supervisor: Supervisor, expression: str
) -> None:
    source = f"fetch; context.secrets; return typeof ({expression})"

    assert value_of(run(supervisor, source, None)) == "undefined"
