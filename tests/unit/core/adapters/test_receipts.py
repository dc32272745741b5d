"""Receipts that are signed, and those that are not what they seem."""

import base64
import hashlib
import json
from typing import Any, cast

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from isolambda_core.adapters.receipt_reader import read_receipt
from isolambda_core.adapters.receipt_signer import Ed25519ReceiptSigner, thumbprint_of
from isolambda_core.domain.executions.errors import ReceiptRefusedError
from isolambda_core.domain.executions.receipts import RECEIPT_CLAIMS, RECEIPT_TYPE
from isolambda_core.domain.limits import JWKS_BYTES, RECEIPT_CHARACTERS
from isolambda_local.secrets.installation_secret import FileSecret

SIGNER = Ed25519ReceiptSigner(FileSecret(b"the secret of an installation..."))
OTHER = Ed25519ReceiptSigner(FileSecret(b"the secret of another one......."))
CLAIMS: dict[str, Any] = {
    "iss": "https://functions.example.com",
    "execution_id": "1" * 32,
    "account_id": "a" * 32,
    "function_id": "f" * 32,
    "version": "3",
    "created_ms": 1_800_000_000_123,
    "ended_ms": 1_800_000_000_456,
    "outcome": "ok",
    "source_sha256": "0" * 64,
    "input_sha256": "1" * 64,
    "result_sha256": None,
    "usage": {"wall_ms": 1.5, "cpu_ms": 1.25, "memory_mb": 2.0, "cold": True, "fetches": 0},
}
KEYS = json.dumps(SIGNER.key_set()).encode()
RECEIPT = SIGNER.sign(CLAIMS)


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def key_of(signer: Ed25519ReceiptSigner) -> dict[str, Any]:
    [key] = cast("list[dict[str, Any]]", signer.key_set()["keys"])
    return key


def kid_of(signer: Ed25519ReceiptSigner) -> str:
    kid: str = key_of(signer)["kid"]
    return kid


def signed(payload: bytes, **header: Any) -> str:
    """Return any payload with the signature of the installation, under any header."""
    headers = {"typ": RECEIPT_TYPE, "kid": kid_of(SIGNER), **header}
    return jwt.PyJWS().encode(payload, SIGNER._key, "EdDSA", headers)


def reason(receipt: str, keys: bytes = KEYS) -> str:
    with pytest.raises(ReceiptRefusedError) as caught:
        read_receipt(receipt, keys)
    return str(caught.value)


def test_a_receipt_says_what_was_signed_and_by_which_key() -> None:
    assert read_receipt(RECEIPT, KEYS) == (kid_of(SIGNER), CLAIMS)
    assert tuple(CLAIMS) == RECEIPT_CLAIMS


def test_the_same_claims_are_the_same_receipt() -> None:
    again = Ed25519ReceiptSigner(FileSecret(b"the secret of an installation..."))

    assert again.sign(CLAIMS) == RECEIPT
    assert again.key_set() == SIGNER.key_set()


def test_a_receipt_is_a_json_web_signature_that_others_can_verify_too() -> None:
    [key] = json.loads(KEYS)["keys"]
    signing_input, _, signature = RECEIPT.rpartition(".")

    public = Ed25519PublicKey.from_public_bytes(bytes_of(key["x"]))
    public.verify(bytes_of(signature), signing_input.encode())
    header = json.loads(bytes_of(signing_input.partition(".")[0]))
    assert header == {"typ": RECEIPT_TYPE, "alg": "EdDSA", "kid": key["kid"]}
    assert {name: key[name] for name in ("kty", "crv", "use", "alg")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "alg": "EdDSA",
    }


def test_the_id_of_the_key_is_its_thumbprint() -> None:
    [key] = json.loads(KEYS)["keys"]
    required = f'{{"crv":"Ed25519","kty":"OKP","x":"{key["x"]}"}}'

    assert bytes_of(key["kid"]) == hashlib.sha256(required.encode()).digest()
    # The example of RFC 8037, appendix A.3.
    example = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint_of(example) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_no_private_key_is_published_and_no_other_key_of_the_installation_is_the_same() -> None:
    [key] = json.loads(KEYS)["keys"]

    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert SIGNER._key.private_bytes_raw() != SIGNER.secret.read()


def test_no_bit_of_a_receipt_can_be_changed() -> None:
    header, payload, signature = RECEIPT.split(".")
    parts = [bytes_of(each) for each in (header, payload, signature)]

    for number, data in enumerate(parts):
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            forged = [header, payload, signature]
            forged[number] = part(bytes(changed))
            reason(".".join(forged))


def test_a_receipt_is_one_text_alone() -> None:
    # Of the last character of 64 bytes, four bits say nothing.
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [RECEIPT[:-1] + each for each in last if each != RECEIPT[-1]]

    for other in (*others, f"{RECEIPT}=", f"{RECEIPT}\n", f" {RECEIPT}", f"{RECEIPT}."):
        reason(other)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES256", "Ed25519", "", None, 1])
