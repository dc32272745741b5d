"""Signed texts that prove the right of one execution, to an API that stores nothing of it.

A token is what it says, as JSON, and an HMAC of that, each in base64.
"""

import base64
import hmac
from binascii import Error as NotBase64Error
from typing import Final

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.json_text import InvalidJsonError, JsonValue, dump, parse

SCHEME: Final = "bearer"
GRACE_S: Final = 5
"""How long after its wall time an execution's token is valid; for what comes before its start."""
_CHARACTERS_MAX: Final = 4_096
"""Longer than any token that is made; no longer one is read."""


def sign(key: bytes, claims: JsonValue) -> str:
    """Return the token that says ``claims``."""
    payload = dump(claims).encode()
    return f"{_encoded(payload)}.{_encoded(_mac_of(key, payload))}"


def read_signed(key: bytes, token: str) -> JsonValue:
    """Return what a token says that :func:`sign` made with the same key.

    Raises:
        UnauthorizedError: another key made it, or none.
    """
    if len(token) > _CHARACTERS_MAX:
        raise UnauthorizedError
    encoded, _, signature = token.partition(".")
    try:
        payload, mac = _decoded(encoded), _decoded(signature)
    except (NotBase64Error, ValueError) as error:
        raise UnauthorizedError from error
    if not hmac.compare_digest(mac, _mac_of(key, payload)):
        raise UnauthorizedError
    try:
        return parse(payload)
    except InvalidJsonError as error:
        raise UnauthorizedError from error


def expiry_of(now_ms: int, wall_time_ms: int) -> int:
    """Return when the token of an execution expires that begins now, in Unix seconds."""
    return -(-(now_ms + wall_time_ms) // 1_000) + GRACE_S


def require_unexpired(expires_at: int, now: int) -> None:
    """Let pass a token until it expires; both are Unix seconds.

    Raises:
        UnauthorizedError: it has expired.
    """
    if expires_at <= now:
        raise UnauthorizedError("the token has expired")


def _mac_of(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, payload, "sha256").digest()


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if _encoded(found) != part:  # one token has one text
        raise NotBase64Error
    return found
