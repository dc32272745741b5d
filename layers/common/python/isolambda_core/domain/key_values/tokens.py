"""Tokens that let the executor use namespaces of one account while one execution lasts."""

import hmac
from dataclasses import astuple, dataclass
from typing import Final, Self

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.accounts.execution_tokens import read_signed, require_unexpired, sign

PATH: Final = "/internal/kv"
"""Where the API performs what comes with a token."""


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
        # We wrote it, but perhaps an earlier release did.
        match read_signed(key, token):
            case [
                str(account_id),
                str(function_id),
                str(execution_id),
                [*namespaces],
                int(expires_at),
            ]:
                require_unexpired(expires_at, now)
                names = tuple(map(str, namespaces))
                return cls(account_id, function_id, execution_id, names, expires_at)
        raise UnauthorizedError

    def signed(self, key: bytes) -> str:
        """Return the token."""
        return sign(key, astuple(self))


def derive_kv_key(secret: bytes) -> bytes:
    """Return the key that signs these tokens alone, by the installation's secret."""
    return hmac.new(secret, b"key-values", "sha256").digest()
