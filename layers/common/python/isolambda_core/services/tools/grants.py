"""Grant executions the tools of their account, by tokens where they are not beside the executor."""

from dataclasses import dataclass, replace

from isolambda_core.domain.accounts.execution_tokens import expiry_of
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.tools.tokens import ToolClaims, derive_tool_key
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class ToolGrants:
    """Makes and reads the tokens of executions; ``url`` is that of the API, without a path."""

    secret: InstallationSecret
    clock: Clock
    url: str = ""

    def granted(
        self, grant: ToolGrant, account_id: str, execution_id: str, wall_time_ms: int
    ) -> ToolGrant:
        """Return the grant of one execution that is about to begin.

        Raises:
            StoreUnavailableError: the installation's secret cannot be read now.
        """
        if not self.url:
            return grant
        now_ms = self.clock.now_ms()
        claims = ToolClaims(
            account_id,
            execution_id,
            grant.key_sha256,
            grant.root_id,
            grant.depth,
            grant.expires_at,
            grant.hops,
            now_ms + wall_time_ms,
            expiry_of(now_ms, wall_time_ms),
        )
        return replace(grant, url=self.url, token=claims.signed(self._key()))

    def read(self, token: str) -> ToolClaims:
        """Return what a token says.

        Raises:
            UnauthorizedError: it is none of ours, or has expired.
            StoreUnavailableError: the installation's secret cannot be read now.
        """
        return ToolClaims.read(self._key(), token, self.clock.now())

    def _key(self) -> bytes:
        return derive_tool_key(self.secret.read())
