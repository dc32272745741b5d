"""Keys that are no keys are refused, in a time that has a bound, with an error of the standard."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor import supervised
from tests.unit.executor.platform.private_keys import pkcs8, spki

Run = Callable[..., Any]

_P256 = {"name": "ECDSA", "namedCurve": "P-256"}
_PSS = {"name": "RSA-PSS", "hash": "SHA-256"}
_NAMES = """
    const { subtle } = crypto;
    const nameOf = (promise) => promise.then(() => 'nothing', (thrown) => thrown.name);
    const encode = (bytes) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
    const number = (text) => encode(Uint8Array.fromHex(`${'0'.repeat(text.length % 2)}${text}`));
"""
_MOST_CPU_S = 2.0
"""Of refusing keys; far above what it takes, and far below what unbounded work would."""


@pytest.fixture(scope="module")
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_no_prefix_and_no_extension_of_a_key_is_one(
    run: Run, ec_key: ec.EllipticCurvePrivateKey, rsa_key: rsa.RSAPrivateKey
) -> None:
    keys = [
        ("spki", spki(ec_key), _P256, "verify"),
        ("pkcs8", pkcs8(ec_key), _P256, "sign"),
        ("spki", spki(rsa_key), _PSS, "verify"),
        ("pkcs8", pkcs8(rsa_key), _PSS, "sign"),
        ("pkcs8", pkcs8(ed25519.Ed25519PrivateKey.generate()), "Ed25519", "sign"),
    ]
    for form, key, algorithm, usage in keys:
        names = run(f"""
            {_NAMES}
            const key = Uint8Array.fromHex('{key}');
            const algorithm = {json.dumps(algorithm)};
            const load = (bytes) =>
                nameOf(subtle.importKey('{form}', bytes, algorithm, true, ['{usage}']));
            const names = new Set();
            for (let i = 0; i < key.length; i++) names.add(await load(key.slice(0, i)));
            names.add(await load(new Uint8Array([...key, 0])));
            return [await load(key), [...names]];
        """)

        assert names == ["nothing", ["DataError"]]


def test_a_changed_byte_makes_another_key_or_a_data_error(
    run: Run, ec_key: ec.EllipticCurvePrivateKey, rsa_key: rsa.RSAPrivateKey
) -> None:
    for key, algorithm in ((pkcs8(ec_key), _P256), (pkcs8(rsa_key), _PSS)):
        names = run(f"""
            {_NAMES}
            const key = Uint8Array.fromHex('{key}');
            const names = new Set();
            for (let i = 0; i < key.length; i += 3) {{
                for (const change of [1, 0x80]) {{
                    const broken = key.slice();
                    broken[i] ^= change;
                    names.add(await nameOf(
                        subtle.importKey('pkcs8', broken, {json.dumps(algorithm)}, true, ['sign']),
                    ));
                }}
            }}
            return [...names];
        """)

        assert set(names) <= {"DataError", "nothing"}


@pytest.mark.parametrize(
    "der",
    [
        "",
        "30",
        "3080",
        "3080" + "00" * 4,
        "3084ffffffff",
        "30820001ff",
        "308101ff",
        "3000",
        "30" * 200,
        "3003020100",
        "02" + "82ffff" + "00" * 100,
    ],
)
def test_der_that_is_none_is_refused(run: Run, der: str) -> None:
    names = run(f"""
        {_NAMES}
        const names = [];
        for (const format of ['spki', 'pkcs8']) {{
            for (const name of ['RSA-PSS', 'ECDSA', 'Ed25519']) {{
                const algorithm = {{ name, hash: 'SHA-256', namedCurve: 'P-256' }};
                const usages = [format === 'spki' ? 'verify' : 'sign'];
                const bytes = Uint8Array.fromHex('{der}');
                names.push(await nameOf(subtle.importKey(format, bytes, algorithm, true, usages)));
            }}
        }}
        return names;
    """)

    assert names == ["DataError"] * 6


@pytest.mark.parametrize("length", ["8159", "820059", "84000000" + "59", "80"])
def test_a_length_that_is_not_in_its_shortest_form_is_refused(
    run: Run, ec_key: ec.EllipticCurvePrivateKey, length: str
) -> None:
    key = spki(ec_key)
    assert key.startswith("3059")

    names = run(f"""
        {_NAMES}
        const load = (text) => nameOf(subtle.importKey(
            'spki', Uint8Array.fromHex(text), {json.dumps(_P256)}, true, ['verify'],
        ));
        return [await load('{key}'), await load('30{length}{key[4:]}')];
    """)

    assert names == ["nothing", "DataError"]


def test_points_off_the_curve_are_refused(run: Run) -> None:
    names = run(f"""
        {_NAMES}
        const algorithm = {{ name: 'ECDH', namedCurve: 'P-256' }};
        const pair = await subtle.generateKey(algorithm, true, ['deriveBits']);
        const point = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
        const load = (bytes) => nameOf(subtle.importKey('raw', bytes, algorithm, true, []));
        const changed = point.slice();
        changed[64] ^= 1;
        const outside = new Uint8Array(65).fill(255);
        outside[0] = 4;
        const zero = new Uint8Array(65);
        zero[0] = 4;
        const hybrid = point.slice();
        hybrid[0] = 6;
        const names = [];
        const short = [point.slice(0, 1), point.slice(0, 0)];
        for (const bytes of [changed, outside, zero, hybrid, ...short]) {{
            names.push(await load(bytes));
        }}
        return [await load(point), ...names];
    """)

    assert names == ["nothing"] + ["DataError"] * 6


def test_secrets_outside_the_range_of_the_curve_are_refused(run: Run) -> None:
    order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

    names = run(f"""
        {_NAMES}
        const pair = await subtle.generateKey({json.dumps(_P256)}, true, ['sign']);
        const jwk = await subtle.exportKey('jwk', pair.privateKey);
        const names = [];
        const one = '00'.repeat(31) + '01';
        for (const d of ['00'.repeat(32), '{order}', 'ff'.repeat(32), '01', one]) {{
            const changed = {{ ...jwk, d: number(d) }};
            names.push(await nameOf(
                subtle.importKey('jwk', changed, {json.dumps(_P256)}, true, ['sign']),
            ));
        }}
        return names;
    """)

    assert names == ["DataError"] * 5


def test_a_secret_everybody_could_compute_is_not_agreed_on(run: Run) -> None:
    names = run(f"""
        {_NAMES}
        const {{ privateKey }} = await subtle.generateKey('X25519', false, ['deriveBits']);
        const names = [];
        for (const first of [0, 1]) {{
            const bytes = new Uint8Array(32);
            bytes[0] = first;
            const weak = await subtle.importKey('raw', bytes, 'X25519', false, []);
            const agreeing = subtle.deriveBits({{ name: 'X25519', public: weak }}, privateKey);
            names.push(await nameOf(agreeing));
        }}
        return names;
    """)

    assert names == ["OperationError"] * 2


_MODULI = {
    "zero": ("00", "010001"),
    "one": ("01", "010001"),
    "tiny": ("0f", "03"),
    "too short": ("80" + "00" * 61 + "01", "010001"),
    "even": ("c0" * 256, "010001"),
    "too long": ("80" + "00" * 511 + "01", "010001"),
    "enormous": ("c1" * 20_000, "010001"),
    "an exponent of zero": ("c1" * 256, "00"),
    "an exponent of one": ("c1" * 256, "01"),
    "an even exponent": ("c1" * 256, "010000"),
    "a long exponent": ("c1" * 256, "01" + "00" * 7 + "01"),
    "an enormous exponent": ("c1" * 256, "c1" * 20_000),
}


@pytest.mark.parametrize("kind", _MODULI)
def test_moduli_and_exponents_have_bounds(run: Run, kind: str) -> None:
    modulus, exponent = _MODULI[kind]
    began = time.process_time()

    name = run(f"""
        {_NAMES}
        const jwk = {{ kty: 'RSA', n: number('{modulus}'), e: number('{exponent}') }};
        return nameOf(subtle.importKey('jwk', jwk, {json.dumps(_PSS)}, true, ['verify']));
    """)

    assert name == "DataError"
    assert time.process_time() - began < _MOST_CPU_S


def test_numbers_of_a_private_key_must_belong_together(
    run: Run, rsa_key: rsa.RSAPrivateKey
) -> None:
    names = run(f"""
        {_NAMES}
        const algorithm = {json.dumps(_PSS)};
        const pkcs8 = Uint8Array.fromHex('{pkcs8(rsa_key)}');
        const key = await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']);
        const jwk = await subtle.exportKey('jwk', key);
        const load = (changed) => nameOf(
            subtle.importKey('jwk', {{ ...jwk, ...changed }}, algorithm, true, ['sign']),
        );
        const names = [];
        for (const part of ['e', 'd', 'p', 'q', 'dp', 'dq', 'qi']) {{
            for (const value of ['AQ', 'Aw', jwk.n]) names.push(await load({{ [part]: value }}));
            if (part !== 'd') names.push(await load({{ [part]: undefined }}));
        }}
        names.push(await load({{ p: 'AQ', q: jwk.n }}));
        names.push(await load({{ p: jwk.q, q: jwk.p }}));
        return [await load({{}}), [...new Set(names)], await load({{ oth: [{{}}] }})];
    """)

    assert names == ["nothing", ["DataError"], "NotSupportedError"]


def test_factors_that_are_no_primes_give_no_signature(run: Run) -> None:
    p, q = 3 * ((1 << 510) + 1), (1 << 511) - 1
    n, e = p * q, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = {
        "n": n,
        "e": e,
        "d": d,
        "p": p,
        "q": q,
        "dp": d % (p - 1),
        "dq": d % (q - 1),
        "qi": pow(q, -1, p),
    }

    name = run(f"""
        {_NAMES}
        const jwk = {{ kty: 'RSA' }};
        const numbers = {json.dumps({name: f"{value:x}" for name, value in numbers.items()})};
        for (const name in numbers) jwk[name] = number(numbers[name]);
        const key = await subtle.importKey('jwk', jwk, {json.dumps(_PSS)}, false, ['sign']);
        return nameOf(subtle.sign({{ name: 'RSA-PSS', saltLength: 0 }}, key, new Uint8Array(1)));
    """)

    assert name == "OperationError"


def test_members_of_a_jwk_are_read_once_and_proxies_gain_nothing(run: Run) -> None:
    answers = run(f"""
        {_NAMES}
        const algorithm = {{ name: 'HMAC', hash: 'SHA-256' }};
        const reads = {{}};
        const jwk = new Proxy({{ kty: 'oct', k: 'AAAA' }}, {{
            get(target, name) {{
                reads[name] = (reads[name] ?? 0) + 1;
                if (name === 'k') return reads[name] === 1 ? 'AAAA' : 'BBBB';
                return target[name];
            }},
        }});
        const key = await subtle.importKey('jwk', jwk, algorithm, true, ['sign']);
        const throwing = {{ kty: 'oct', get k() {{ throw new RangeError('mine'); }} }};
        const load = (jwk) => nameOf(subtle.importKey('jwk', jwk, algorithm, true, ['sign']));
        return [
            Object.values(reads).every((count) => count === 1),
            (await subtle.exportKey('jwk', key)).k,
            await load(throwing),
            await load({{ kty: 'oct', k: 'AAAA', key_ops: ['sign', 'sign'] }}),
            await load({{ kty: 'oct', k: 'AA=' }}),
            await load({{ kty: 'oct', k: 'A A' }}),
            await load({{ kty: 'oct', k: 'AB' }}),
        ];
    """)

    assert answers == [
        True,
        "AAAA",
        "RangeError",
        "DataError",
        "DataError",
        "DataError",
        "DataError",
    ]


def test_lengths_have_bounds(run: Run) -> None:
    names = run(f"""
        {_NAMES}
        const secret = new Uint8Array(1);
        const derive = async (algorithm, length) => {{
            const {{ name }} = algorithm;
            const key = await subtle.importKey('raw', secret, name, false, ['deriveBits']);
            return nameOf(subtle.deriveBits(algorithm, key, length));
        }};
        const hkdf = {{ name: 'HKDF', hash: 'SHA-256', salt: secret, info: secret }};
        const pbkdf2 = {{ name: 'PBKDF2', hash: 'SHA-256', salt: secret, iterations: 1 }};
        const rsa = (modulusLength, publicExponent) => nameOf(subtle.generateKey(
            {{ name: 'RSA-PSS', hash: 'SHA-256', modulusLength, publicExponent }}, true, ['sign'],
        ));
        const hmac = (length) => nameOf(
            subtle.generateKey({{ name: 'HMAC', hash: 'SHA-256', length }}, true, ['sign']),
        );
        const three = new Uint8Array([3]);
        return [
            await derive(hkdf, 255 * 256), await derive(hkdf, 255 * 256 + 8),
            await derive(pbkdf2, 65536 * 8), await derive(pbkdf2, 65536 * 8 + 8),
            await derive({{ ...pbkdf2, iterations: 0 }}, 8),
            await hmac(65536 * 8), await hmac(65536 * 8 + 1), await hmac(2 ** 32 - 1),
            await hmac(0),
            await rsa(512, three), await rsa(511, three), await rsa(4097, three),
            await rsa(2 ** 32 - 1, three),
            await rsa(2048, new Uint8Array([2])), await rsa(2048, new Uint8Array(1)),
            await rsa(2048, new Uint8Array(1 << 20).fill(1)),
        ];
    """)

    assert names == [
        *("nothing", "OperationError"),
        *("nothing", "OperationError"),
        "OperationError",
        *("nothing", "OperationError", "OperationError", "OperationError"),
        *("nothing", "OperationError", "OperationError", "OperationError"),
        *("OperationError", "OperationError", "OperationError"),
    ]


_LONG = {
    "a key of RSA": """
        const algorithm = {
            name: 'RSA-PSS',
            hash: 'SHA-256',
            modulusLength: 4096,
            publicExponent: new Uint8Array([1, 0, 1]),
        };
        for (;;) await crypto.subtle.generateKey(algorithm, true, ['sign']);
    """,
    "iterations": """
        const salt = new Uint8Array(1);
        const key = await crypto.subtle.importKey('raw', salt, 'PBKDF2', false, ['deriveBits']);
        const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 2 ** 32 - 1 };
        return crypto.subtle.deriveBits(algorithm, key, 256);
    """,
    "data": """
        const data = new Uint8Array(1 << 24);
        for (;;) await crypto.subtle.digest('SHA-512', data);
    """,
}


@pytest.mark.parametrize("kind", _LONG)
def test_what_computes_for_long_ends_with_its_execution(supervisor: Supervisor, kind: str) -> None:
    result = supervised.run(supervisor, _LONG[kind], wall_time_ms=300)
    after = supervised.run(supervisor, "return crypto.randomUUID().length")

    assert (result.outcome, after.result) == (Outcome.EXCEEDED_WALL_TIME, b"36")
