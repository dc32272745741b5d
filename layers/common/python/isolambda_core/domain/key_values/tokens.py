"""Tokens that let the executor use namespaces of one account while one execution lasts.

A token is what it says, as JSON, and an HMAC of that, each in base64. Nothing is stored of it.
"""

import base64
import hmac
from binascii import Error as NotBase64Error
from dataclasses import astuple, dataclass
from typing import Final, Self

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse

PATH: Final = "/internal/kv"
"""Where the API performs what comes with a token."""
SCHEME: Final = "bearer"
GRACE_S: Final = 5
"""How long after its wall time an execution's token is valid; for what comes before its start."""
_CHARACTERS_MAX: Final = 4_096
"""Longer than any token that is made; no longer one is read."""


@dataclass(frozen=True, slots=True)
class KvClaims:
    """What a token says: which execution may use which namespaces, until when in Unix seconds."""

    account_id: str
    function_id: str
    execution_id: str
    namespaces: tuple[str, ...]
    expires_at: int

    @classmethod
    def read(cls, key: bytes, token: str, now: int) -> Self:
        """Return what a token says that :meth:`signed` made with the same key.

        Raises:
            UnauthorizedError: another key made it, or none, or it has expired.
        """
        if len(token) > _CHARACTERS_MAX:
            raise UnauthorizedError
        said, _, signature = token.partition(".")
        try:
            payload, mac = _decoded(said), _decoded(signature)
        except (NotBase64Error, ValueError) as error:
            raise UnauthorizedError from error
        if not hmac.compare_digest(mac, _mac_of(key, payload)):
            raise UnauthorizedError
        claims = cls._of(payload)
        if claims.expires_at <= now:
            raise UnauthorizedError("the token has expired")
        return claims

    def signed(self, key: bytes) -> str:
        """Return the token."""
        payload = dump(astuple(self)).encode()
        return f"{_encoded(payload)}.{_encoded(_mac_of(key, payload))}"

    @classmethod
    def _of(cls, payload: bytes) -> Self:
        # We wrote it, but perhaps an earlier release did.
        try:
            match parse(payload):
                case [
                    str(account_id),
                    str(function_id),
                    str(execution_id),
                    [*namespaces],
                    int(expires_at),
                ]:
                    names = tuple(map(str, namespaces))
                    return cls(account_id, function_id, execution_id, names, expires_at)
        except InvalidJsonError:
            pass
        raise UnauthorizedError


def derive_kv_key(secret: bytes) -> bytes:
    """Return the key that signs these tokens alone, by the installation's secret."""
    return hmac.new(secret, b"key-values", "sha256").digest()


def _mac_of(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, payload, "sha256").digest()


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if _encoded(found) != part:  # one token has one text
        raise NotBase64Error
    return found
