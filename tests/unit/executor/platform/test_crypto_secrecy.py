"""What a key holds that is not extractable, no code sees."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.executor.platform.evaluating import Evaluate
from tests.unit.executor.printing import Printer

Run = Callable[..., Any]

_KEYS = """
    const { subtle } = crypto;
    const secret = new Uint8Array(32).fill(0xc5);
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await subtle.importKey('raw', secret, algorithm, false, ['sign', 'verify']);
    const pair = await subtle.generateKey('Ed25519', false, ['sign', 'verify']);
"""
# Notes what the methods of built-ins see of the bytes of the secret, whatever holds them.
_SPY = """
    const { apply } = Reflect;
    const TypedArray = Object.getPrototypeOf(Uint8Array);
    const seen = [];
    let isLooking = true;
    const look = (values) => {
        for (let i = 0; i < values.length; i++) {
            const text = values[i] instanceof TypedArray ? values[i].join() : String(values[i]);
            if (/197,197,197|c5c5c5|xcXFxc/i.test(text)) seen.push(text);
        }
    };
    const spy = (holder, ...names) => names.forEach((name) => {
        const original = holder[name];
        holder[name] = function (...values) {
            const result = apply(original, this, values);
            if (isLooking) {
                isLooking = false;
                look([this, result, ...values]);
                isLooking = true;
            }
            return result;
        };
    });
    const spyOnAll = () => {
        spy(TypedArray.prototype, 'set', 'subarray', 'slice', 'fill', 'map', 'reverse', 'toString');
        spy(TypedArray, 'from', 'of');
        spy(Uint8Array.prototype, 'toHex', 'toBase64');
        spy(DataView.prototype, 'getUint32', 'setUint32', 'getBigUint64', 'setBigUint64');
        spy(Object, 'freeze');
        spy(String.prototype, 'padStart', 'slice');
    };