def test_no_receipt_chooses_its_algorithm(algorithm: Any) -> None:
    header = part({"alg": algorithm, "typ": RECEIPT_TYPE, "kid": kid_of(SIGNER)})

    assert reason(f"{header}.{RECEIPT.split('.', 1)[1]}") == "its algorithm is not EdDSA"


def test_a_receipt_without_a_signature_is_none() -> None:
    header = part({"alg": "none", "typ": RECEIPT_TYPE, "kid": kid_of(SIGNER)})

    assert "three parts" in reason(f"{header}.{part(CLAIMS)}.")
    assert "three parts" in reason(RECEIPT.rpartition(".")[0])


def test_what_the_public_key_signs_as_a_secret_is_no_receipt() -> None:
    [key] = json.loads(KEYS)["keys"]
    forged = jwt.PyJWS().encode(
        part(CLAIMS).encode(),
        bytes_of(key["x"]),
        "HS256",
        {"typ": RECEIPT_TYPE, "kid": key["kid"]},
    )

    assert reason(forged) == "its algorithm is not EdDSA"


def test_a_receipt_of_another_installation_is_refused() -> None:
    assert reason(OTHER.sign(CLAIMS)) == "it is signed by a key that is none of these"


def test_a_receipt_under_the_id_of_another_key_is_refused() -> None:
    both = json.dumps({"keys": [*json.loads(KEYS)["keys"], *OTHER.key_set()["keys"]]})  # type: ignore[misc]
    under_other = signed(part(CLAIMS).encode(), kid=kid_of(OTHER))

    assert reason(under_other, both.encode()) == "its signature is wrong"


def test_a_key_under_the_id_of_another_verifies_nothing() -> None:
    forged = {**key_of(OTHER), "kid": kid_of(SIGNER)}

    assert (
        reason(RECEIPT, json.dumps({"keys": [forged]}).encode())
        == "the id of its key is another key's"
    )


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT"}, {"typ": None}, {"crit": ["b64"], "b64": False}, {"jwk": {}}, {"kid": 1}],
    ids=str,
)
def test_a_header_has_what_a_receipt_has_and_nothing_else(header: dict[str, Any]) -> None:
    whole = {"alg": "EdDSA", "typ": RECEIPT_TYPE, "kid": kid_of(SIGNER), **header}

    reason(f"{part(whole)}.{RECEIPT.split('.', 1)[1]}")


def test_no_member_stands_twice() -> None:
    twice = json.dumps(CLAIMS).encode().replace(b'"outcome"', b'"outcome": "exception", "outcome"')
    header = part(
        b'{"alg":"none","alg":"EdDSA","typ":"%b","kid":"%b"}'
        % (RECEIPT_TYPE.encode(), kid_of(SIGNER).encode())
    )

    assert reason(signed(twice)) == "what it says: a member stands there twice"
    assert reason(f"{header}.{RECEIPT.split('.', 1)[1]}") == (
        "its header: a member stands there twice"
    )
    assert "twice" in reason(RECEIPT, KEYS.replace(b'"keys"', b'"keys": [], "keys"'))


@pytest.mark.parametrize("name", RECEIPT_CLAIMS)
def test_what_lacks_a_claim_is_no_receipt(name: str) -> None:
    rest = {key: value for key, value in CLAIMS.items() if key != name}

    assert reason(signed(json.dumps(rest).encode())) == f"it does not say {name}"
    wrong = json.dumps({**CLAIMS, name: [1]}).encode()
    assert reason(signed(wrong)) == "what it says is not what a receipt says"


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"null", b"{", b"\xff", b'{"iss": NaN}', b"[" * 100_000, b"9" * 5_000],
    ids=lambda payload: repr(payload[:20]),
)
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    reason(signed(payload))


@pytest.mark.parametrize(
    "keys",
    [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [1, null, {}]}', b"\xff", b"[" * 60_000],
    ids=lambda keys: repr(keys[:24]),
)
def test_what_is_no_key_set_verifies_nothing(keys: bytes) -> None:
    reason(RECEIPT, keys)


def test_a_key_of_another_kind_verifies_nothing() -> None:
    [key] = json.loads(KEYS)["keys"]
    for changed in ({"kty": "oct", "k": "AA"}, {"crv": "X25519"}, {"x": "AA"}, {"x": None}):
        reason(RECEIPT, json.dumps({"keys": [{**key, **changed}]}).encode())


def test_what_is_too_long_is_not_looked_at() -> None:
    assert reason("a" * 2**20) == f"it is longer than {RECEIPT_CHARACTERS} characters"
    assert reason(RECEIPT, b" " * (JWKS_BYTES + 1)) == f"the keys are more than {JWKS_BYTES} bytes"
