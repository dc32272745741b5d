"""Whatever a function returns comes as the text that JSON.stringify makes of it, or is refused."""

from collections.abc import Callable

import httpx2
import pytest

from tests.support.hosts import Host

Execute = Callable[[str], httpx2.Response]

LONG = "ž" * 1_000_000
DEEP = 100_000


@pytest.fixture
def execute(host: Host, client: httpx2.Client) -> Execute:
    """Execute a source as CodeMash's clients do."""

    def execute_source(source: str) -> httpx2.Response:
        return client.post(f"/v2/serverless/functions/{host.create(source)}/execute")

    return execute_source


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("null", "null"),
        ("true", "true"),
        ("'hello'", '"hello"'),
        ("''", '""'),
        (r"'\u2028\0\u{1f600}\\\"'", '"\u2028\\u0000\U0001f600\\\\\\""'),
        (r"'\ud800'", r'"\ud800"'),
        (r"{'\udc00': '\ude00\ud83d'}", r'{"\udc00":"\ude00\ud83d"}'),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("1e21", "1e+21"),
        ("2 ** 53", "9007199254740992"),
        ("-0", "0"),
        ("NaN", "null"),
        ("-Infinity", "null"),
        ("[NaN, Infinity]", "[null,null]"),
        ("new Date(0)", '"1970-01-01T00:00:00.000Z"'),
        ("new Date(NaN)", "null"),
        ("new Map([[1, 2]])", "{}"),
        ("new Set([1])", "{}"),
        ("/x/g", "{}"),
        ("new Error('why')", "{}"),
        ("new Uint8Array([1, 2])", '{"0":1,"1":2}'),
        ("[new Number(3), new String('s'), new Boolean(false)]", '[3,"s",false]'),
        ("{a: undefined, b: [undefined], c: {d: undefined}}", '{"b":[null],"c":{}}'),
        ("{f() {}, s: Symbol('s'), [Symbol('k')]: 1}", "{}"),
        ("[() => 1, Symbol('s'), , 1]", "[null,null,null,1]"),
        ("{toJSON: () => ({a: [1]})}", '{"a":[1]}'),
        ("{a: {toJSON: (key) => key}}", '{"a":"a"}'),
        ("{a: {toJSON() {}}}", "{}"),
        ("Object.create(null, {a: {value: 1, enumerable: true}, b: {value: 2}})", '{"a":1}'),
        ("Object.create({inherited: 1})", "{}"),
        ('JSON.parse(\'{"__proto__": {"a": 1}}\')', '{"__proto__":{"a":1}}'),
        ("{b: 1, a: 2, 1: 3}", '{"1":3,"b":1,"a":2}'),
        ("new Proxy([1], {})", "[1]"),
        ("Promise.resolve({a: 1})", '{"a":1}'),
        ("{p: Promise.resolve(1)}", '{"p":{}}'),
        ("{then: (done) => done('late')}", '"late"'),
        (f"'ž'.repeat({len(LONG)})", f'"{LONG}"'),
        (f"JSON.parse('['.repeat({DEEP}) + ']'.repeat({DEEP}))", "[" * DEEP + "]" * DEEP),
    ],
    ids=lambda text: text[:40],
)
def test_a_value_comes_as_the_json_that_it_is(execute: Execute, value: str, text: str) -> None:
    answer = execute(f"return ({value});")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {"Result": text, "result": text}


@pytest.mark.parametrize(
    "source", ["", "return;", "return undefined;", "return Promise.resolve();", "await 1;"]
)
def test_undefined_comes_as_no_text_at_all(execute: Execute, source: str) -> None:
    assert execute(source).json() == {"Result": "", "result": ""}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("return () => 1;", "a function is not JSON"),
        ("return Symbol('s');", "a symbol is not JSON"),
        ("return {toJSON() {}};", "what toJSON returned is not JSON"),
        ("return Promise.resolve(Symbol());", "a symbol is not JSON"),
        ("return 1n;", "Do not know how to serialize a BigInt"),
        ("return {deep: [1n]};", "Do not know how to serialize a BigInt"),
        ("const a = {}; a.a = a; return a;", "Converting circular structure to JSON"),
        ("return {toJSON() { throw new Error('no'); }};", "no"),
    ],
)
def test_what_json_cannot_say_is_refused(execute: Execute, source: str, message: str) -> None:
    answer = execute(source)

    assert answer.status_code == 500
    status = answer.json()["responseStatus"]
    assert status["errorCode"] == "FunctionInvalidResult"
    assert status["message"].startswith(message)
