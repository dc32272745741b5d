"""``context.kv`` and ``context.secrets``: what they ask, what they return, and attacks."""

from collections.abc import Iterator

import pytest

from isolambda_executor.engine import Engine
from tests.unit.executor.platform.asking import open_asking
from tests.unit.executor.platform.evaluating import Evaluate, Run

_SECRET = f"iso_secret_{'0123456789abcdef' * 2}"
_CONTEXT = f'{{"kv": ["orders", "more"], "secrets": {{"KEY": "{_SECRET}"}}}}'


@pytest.fixture
def store(engine: Engine) -> Iterator[Evaluate]:
    """Evaluate sources of a function that has two namespaces, and a secret."""
    with open_asking(engine, _CONTEXT) as evaluate:
        yield lambda source: evaluate(f"const {{ kv }} = context; {source}")


_ASKED: dict[str, dict[str, object]] = {
    "kv.get('a')": {"op": "get", "namespace": "orders", "key": "a"},
    "kv.namespace('more').get('\\u00e4')": {"op": "get", "namespace": "more", "key": "ä"},
    "kv.namespace('more').namespace('orders').get('')":
        {"op": "get", "namespace": "orders", "key": ""},
    "kv.put('a', { b: [1, null, undefined] })":
        {"op": "put", "namespace": "orders", "key": "a", "value": {"b": [1, None, None]}},
    "kv.put('a', null, { ttl: 60 })":
        {"op": "put", "namespace": "orders", "key": "a", "value": None, "ttl_s": 60},
    "kv.put('a', new Date(0), {})":
        {"op": "put", "namespace": "orders", "key": "a", "value": "1970-01-01T00:00:00.000Z"},
    "kv.delete('a')": {"op": "delete", "namespace": "orders", "key": "a"},
    "kv.list()": {"op": "list", "namespace": "orders"},
    "kv.list({ prefix: 'a', startKey: 'ab', limit: 3 })":
        {"op": "list", "namespace": "orders", "prefix": "a", "start_key": "ab", "limit": 3},
    "kv.increment('a')": {"op": "increment", "namespace": "orders", "key": "a", "by": 1},
    "kv.increment('a', -2.5)": {"op": "increment", "namespace": "orders", "key": "a", "by": -2.5},
    "kv.compareAndSet('a', undefined, 1)":
        {"op": "compareAndSet", "namespace": "orders", "key": "a", "value": 1},
    "kv.compareAndSet('a', null, 1, { ttl: 1 })":
        {"op": "compareAndSet", "namespace": "orders", "key": "a", "expected": None, "value": 1,
         "ttl_s": 1},
}  # fmt: skip


@pytest.mark.parametrize("call", _ASKED)
def test_a_method_is_an_operation(store: Evaluate, call: str) -> None:
    assert store(f"{call}; return asked;") == [{"id": 1, "kind": "kv", **_ASKED[call]}]


_RETURNED: dict[tuple[str, str], object] = {
    ("kv.get('a')", "{ value: { b: [1] } }"): {"b": [1]},
    ("kv.get('a')", "{ value: null }"): None,
    ("kv.get('a').then((value) => typeof value)", "{}"): "undefined",
    ("kv.put('a', 1).then((value) => typeof value)", "{}"): "undefined",
    ("kv.delete('a')", "{ value: true }"): True,
    ("kv.delete('a')", "{ value: false }"): False,
    ("kv.increment('a')", "{ value: 5 }"): 5,
    ("kv.compareAndSet('a', 1, 2)", "{ value: false }"): False,
    ("kv.list()", "{ value: { items: [{ key: 'a', value: 1 }], next_start_key: 'a' } }"): {
        "items": [{"key": "a", "value": 1}],
        "nextStartKey": "a",
    },
    ("kv.list()", "{ value: { items: [], next_start_key: null } }"): {"items": []},
}


