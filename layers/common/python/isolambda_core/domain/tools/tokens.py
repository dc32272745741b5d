"""Tokens that let the executor call tools of one account while one execution lasts."""

import hmac
from dataclasses import astuple, dataclass
from typing import Final, Self

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.accounts.execution_tokens import read_signed, require_unexpired, sign
from isolambda_core.domain.executions.reach import ToolGrant

PATH: Final = "/internal/tools"
"""Where the API calls a tool for what comes with a token."""


@dataclass(frozen=True, slots=True)
class ToolClaims:
    """What a token says: which execution calls tools of which account, and until when.

    The rest is as in :class:`ToolGrant`; ``ends_at_ms`` is when the execution has no more time, in
    Unix milliseconds, and the token expires at ``valid_until``, in Unix seconds.
    """

    account_id: str
    execution_id: str
    key_sha256: str
    root_id: str
    depth: int
    key_expires_at: int | None
    hops: int
    ends_at_ms: int
    valid_until: int

    @property
    def grant(self) -> ToolGrant:
        """The right of the execution."""
        return ToolGrant(self.key_sha256, self.root_id, self.depth, self.key_expires_at, self.hops)

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
                str(execution_id),
                str(key_sha256),
                str(root_id),
                int(depth),
                (int() | None) as key_expires_at,
                int(hops),
                int(ends_at_ms),
                int(valid_until),
            ]:
                require_unexpired(valid_until, now)
                of = (account_id, execution_id, key_sha256, root_id)
                return cls(*of, depth, key_expires_at, hops, ends_at_ms, valid_until)
        raise UnauthorizedError

    def signed(self, key: bytes) -> str:
        """Return the token."""
        return sign(key, astuple(self))


def derive_tool_key(secret: bytes) -> bytes:
    """Return the key that signs these tokens alone, by the installation's secret."""
    return hmac.new(secret, b"tools", "sha256").digest()
