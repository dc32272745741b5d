"""Sign receipts by Ed25519, under a key that derives from the installation's secret.

``jwt`` and ``cryptography`` are imported with the first receipt: they take a part of a cold start.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from isolambda_core.domain.executions.receipts import RECEIPT_ALGORITHM, RECEIPT_TYPE
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.ports.accounts import InstallationSecret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PURPOSE: Final = b"isolambda receipts 1"
_KEY_BYTES: Final = 32


@dataclass(frozen=True)
class Ed25519ReceiptSigner:
    """The port ``ReceiptSigner``: a JSON Web Signature in its compact form (RFC 7515, 8037)."""

    secret: InstallationSecret

    def sign(self, claims: Mapping[str, JsonValue]) -> str:
        """Return the claims as a signed text; see ``ReceiptSigner.sign``."""
        import jwt  # noqa: PLC0415 - see above

        headers = {"typ": RECEIPT_TYPE, "kid": self._public["kid"]}
        return jwt.PyJWS().encode(dump(claims).encode(), self._key, RECEIPT_ALGORITHM, headers)

    def key_set(self) -> Mapping[str, JsonValue]:
        """Return the key that verifies what is signed; see ``ReceiptSigner.key_set``."""
        return {"keys": [self._public]}

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - see above
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
        return Ed25519PrivateKey.from_private_bytes(derivation.derive(self.secret.read()))

    @cached_property
    def _public(self) -> Mapping[str, str]:
        encoded = _base64url(self._key.public_key().public_bytes_raw())
        key = {"kty": "OKP", "crv": "Ed25519", "x": encoded}
        return {**key, "kid": thumbprint_of(key), "use": "sig", "alg": RECEIPT_ALGORITHM}


def thumbprint_of(key: Mapping[str, str]) -> str:
    """Return the thumbprint of a key of Ed25519 (RFC 7638): its id."""
    # The members that it is made of, in the order of their names.
    required = dump({name: key[name] for name in ("crv", "kty", "x")})
    return _base64url(hashlib.sha256(required.encode()).digest())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