@pytest.mark.parametrize(("call", "fields"), _RETURNED)
def test_a_reply_is_what_the_method_returns(store: Evaluate, call: str, fields: str) -> None:
    source = f"const it = {call}; reply(1, {{ ...{fields}, end: true }}); return it;"

    assert store(source) == _RETURNED[call, fields]


def test_an_error_says_which_limit_is_in_the_way(store: Evaluate) -> None:
    source = """
        const it = kv.put('a', 1);
        const error = { code: 'exceeded_kv', message: 'all', limit: 'x', value: 100, used: 101 };
        reply(1, { end: true, error });
        return it.catch((thrown) => [`${thrown}`, thrown.cause, thrown.constructor === Error]);
    """

    assert store(source) == [
        "Error: all",
        {"code": "exceeded_kv", "limit": "x", "value": 100, "used": 101},
        True,
    ]


_REFUSED = {
    "kv.get()": "the key is not a string",
    "kv.get(1)": "the key is not a string",
    "kv.get({ toString: () => 'a' })": "the key is not a string",
    "kv.get('\\ud800')": "the key has a lone surrogate",
    "kv.put('a')": "the value is not JSON",
    "kv.put('a', () => {})": "the value is not JSON",
    "kv.put('a', 1n)": "BigInt",
    "kv.put('a', (() => { const it = {}; it.it = it; return it })())": "circular",
    "kv.put('a', { toJSON() { throw new TypeError('mine') } })": "mine",
    "kv.put('a', 1, { ttl: '60' })": "the ttl is not a number",
    "kv.put('a', 1, 60)": "not an object",
    "kv.list({ limit: '1' })": "the limit is not a number",
    "kv.list({ prefix: 1 })": "the prefix is not a string",
    "kv.list({ get startKey() { throw new TypeError('mine') } })": "mine",
    "kv.increment('a', '1')": "the step is not a number",
    "kv.increment('a', 1n)": "the step is not a number",
    "kv.compareAndSet('a', 1)": "the value is not JSON",
    "kv.compareAndSet('a', () => {}, 1)": "the value is not JSON",
    "(async () => kv.namespace('other'))()": '"other" is not in kv of the function',
    "(async () => kv.namespace())()": "1 argument required",
    "(async () => kv.namespace('__proto__'))()": '"__proto__" is not in kv',
    "(async () => new kv.constructor({}, ['x'], 'x'))()": "Illegal constructor",
    "kv.get.call({}, 'a')": "must be an instance of class KeyValues",
}


@pytest.mark.parametrize("call", _REFUSED)
def test_what_is_no_operation_asks_nothing(store: Evaluate, call: str) -> None:
    answer = store(f"return [await failure({call}), asked.length]")

    assert isinstance(answer, list)
    assert answer[0].startswith("TypeError: ")
    assert _REFUSED[call] in answer[0]
    assert answer[1] == 0


_CODES = {
    "kv.get(1)": "invalid",
    "kv.put('a')": "invalid",
    "kv.list({ limit: '1' })": "invalid",
    "(async () => kv.namespace('other'))()": "not_allowed",
}


@pytest.mark.parametrize("call", _CODES)
def test_what_is_refused_here_has_the_code_that_the_trusted_side_would_give(
    store: Evaluate, call: str
) -> None:
    assert store(f"return {call}.catch(({{ cause }}) => cause)") == {"code": _CODES[call]}


def test_the_store_is_one_object_and_what_code_changes_names_no_other(store: Evaluate) -> None:
    source = """
        context.kv.constructor.prototype.forged = 1;
        Object.prototype.kv = ['forged'];
        Array.prototype.includes = () => true;
        const same = context.kv === kv;
        delete Object.prototype.kv;
        return [same, await failure((async () => kv.namespace('forged'))())];
    """

    assert store(source) == [
        True,
        'TypeError: the namespace "forged" is not in kv of the function\'s document',
    ]


def test_prototypes_give_a_context_no_store(run: Run) -> None:
    assert run("Object.prototype.kv = ['forged']; return Object.hasOwn(context, 'kv')") is False


