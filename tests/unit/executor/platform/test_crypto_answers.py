"""SubtleCrypto computes what RFCs, NIST, and OpenSSL by way of Python compute."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.unit.executor.platform.private_keys import pkcs8, spki

Run = Callable[..., Any]

_HASHES = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_HEX = """
    const hex = (bytes) => new Uint8Array(bytes).toHex();
    const bytes = (text) => Uint8Array.fromHex(text);
    const { subtle } = crypto;
    const load = (format, text, type, ...usages) =>
        subtle.importKey(format, bytes(text), type, format !== 'raw', usages);
    const all = (length, value) => new Uint8Array(length).fill(value);
"""
_MESSAGE = b"attack at dawn"


@pytest.mark.parametrize("name", [*_HASHES, "SHA3-256", "SHA3-384", "SHA3-512"])
@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 100_000])
def test_digests_are_those_of_openssl(run: Run, name: str, length: int) -> None:
    digest = run(f"{_HEX} return hex(await subtle.digest('{name}', all({length}, 97)))")

    oracle = _HASHES.get(name) or name.replace("-", "_").lower()
    assert digest == hashlib.new(oracle, b"a" * length).hexdigest()


@pytest.mark.parametrize("name", _HASHES)
@pytest.mark.parametrize("length", [1, 20, 64, 65, 128, 129, 300])
def test_macs_are_those_of_openssl(run: Run, name: str, length: int) -> None:
    key = bytes(i % 256 for i in range(length))

    mac = run(f"""
        {_HEX}
        const algorithm = {{ name: 'HMAC', hash: '{name}' }};
        const key = await load('raw', '{key.hex()}', algorithm, 'sign');
        return hex(await subtle.sign('HMAC', key, bytes('{_MESSAGE.hex()}')));
    """)

    assert mac == hmac.new(key, _MESSAGE, _HASHES[name]).hexdigest()


@pytest.mark.parametrize("name", _HASHES)
@pytest.mark.parametrize("length", [1, 64, 65, 128, 129, 300])
@pytest.mark.parametrize("iterations", [1, 2, 1000])
def test_pbkdf2_is_that_of_openssl(run: Run, name: str, length: int, iterations: int) -> None:
    password = bytes(i % 256 for i in range(length))

    derived = run(f"""
        {_HEX}
        const key = await load('raw', '{password.hex()}', 'PBKDF2', 'deriveBits');
        const algorithm = {{
            name: 'PBKDF2', hash: '{name}', salt: bytes('0102'), iterations: {iterations},
        }};
        return hex(await subtle.deriveBits(algorithm, key, 1000));
    """)

    assert derived == hashlib.pbkdf2_hmac(_HASHES[name], password, b"\1\2", iterations, 125).hex()


def test_hkdf_is_that_of_rfc_5869(run: Run) -> None:
    derived = run(f"""
        {_HEX}
        const secret = bytes('{"0b" * 22}');
        const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
        const salt = bytes('000102030405060708090a0b0c');
        const info = bytes('f0f1f2f3f4f5f6f7f8f9');
        const algorithm = {{ name: 'HKDF', hash: 'SHA-256', salt, info }};
        return hex(await subtle.deriveBits(algorithm, key, 336));
    """)

    assert derived == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


@pytest.mark.parametrize("iv", [8, 11, 12, 13, 16, 60])
@pytest.mark.parametrize("tag", [32, 96, 120, 128])
def test_gcm_is_that_of_openssl(run: Run, iv: int, tag: int) -> None:
    key, nonce = bytes(range(32)), bytes(range(iv))
    sealed = AESGCM(key).encrypt(nonce, _MESSAGE, b"more")
    expected = sealed[: len(_MESSAGE) + tag // 8].hex()

    texts = run(f"""
        {_HEX}
        const key = await load('raw', '{key.hex()}', 'AES-GCM', 'encrypt', 'decrypt');
        const algorithm = {{
            name: 'AES-GCM',
            iv: bytes('{nonce.hex()}'),
            additionalData: bytes('{b"more".hex()}'),
            tagLength: {tag},
        }};
        const sealed = await subtle.encrypt(algorithm, key, bytes('{_MESSAGE.hex()}'));
        const opened = await subtle.decrypt(algorithm, key, sealed);
        const refused = [];
        for (let i = 0; i < sealed.byteLength; i++) {{
            const broken = new Uint8Array(sealed.slice());
            broken[i] ^= 128;
            const opening = subtle.decrypt(algorithm, key, broken);
            await opening.catch((thrown) => refused.push(thrown.name));
        }}
        return [hex(sealed), hex(opened), refused];
    """)

    assert texts[:2] == [expected, _MESSAGE.hex()]
    assert texts[2] == ["OperationError"] * (len(_MESSAGE) + tag // 8)


def test_counters_begin_again_within_their_bits(run: Run) -> None:
    texts = run(f"""
        {_HEX}
        const key = await load('raw', '00'.repeat(16), 'AES-CTR', 'encrypt');
        const encrypt = async (counter, length, size) =>
            hex(await subtle.encrypt({{ name: 'AES-CTR', counter, length }}, key, all(size, 0)));
        const counter = all(16, 255);
        const first = await encrypt(counter, 4, 40);
        const blocks = [await encrypt(counter, 128, 16)];
        counter[15] = 0xf0;
        blocks.push(await encrypt(counter, 128, 24));
        const refused = await encrypt(counter, 4, 16 * 16 + 1).catch((thrown) => thrown.name);
        return [first, blocks.join(''), refused];
    """)

    assert texts == [texts[1], texts[1], "OperationError"]


def test_wrapping_is_that_of_rfc_3394(run: Run) -> None:
    wrapped = run(f"""
        {_HEX}
        const raw = bytes('000102030405060708090a0b0c0d0e0f');
        const usages = ['wrapKey', 'unwrapKey'];
        const wrapping = await subtle.importKey('raw', raw, 'AES-KW', false, usages);
        const secret = bytes('00112233445566778899aabbccddeeff');
        const key = await subtle.importKey('raw', secret, 'AES-GCM', true, ['encrypt']);
        const wrapped = await subtle.wrapKey('raw', key, wrapping, 'AES-KW');
        const back = await subtle.unwrapKey(
            'raw', wrapped, wrapping, 'AES-KW', 'AES-GCM', true, ['encrypt'],
        );
        return [hex(wrapped), hex(await subtle.exportKey('raw', back))];
    """)

    assert wrapped == [
        "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
        "00112233445566778899aabbccddeeff",
    ]


@pytest.mark.parametrize("name", ["P-256", "P-384", "P-521"])
def test_ecdsa_and_openssl_understand_each_other(run: Run, name: str) -> None:
    curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[name]
    length = (curve.key_size + 7) // 8
    key = ec.generate_private_key(curve)
    r, s = utils.decode_dss_signature(key.sign(_MESSAGE, ec.ECDSA(hashes.SHA512())))
    theirs = r.to_bytes(length) + s.to_bytes(length)

    verified, ours, exported = run(f"""
        {_HEX}
        const type = {{ name: 'ECDSA', namedCurve: '{name}' }};
        const algorithm = {{ name: 'ECDSA', hash: 'SHA-512' }};
        const message = bytes('{_MESSAGE.hex()}');
        const theirs = await load('spki', '{spki(key)}', type, 'verify');
        const own = await load('pkcs8', '{pkcs8(key)}', type, 'sign');
        return [
            await subtle.verify(algorithm, theirs, bytes('{theirs.hex()}'), message),
            hex(await subtle.sign(algorithm, own, message)),
            hex(await subtle.exportKey('spki', theirs)),
        ];
    """)

    assert verified is True
    assert exported == spki(key)
    signature = bytes.fromhex(ours)
    r, s = int.from_bytes(signature[:length]), int.from_bytes(signature[length:])
    key.public_key().verify(utils.encode_dss_signature(r, s), _MESSAGE, ec.ECDSA(hashes.SHA512()))


@pytest.mark.parametrize("name", ["P-256", "P-384", "P-521"])
def test_ecdh_and_openssl_agree(run: Run, name: str) -> None:
    curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[name]
    key, other = ec.generate_private_key(curve), ec.generate_private_key(curve)

    agreed = run(f"""
        {_HEX}
        const type = {{ name: 'ECDH', namedCurve: '{name}' }};
        const own = await load('pkcs8', '{pkcs8(key)}', type, 'deriveBits');
        const other = await load('spki', '{spki(other)}', type);
        return hex(await subtle.deriveBits({{ name: 'ECDH', public: other }}, own));
    """)

    assert agreed == key.exchange(ec.ECDH(), other.public_key()).hex()


def test_ed25519_is_that_of_openssl(run: Run) -> None:
    key = ed25519.Ed25519PrivateKey.generate()

    signature, verified, exported = run(f"""
        {_HEX}
        const message = bytes('{_MESSAGE.hex()}');
        const own = await load('pkcs8', '{pkcs8(key)}', 'Ed25519', 'sign');
        const shown = await load('spki', '{spki(key)}', 'Ed25519', 'verify');
        const signature = await subtle.sign('Ed25519', own, message);
        return [
            hex(signature),
            await subtle.verify('Ed25519', shown, signature, message),
            hex(await subtle.exportKey('pkcs8', own)),
        ];
    """)

    assert signature == key.sign(_MESSAGE).hex()
    assert verified is True
    assert exported == pkcs8(key)


def test_x25519_is_that_of_openssl(run: Run) -> None:
    key, other = x25519.X25519PrivateKey.generate(), x25519.X25519PrivateKey.generate()

    agreed = run(f"""
        {_HEX}
        const own = await load('pkcs8', '{pkcs8(key)}', 'X25519', 'deriveBits');
        const shown = await load('spki', '{spki(other)}', 'X25519');
        return hex(await subtle.deriveBits({{ name: 'X25519', public: shown }}, own, 256));
    """)

    assert agreed == key.exchange(other.public_key()).hex()


def test_rsa_signatures_and_openssl_understand_each_other(
    run: Run, rsa_key: rsa.RSAPrivateKey
) -> None:
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), 20)
    pkcs1 = padding.PKCS1v15()
    theirs = {
        "RSA-PSS": rsa_key.sign(_MESSAGE, pss, hashes.SHA384()).hex(),
        "RSASSA-PKCS1-v1_5": rsa_key.sign(_MESSAGE, pkcs1, hashes.SHA384()).hex(),
    }

    results = run(f"""
        {_HEX}
        const message = bytes('{_MESSAGE.hex()}');
        const results = [];
        for (const [name, theirs] of Object.entries({json.dumps(theirs)})) {{
            const type = {{ name, hash: 'SHA-384' }};
            const own = await load('pkcs8', '{pkcs8(rsa_key)}', type, 'sign');
            const shown = await load('spki', '{spki(rsa_key)}', type, 'verify');
            const algorithm = {{ name, saltLength: 20 }};
            const broken = bytes(theirs);
            broken[100] ^= 1;
            results.push([
                hex(await subtle.sign(algorithm, own, message)),
                await subtle.verify(algorithm, shown, bytes(theirs), message),
                await subtle.verify(algorithm, shown, broken, message),
                hex(await subtle.exportKey('pkcs8', own)),
                hex(await subtle.exportKey('spki', shown)),
            ]);
        }}
        return results;
    """)

    for result, how in zip(results, (pss, pkcs1), strict=True):
        rsa_key.public_key().verify(bytes.fromhex(result[0]), _MESSAGE, how, hashes.SHA384())
        assert result[1:] == [True, False, pkcs8(rsa_key), spki(rsa_key)]
    assert results[1][0] == theirs["RSASSA-PKCS1-v1_5"]


def test_oaep_and_openssl_understand_each_other(run: Run, rsa_key: rsa.RSAPrivateKey) -> None:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"label")
    theirs = rsa_key.public_key().encrypt(_MESSAGE, oaep)

    ours, opened = run(f"""
        {_HEX}
        const type = {{ name: 'RSA-OAEP', hash: 'SHA-256' }};
        const own = await load('pkcs8', '{pkcs8(rsa_key)}', type, 'decrypt');
        const shown = await load('spki', '{spki(rsa_key)}', type, 'encrypt');
        const algorithm = {{ name: 'RSA-OAEP', label: bytes('{b"label".hex()}') }};
        return [
            hex(await subtle.encrypt(algorithm, shown, bytes('{_MESSAGE.hex()}'))),
            hex(await subtle.decrypt(algorithm, own, bytes('{theirs.hex()}'))),
        ];
    """)

    assert rsa_key.decrypt(bytes.fromhex(ours), oaep) == _MESSAGE
    assert opened == _MESSAGE.hex()


def test_rsa_keys_that_are_made_are_keys_to_openssl(run: Run) -> None:
    made = run(f"""
        {_HEX}
        const algorithm = {{
            name: 'RSA-PSS',
            hash: 'SHA-256',
            modulusLength: 1024,
            publicExponent: new Uint8Array([1, 0, 1]),
        }};
        const {{ privateKey }} = await subtle.generateKey(algorithm, true, ['sign']);
        return hex(await subtle.exportKey('pkcs8', privateKey));
    """)

    key = serialization.load_der_private_key(bytes.fromhex(made), None)  # checks the primes
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, key.public_key().public_numbers().e) == (1024, 65537)
