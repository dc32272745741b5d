"""Verify receipts by a key set of the installation, with nothing else at hand."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn, cast

from isolambda_core.adapters.receipt_signer import thumbprint_of
from isolambda_core.domain.executions.errors import ReceiptRefusedError
from isolambda_core.domain.executions.receipts import (
    RECEIPT_ALGORITHM,
    RECEIPT_CLAIMS,
    RECEIPT_TYPE,
)
from isolambda_core.domain.limits import JWKS_BYTES, JWKS_KEYS, RECEIPT_CHARACTERS

_RECEIPT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEADER: Final = {"alg", "kid", "typ"}
_INTEGERS: Final = ("created_ms", "ended_ms")
_NO_KEY_SET: Final = "the keys are no JSON Web Key Set"


def read_receipt(text: str, key_set: bytes) -> tuple[str, Mapping[str, Any]]:
    """Return the id of the key that signed a receipt, and what the receipt says.

    ``key_set`` is what the installation has at ``/.well-known/jwks.json``.

    Raises:
        ReceiptRefusedError: it is no receipt, or signed by none of the keys.
    """
    import jwt  # noqa: PLC0415 - 20 ms, which no other command needs

    if len(text) > RECEIPT_CHARACTERS:
        raise ReceiptRefusedError(f"it is longer than {RECEIPT_CHARACTERS} characters")
    if _RECEIPT.fullmatch(text) is None:
        raise ReceiptRefusedError("it is no receipt: three parts of base64url with dots between")
    header, payload, _ = map(_decoded, text.split("."))
    kid = _kid_of(_object_in(header, "its header"))
    key = _find(key_set, kid)
    try:
        jwt.PyJWS().decode(text, jwt.PyJWK(dict(key)), [RECEIPT_ALGORITHM])
    except (jwt.PyJWTError, ValueError) as error:
        raise ReceiptRefusedError("its signature is wrong") from error
    return kid, _claims_in(payload)


def _kid_of(header: Mapping[str, Any]) -> str:
    if header.get("alg") != RECEIPT_ALGORITHM:
        raise ReceiptRefusedError(f"its algorithm is not {RECEIPT_ALGORITHM}")
    if header.get("typ") != RECEIPT_TYPE:
        raise ReceiptRefusedError(f"its type is not {RECEIPT_TYPE}")
    if header.keys() != _HEADER or not isinstance(header["kid"], str):
        raise ReceiptRefusedError("its header has not what that of a receipt has")
    return header["kid"]


def _find(key_set: bytes, kid: str) -> Mapping[str, str]:
    """Return the key of an id, which must be the thumbprint of the key itself."""
    if len(key_set) > JWKS_BYTES:
        raise ReceiptRefusedError(f"the keys are more than {JWKS_BYTES} bytes")
    keys = _object_in(key_set, _NO_KEY_SET).get("keys")
    if not isinstance(keys, list):
        raise ReceiptRefusedError(_NO_KEY_SET)
    for key in keys[:JWKS_KEYS]:
        if isinstance(key, dict) and key.get("kid") == kid:
            public = {name: key.get(name) for name in ("kty", "crv", "x")}
            if (public["kty"], public["crv"]) != ("OKP", "Ed25519"):
                raise ReceiptRefusedError("its key is none of Ed25519")
            if not isinstance(public["x"], str) or thumbprint_of(cast("Any", public)) != kid:
                raise ReceiptRefusedError("the id of its key is another key's")
            return cast("Mapping[str, str]", public)
    raise ReceiptRefusedError("it is signed by a key that is none of these")


def _claims_in(payload: bytes) -> Mapping[str, Any]:
    claims = _object_in(payload, "what it says")
    missing = [name for name in RECEIPT_CLAIMS if name not in claims]
    if missing:
        raise ReceiptRefusedError(f"it does not say {', '.join(missing)}")
    texts = [name for name in RECEIPT_CLAIMS if name not in (*_INTEGERS, "result_sha256", "usage")]
    are_typed = (
        all(isinstance(claims[name], str) for name in texts)
        and all(type(claims[name]) is int for name in _INTEGERS)
        and isinstance(claims["result_sha256"], str | None)
        and isinstance(claims["usage"], dict)
    )
    if not are_typed:
        raise ReceiptRefusedError("what it says is not what a receipt says")
    return claims


def _decoded(part: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise ReceiptRefusedError("a part of it is no base64url") from error
    # The last character has bits that say nothing, and would let one receipt be many texts.
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != part:
        raise ReceiptRefusedError("a part of it is no base64url of a receipt")
    return data


def _object_in(data: bytes, what: str) -> Mapping[str, Any]:
    """Return a JSON object in which no member stands twice."""

    def without_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            raise ReceiptRefusedError(f"{what}: a member stands there twice")
        return members

    def refuse(constant: str) -> NoReturn:
        raise ReceiptRefusedError(f"{what}: {constant} is no JSON")

    try:
        found = json.loads(data.decode(), object_pairs_hook=without_twins, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ReceiptRefusedError(f"{what}: is no JSON") from error
    if not isinstance(found, dict):
        raise ReceiptRefusedError(f"{what}: is no JSON object")
    return found
