"""Crypto gives randomness of the kernel; SubtleCrypto checks arguments as the standard says."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isolambda_executor.engine import Engine
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.platform.evaluating import Evaluate, open_isolate
from tests.unit.executor.supervised import request

Run = Callable[..., Any]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
_RANDOM = "crypto.getRandomValues(new Uint8Array(16)).toHex()"
_REJECTION = """
    const of = async (attempt) => {
        try {
            await attempt();
        } catch (thrown) {
            return thrown.name;
        }
        return 'nothing';
    };
"""


def test_randomness_differs_between_executions_and_isolates(engine: Engine) -> None:
    found = []
    for _ in range(3):
        with open_isolate(engine) as evaluate:
            found += [evaluate(f"return {_RANDOM}") for _ in range(3)]

    assert len(set(found)) == len(found)


def test_randomness_differs_between_workers(supervisor: Supervisor) -> None:
    source = f"return [{_RANDOM}, crypto.randomUUID(), {_RANDOM}]"
    requests = [
        replace(request(source, isolation=isolation), account_id=account * 32)
        for account in "abc"
        for isolation in ("version", "version", "fresh")
    ]

    results = [supervisor.execute(each).result or "" for each in requests]

    found = [text for result in results for text in json.loads(result)]
    assert len(set(found)) == len(found) == 27


def test_small_amounts_never_repeat(run: Run) -> None:
    amounts = run(f"const all = []; for (let i = 0; i < 5000; i++) all.push({_RANDOM}); return all")

    assert len(set(amounts)) == len(amounts)


def test_small_amounts_and_large_ones_are_filled_wholly(run: Run) -> None:
    missing = run("""
        const missing = [];
        for (const size of [1, 255, 256, 257, 1023, 1024, 1025, 65536]) {
            const seen = new Uint8Array(size);
            for (let i = 0; i < 20; i++) {
                const bytes = crypto.getRandomValues(new Uint8Array(size));
                for (let k = 0; k < size; k++) seen[k] |= bytes[k];
            }
            if (seen.includes(0)) missing.push(size);
        }
        return missing;
    """)

    assert missing == []


def test_only_the_view_is_filled(run: Run) -> None:
    outside = run("""
        const bytes = new Uint8Array(1024);
        const view = new Uint32Array(bytes.buffer, 64, 200);
        const same = crypto.getRandomValues(view) === view;
        return [same, bytes.subarray(0, 64).some(Boolean), bytes.subarray(864).some(Boolean)];
    """)

    assert outside == [True, False, False]


def test_more_than_65536_bytes_are_refused(run: Run) -> None:
    error = run("""
        try {
            crypto.getRandomValues(new BigUint64Array(8193));
        } catch (thrown) {
            return [thrown.name, thrown.code, thrown instanceof DOMException, thrown.message];
        }
    """)

    assert error == ["QuotaExceededError", 22, True, "at most 65536 bytes at a time, not 65544"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("new Float64Array(1)", "TypeMismatchError"),
        ("new DataView(new ArrayBuffer(1))", "TypeMismatchError"),
        ("new ArrayBuffer(1)", "TypeMismatchError"),
        ("[1]", "TypeError"),
        ("new Proxy(new Uint8Array(1), {})", "TypeError"),
    ],
)
def test_other_memory_than_integers_is_refused(run: Run, value: str, name: str) -> None:
    assert run(f"{_REJECTION} return of(() => crypto.getRandomValues({value}))") == name


def test_uuids_are_of_version_4(run: Run) -> None:
    uuids = run("return Array.from({ length: 500 }, () => crypto.randomUUID())")

    assert all(_UUID.match(uuid) for uuid in uuids)
    assert len(set(uuids)) == len(uuids)


def test_replaced_built_ins_neither_see_nor_choose_randomness(evaluate: Evaluate) -> None:
    seen = evaluate("""
        crypto.getRandomValues(new Uint8Array(1));
        const seen = [];
        const see = function (...values) { seen.push(values.length); return this; };
        for (const Class of [Uint8Array, Object.getPrototypeOf(Uint8Array)]) {
            for (const name of ['set', 'fill', 'subarray', 'slice', 'toHex']) {
                Class.prototype[name] = see;
            }
        }
        Math.random = () => 0;
        globalThis.Uint8Array = see;
        const uuids = [crypto.randomUUID(), crypto.randomUUID()];
        return [seen, uuids[0] === uuids[1]];
    """)

    assert seen == [[], False]


def test_polluted_prototypes_change_nothing(run: Run) -> None:
    results = run("""
        const names = [
            'additionalData', 'alg', 'allowed', 'at', 'blinding', 'chunk', 'context', 'convert',
            'd', 'digest', 'dkLen', 'enforceRange', 'ext', 'extraEntropy', 'fallback', 'finish',
            'handle', 'hash', 'iv', 'k', 'key_ops', 'label', 'operation', 'prehash', 'secret',
            'shownUsages', 'tagLength', 'toJSON', 'type', 'use', 'usages', 'zip215', '0', '1',
        ];
        const called = [];
        for (const name of names) {
            const value = () => called.push(name);
            const of = { value, writable: true, configurable: true };
            Object.defineProperty(Object.prototype, name, of);
        }
        const { subtle } = crypto;
        const data = new Uint8Array(3);
        const iv = new Uint8Array(16);
        const results = [];
        const add = (buffer) => results.push(new Uint8Array(buffer).toHex());
        add(await subtle.digest('SHA-256', data));
        const hash = { __proto__: null, name: 'HMAC', hash: 'SHA-256', length: 24 };
        const hmac = await subtle.importKey('raw', data, hash, true, ['sign']);
        add(await subtle.sign('HMAC', hmac, data));
        results.push((await subtle.exportKey('jwk', hmac)).k);
        const aes = await subtle.importKey('raw', iv, 'AES-CBC', true, ['encrypt']);
        add(await subtle.encrypt({ name: 'AES-CBC', iv }, aes, data));
        for (const name of names) delete Object.prototype[name];
        return { results, called };
    """)

    assert results == {
        "results": [
            hashlib.sha256(bytes(3)).hexdigest(),
            hmac.digest(bytes(3), bytes(3), "sha256").hex(),
            "AAAA",
            "b905289f4160e828ca06a194d8c7beb7",
        ],
        "called": [],
    }


def test_methods_reject_before_anything_of_their_arguments_is_used(run: Run) -> None:
    names = run(f"""
        {_REJECTION}
        const {{ subtle }} = crypto;
        const type = {{ name: 'AES-GCM', length: 128 }};
        const key = await subtle.generateKey(type, false, ['encrypt']);
        const data = new Uint8Array(1);
        const iv = new Uint8Array(12);
        return [
            await of(() => subtle.encrypt()),
            await of(() => subtle.encrypt('AES-GCM', {{}}, data)),
            await of(() => subtle.encrypt('AES-GCM', key, 'text')),
            await of(() => subtle.encrypt({{ name: 'AES' }}, key, data)),
            await of(() => subtle.encrypt({{ name: 'AES-GCM' }}, key, data)),
            await of(() => subtle.encrypt({{ ...type, name: 'AES-CBC', iv }}, key, data)),
            await of(() => subtle.decrypt({{ name: 'AES-GCM', iv }}, key, data)),
            await of(() => subtle.encrypt({{ name: 'AES-GCM', iv: data }}, key, data)),
            await of(() => subtle.encrypt({{ name: 'aes-gcm', iv }}, key, data)),
            await of(() => subtle.exportKey('raw', key)),
            await of(() => subtle.exportKey('hex', key)),
            await of(() => subtle.generateKey(type, true, [])),
            await of(() => subtle.generateKey(type, true, ['sign'])),
            await of(() => subtle.generateKey({{ ...type, length: 100 }}, true, ['encrypt'])),
            await of(() => subtle.generateKey({{ name: 'HMAC', hash: 'SHA3-256' }}, true, [])),
            await of(() => subtle.digest.call({{}}, 'SHA-256', data)),
            await of(() => new CryptoKey()),
            await of(() => new SubtleCrypto()),
            await of(() => new Crypto()),
        ];
    """)

    assert names == [
        "TypeError",
        "TypeError",
        "TypeError",
        "NotSupportedError",
        "TypeError",
        "InvalidAccessError",
        "InvalidAccessError",
        "OperationError",
        "nothing",
        "InvalidAccessError",
        "TypeError",
        "SyntaxError",
        "SyntaxError",
        "OperationError",
        "NotSupportedError",
        "TypeError",
        "TypeError",
        "TypeError",
        "TypeError",
    ]


def test_what_touches_no_cryptography_loads_none(run: Run) -> None:
    waiting = run("""
        const isWaiting = (name) => 'get' in Object.getOwnPropertyDescriptor(globalThis, name);
        const before = isWaiting('crypto');
        crypto.randomUUID();
        return [before, isWaiting('crypto'), isWaiting('SubtleCrypto')];
    """)

    assert waiting == [True, False, True]