def test_a_context_with_a_store_is_still_json(store: Evaluate) -> None:
    source = "return [Object.keys(context), JSON.parse(JSON.stringify(context)).kv]"

    assert store(source) == [["kv", "secrets", "deadline_ms"], {}]


_KEY = """
    const bytes = new TextEncoder().encode(context.secrets.KEY);
    const { subtle } = crypto;
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const imported = (more = {}, usages = ['sign', 'verify'], data = bytes, format = 'raw') =>
        subtle.importKey(format, data, { ...algorithm, ...more }, true, usages);
    const data = new Uint8Array([1, 2]);
    const mac = new Uint8Array([9, 8]);
"""


@pytest.mark.parametrize("form", ["", ", bytes, 'raw'", ", { kty: 'oct', k }, 'jwk'"])
def test_a_placeholder_signs_outside(store: Evaluate, form: str) -> None:
    source = f"""{_KEY}
        const k = bytes.toBase64({{ alphabet: 'base64url', omitPadding: true }});
        const key = await imported({{ hash: 'SHA-512' }}, ['sign']{form});
        const signature = subtle.sign('HMAC', key, data);
        data[0] = 7;
        reply(1, {{ end: true }}, mac);
        return [asked, [...new Uint8Array(await signature)], key.extractable, key.usages];
    """

    assert store(source) == [
        [{"id": 1, "kind": "sign", "hash": "SHA-512", "key": _SECRET, "bytes": "AQI="}],
        [9, 8],
        False,
        ["sign"],
    ]


@pytest.mark.parametrize(
    ("given", "is_right"), [("[9, 8]", True), ("[9, 9]", False), ("[9]", False)]
)
def test_a_placeholder_verifies_outside(store: Evaluate, given: str, *, is_right: bool) -> None:
    source = f"""{_KEY}
        const given = new Uint8Array({given});
        const verified = subtle.verify('HMAC', await imported(), given, data);
        given[0] = 0;
        reply(1, {{ end: true }}, mac);
        return verified;
    """

    assert store(source) is is_right


_KEPT = {
    "subtle.exportKey('raw', await imported())": "InvalidAccessError: the key is not extractable",
    "subtle.exportKey('jwk', structuredClone(await imported()))":
        "InvalidAccessError: the key is not extractable",
    "subtle.sign('HMAC', await imported({}, ['verify']), data)":
        "InvalidAccessError: the key is not for sign",
    "subtle.sign('AES-CBC', await imported(), data)": "NotSupportedError",
    "imported({ length: 340 })": "DataError: the key of a secret is used whole",
    "imported({}, [])": "SyntaxError: a key needs a usage",
    "imported({}, ['encrypt'])": "SyntaxError: a key of this kind is not for encrypt",
    "(async (it) => { const made = subtle.sign('HMAC', it, data);"
    " reply(1, { end: true, error: { code: 'not_allowed', message: 'no such secret' } });"
    " return made })(await imported())": "OperationError: no such secret",
}  # fmt: skip


@pytest.mark.parametrize("call", _KEPT)
def test_a_sealed_key_is_a_key_as_others(store: Evaluate, call: str) -> None:
    said = store(f"{_KEY} return failure({call})")

    assert isinstance(said, str)
    assert said.startswith(_KEPT[call])


@pytest.mark.parametrize("text", ["iso_secret_", _SECRET[:-1], _SECRET + "0", _SECRET.upper(),
                                  _SECRET[:-1] + "g", "ISO" + _SECRET[3:]])  # fmt: skip
def test_other_bytes_are_a_key_of_the_isolate(store: Evaluate, text: str) -> None:
    source = f"""{_KEY}
        const key = await imported({{}}, ['sign'], new TextEncoder().encode('{text}'));
        const size = (await subtle.sign('HMAC', key, data)).byteLength;
        return [size, key.extractable, asked.length];
    """

    assert store(source) == [32, True, 0]
