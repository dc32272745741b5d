"""Grant executions their namespaces, by tokens where the executor has no store beside it."""

from dataclasses import dataclass

from isolambda_core.domain.accounts.execution_tokens import expiry_of
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.key_values.tokens import KvClaims, derive_kv_key
from isolambda_core.ports.accounts import InstallationSecret
from isolambda_core.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class KvGrants:
    """Makes and reads the tokens of executions; ``url`` is that of the API, without a path."""

    secret: InstallationSecret
    clock: Clock
    url: str = ""

    def granted(
        self,
        grant: KvGrant,
        account_id: str,
        function_id: str,
        execution_id: str,
        wall_time_ms: int,
    ) -> KvGrant:
        """Return the grant of one execution that is about to begin.

        Raises:
            StoreUnavailableError: the installation's secret cannot be read now.
        """
        if not self.url:
            return grant
        expires_at = expiry_of(self.clock.now_ms(), wall_time_ms)
        claims = KvClaims(account_id, function_id, execution_id, grant.namespaces, expires_at)
        return KvGrant(grant.namespaces, self.url, claims.signed(self._key()))

    def read(self, token: str) -> KvClaims:
        """Return what a token says.

        Raises:
            UnauthorizedError: it is none of ours, or has expired.
            StoreUnavailableError: the installation's secret cannot be read now.
        """
        return KvClaims.read(self._key(), token, self.clock.now())

    def _key(self) -> bytes:
        return derive_kv_key(self.secret.read())
