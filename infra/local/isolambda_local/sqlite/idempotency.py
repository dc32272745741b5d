"""Idempotency keys in SQLite."""

from dataclasses import astuple, dataclass

from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_ADD = """
INSERT INTO claims (
    account_id, function_id, key_sha256, fingerprint, execution_id, lease_until_ms, expires_at
)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, function_id, key_sha256) DO UPDATE
SET fingerprint = excluded.fingerprint, execution_id = excluded.execution_id,
    lease_until_ms = excluded.lease_until_ms, expires_at = excluded.expires_at
WHERE claims.expires_at <= ?
"""
_GET = """
SELECT account_id, function_id, key_sha256, fingerprint, execution_id, lease_until_ms, expires_at
FROM claims WHERE account_id = ? AND function_id = ? AND key_sha256 = ?
"""
_REMOVE_EXPIRED = """
DELETE FROM claims WHERE rowid IN (SELECT rowid FROM claims WHERE expires_at <= ? LIMIT 100)
"""
_REPLACE = """
UPDATE claims SET fingerprint = ?, execution_id = ?, lease_until_ms = ?, expires_at = ?
WHERE account_id = ? AND function_id = ? AND key_sha256 = ? AND execution_id = ?
"""
_REMOVE = """
DELETE FROM claims
WHERE account_id = ? AND function_id = ? AND key_sha256 = ? AND execution_id = ?
"""
_REMOVE_SOME = """
DELETE FROM claims WHERE rowid IN (
    SELECT rowid FROM claims WHERE account_id = ? AND function_id = ? LIMIT 100
)
"""


@dataclass(frozen=True, slots=True)
class SqliteIdempotencyRepository:
    """The port ``ClaimRepository``; adding a claim removes some that expired before."""

    database: Database

    def add(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord:
        """Keep a claim, or return the one that is there; see ``ClaimRepository.add``."""
        with self.database.transaction() as connection:
            connection.execute(_ADD, (*astuple(claim), now))
            row = connection.execute(_GET, _key_of(claim)).fetchone()
            found = IdempotencyRecord(*row)
            if found == claim and claim.is_counted:
                require_within(connection, Quota.IDEMPOTENCY_KEYS, claim.account_id, now=now)
            connection.execute(_REMOVE_EXPIRED, (now,))
        return found

    def replace(self, claim: IdempotencyRecord, before: IdempotencyRecord) -> None:
        """Write a claim over another; see ``ClaimRepository.replace``."""
        row = (
            claim.fingerprint,
            claim.execution_id,
            claim.lease_until_ms,
            claim.expires_at,
            *_key_of(claim),
            before.execution_id,
        )
        with self.database.writing() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError

    def remove(self, claim: IdempotencyRecord) -> None:
        """Remove a claim; see ``ClaimRepository.remove``."""
        with self.database.writing() as connection:
            connection.execute(_REMOVE, (*_key_of(claim), claim.execution_id))

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every claim of a function; see ``ClaimRepository.remove_all``."""
        while True:
            with self.database.writing() as connection:
                if not connection.execute(_REMOVE_SOME, (account_id, function_id)).rowcount:
                    return


def _key_of(claim: IdempotencyRecord) -> tuple[str, str, str]:
    return claim.account_id, claim.function_id, claim.key_sha256