"""


def test_inspection_and_copies_show_nothing_of_a_key(run: Run) -> None:
    shown = run(f"""
        {_KEYS}
        const texts = [];
        for (const each of [key, pair.privateKey]) {{
            texts.push(JSON.stringify(each), String(each), Object.keys({{ ...each }}).join());
            texts.push(Reflect.ownKeys(each).join(), Reflect.ownKeys(each.algorithm).join());
        }}
        return texts;
    """)

    assert shown == [
        *("{}", "[object CryptoKey]", "", "", "name,length,hash"),
        *("{}", "[object CryptoKey]", "", "", "name"),
    ]


def test_a_clone_of_a_key_is_as_closed_as_the_key(run: Run) -> None:
    results = run(f"""
        {_KEYS}
        const {{ port1, port2 }} = new MessageChannel();
        const received = new Promise((resolve) => {{ port2.onmessage = resolve; }});
        port1.postMessage(key);
        const mac = new Uint8Array(await subtle.sign('HMAC', key, secret)).toHex();
        const results = [];
        for (const clone of [structuredClone(key), (await received).data]) {{
            results.push(
                clone !== key && clone instanceof CryptoKey,
                JSON.stringify(clone),
                clone.extractable,
                await subtle.exportKey('raw', clone).catch((thrown) => thrown.name),
                new Uint8Array(await subtle.sign('HMAC', clone, secret)).toHex() === mac,
            );
        }}
        port1.close();
        return results;
    """)

    assert results == [True, "{}", False, "InvalidAccessError", True] * 2


def test_the_console_shows_a_key_without_what_it_holds(printer: Printer) -> None:
    [(_, text)] = printer.lines("""
        const secret = new Uint8Array(32).fill(0xc5);
        const algorithm = { name: 'HMAC', hash: 'SHA-256' };
        return crypto.subtle.importKey('raw', secret, algorithm, false, ['verify', 'sign'])
            .then((key) => console.log(key));
    """)

    assert text == (
        'CryptoKey { type: "secret", extractable: false, '
        'algorithm: { name: "HMAC", length: 256, hash: { name: "SHA-256" } }, '
        'usages: [ "sign", "verify" ] }'
    )


def test_what_a_key_shows_can_be_changed_without_effect(run: Run) -> None:
    results = run(f"""
        {_KEYS}
        const attempt = (promise) => promise.then(() => 'done', (thrown) => thrown.name);
        key.usages.push('encrypt', 'wrapKey');
        key.algorithm.hash.name = 'SHA-1';
        key.algorithm.name = 'AES-GCM';
        for (const [name, value] of [['extractable', true], ['type', 'public'], ['usages', []]]) {{
            Object.defineProperty(key, name, {{ value }});
            Object.defineProperty(CryptoKey.prototype, name, {{ get: () => value }});
        }}
        Object.setPrototypeOf(key, null);
        const mac = await subtle.sign('HMAC', key, secret);
        return [
            mac.byteLength,
            await attempt(subtle.exportKey('raw', key)),
            await attempt(subtle.exportKey('jwk', key)),
            await attempt(subtle.exportKey('pkcs8', pair.privateKey)),
            await attempt(subtle.wrapKey('raw', key, key, 'AES-KW')),
            await attempt(subtle.encrypt({{ name: 'AES-GCM', iv: secret }}, key, secret)),
        ];
    """)

    assert results == [32, *["InvalidAccessError"] * 5]


def test_objects_like_a_key_are_none(run: Run) -> None:
    names = run(f"""
        {_KEYS}
        const names = [];
        const likes = [
            Object.create(key), new Proxy(key, {{}}), Object.create(CryptoKey.prototype),
            {{ ...key, __proto__: CryptoKey.prototype }}, {{}}, null,
        ];
        for (const like of likes) {{
            names.push(await subtle.exportKey('raw', like).catch((thrown) => thrown.name));
            try {{
                names.push(Reflect.get(CryptoKey.prototype, 'algorithm', like));
            }} catch (thrown) {{
                names.push(thrown.name);
            }}
        }}
        return names;
    """)

    assert names == ["TypeError"] * 12


_USES = {
    "an HMAC": "steps.push(() => subtle.sign('HMAC', key, data));",
    "encryption": """
        const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) };
        const aes = await subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'wrapKey']);
        const open = await subtle.importKey('raw', secret, algorithm, true, ['sign']);
        steps.push(() => subtle.encrypt(gcm, aes, data));
        steps.push(() => subtle.wrapKey('raw', open, aes, gcm));
    """,
    "derivation": """
        const base = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
        const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: data, info: data };
        steps.push(() => subtle.deriveKey(hkdf, base, algorithm, true, ['sign']));
    """,
    "signatures": """
        const der = new Uint8Array(48).fill(0xc5);
        der.set([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]);
        const own = await subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign']);
        steps.push(() => subtle.sign('Ed25519', own, data));
    """,
    "generation": "steps.push(() => subtle.generateKey('Ed25519', false, ['sign']));",
}


@pytest.mark.parametrize("kind", _USES)
def test_replaced_built_ins_see_nothing_of_a_key(run: Run, kind: str) -> None:
    seen, names = run(f"""
        {_SPY}
        {_KEYS}
        const data = new Uint8Array(3);
        const steps = [];
        {_USES[kind]}
        for (const step of steps) await step();
        spyOnAll();
        const names = [];
        for (const step of steps) await step().catch((thrown) => names.push(thrown.name));
        return [seen, names];
    """)

    assert seen == []
    assert set(names) == {"OperationError"}


def test_the_spy_of_these_tests_sees_what_a_key_shows(run: Run) -> None:
    seen = run(f"""
        {_SPY}
        {_KEYS}
        spyOnAll();
        const open = await subtle.importKey('raw', secret, algorithm, true, ['sign']);
        await subtle.sign('HMAC', open, new Uint8Array(3));
        return seen;
    """)

    assert seen


_CHANGES = {
    "a method": "Object.getPrototypeOf(Uint8Array.prototype).set = function () {}",
    "a method in front of another": "Uint8Array.prototype.set = function () {}",
    "an accessor": "Object.defineProperty(Object.prototype, 'X', { set() {}, configurable: true })",
    "an index": "Object.defineProperty(Array.prototype, '0', { set() {}, configurable: true })",
    "an iterator": "Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true })",
    "a global": "globalThis.Uint8Array = class extends Uint8Array {}",
    "a prototype": "Object.setPrototypeOf(Uint8Array.prototype, { __proto__: null })",
    "a species": """
        const TypedArray = Object.getPrototypeOf(Uint8Array);
        Object.defineProperty(TypedArray, Symbol.species, { get: () => Array })
    """,
    "a method that is gone": "delete Array.prototype.map",
}

_CHANGED = {
    "a method": "set",
    "a method in front of another": "set",
    "an accessor": "X",
    "an index": "length",
    "an iterator": "next",
    "a global": "Uint8Array",
    "a prototype": "__proto__",
    "a species": "Symbol(Symbol.species)",
    "a method that is gone": "map",
}


@pytest.mark.parametrize("change", _CHANGES)
def test_a_changed_built_in_ends_the_use_of_such_keys(evaluate: Evaluate, change: str) -> None:
    evaluate(f"""{_KEYS}
        globalThis.kept = key;
        await subtle.sign('HMAC', key, secret);
    """)

    text = evaluate(f"""
        const data = new Uint8Array(3);
        {_CHANGES[change]};
        const {{ subtle }} = crypto;
        return subtle.sign('HMAC', kept, data).then(() => 'done', (thrown) => `${{thrown}}`);
    """)

    assert text == (
        f'OperationError: code has changed the built-in "{_CHANGED[change]}", '
        "so keys that are not extractable are locked"
    )


def test_additions_that_hide_nothing_change_nothing(run: Run) -> None:
    length = run(f"""
        {_KEYS}
        Array.prototype.last = function () {{ return this[this.length - 1]; }};
        String.prototype.reversed = () => '';
        Object.defineProperty(Object.prototype, 'tapped', {{ value: 1, writable: true }});
        globalThis.fetch = () => {{}};
        return (await subtle.sign('HMAC', key, secret)).byteLength;
    """)

    assert length == 32


def test_a_polyfill_that_each_execution_repeats_changes_nothing(evaluate: Evaluate) -> None:
    source = f"""
        Array.prototype.at = function (index) {{ return this[index]; }};
        Array.prototype.first = function () {{ return this[0]; }};
        {_KEYS}
        return (await subtle.sign('HMAC', key, secret)).byteLength;
    """

    assert [evaluate(source), evaluate(source)] == [32, 32]


def test_promises_of_methods_show_user_code_results_only(run: Run) -> None:
    seen = run(f"""
        {_KEYS}
        const open = await subtle.importKey('raw', secret, algorithm, true, ['sign']);
        const both = ['wrapKey', 'unwrapKey'];
        const wrapping = await subtle.importKey('raw', secret, 'AES-KW', true, both);
        const wrapped = await subtle.wrapKey('raw', open, wrapping, 'AES-KW');
        const seen = [];
        Object.defineProperty(Object.prototype, 'then', {{
            get() {{ seen.push(Object.prototype.toString.call(this)); }}, configurable: true,
        }});
        await subtle.unwrapKey('raw', wrapped, wrapping, 'AES-KW', algorithm, true, ['sign']);
        delete Object.prototype.then;
        return seen;
    """)

    assert set(seen) == {"[object CryptoKey]"}
