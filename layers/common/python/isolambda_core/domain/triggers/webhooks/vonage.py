"""The signature of Vonage: a JSON Web Token over the hash of the body, with a secret of both sides.

https://developer.vonage.com/en/getting-started/concepts/webhooks
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, parse
from isolambda_core.domain.limits import JWT_CHARACTERS
from isolambda_core.domain.triggers.errors import WebhookRefusedError
from isolambda_core.domain.triggers.webhooks.deliveries import WRONG, Delivery, demand_one, header

_NAME: Final = "authorization"
_PARTS: Final = 3
_ALGORITHM: Final = "HS256"


def signed(secret: bytes, delivery: Delivery) -> tuple[bytes, int]:
    """Return what tells a delivery that Vonage signed from others, and when it was signed.

    Raises:
        WebhookRefusedError: it did not.
    """
    scheme, _, token = header(delivery, _NAME).partition(" ")
    parts = token.split(".")
    if scheme.lower() != "bearer" or len(parts) != _PARTS or len(token) > JWT_CHARACTERS:
        raise WebhookRefusedError(f"{_NAME} is no JSON Web Token")
    # The algorithm is not the token's to choose.
    if _fields(parts[0]).get("alg") != _ALGORITHM:
        raise WebhookRefusedError(f"the token in {_NAME} is not signed with {_ALGORITHM}")
    text = f"{parts[0]}.{parts[1]}".encode("utf-8", "surrogatepass")
    digest = base64.urlsafe_b64encode(hmac.digest(secret, text, "sha256")).rstrip(b"=")
    demand_one([parts[2]], digest.decode())
    claims = _fields(parts[1])
    _demand_body(claims, delivery.body)
    at_s = claims.get("iat")
    if not isinstance(at_s, int) or isinstance(at_s, bool):
        raise WebhookRefusedError(f"the token in {_NAME} has no time in iat")
    token_id = claims.get("jti")
    return (token_id.encode("utf-8", "surrogatepass") if isinstance(token_id, str) else text), at_s


def _demand_body(claims: Mapping[str, JsonValue], body: bytes) -> None:
    """Let a body pass that was signed; a request without one has no hash of it."""
    payload_hash = claims.get("payload_hash")
    if payload_hash is None and not body:
        return
    if not isinstance(payload_hash, str):
        raise WebhookRefusedError(WRONG)
    demand_one([payload_hash.lower()], hashlib.sha256(body).hexdigest())


def _fields(part: str) -> Mapping[str, JsonValue]:
    try:
        found = parse(base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True))
    except (ValueError, InvalidJsonError) as error:
        raise WebhookRefusedError(f"{_NAME} is no JSON Web Token") from error
    if not isinstance(found, Mapping):
        raise WebhookRefusedError(f"{_NAME} is no JSON Web Token")
    return found
