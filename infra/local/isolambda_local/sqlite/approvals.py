"""Approvals in SQLite."""

from collections.abc import Iterator
from dataclasses import dataclass

from isolambda_core.adapters.codecs.approvals import dump_approval, load_approval
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.errors import ApprovalNotFoundError
from isolambda_core.domain.tools.approvals import Approval, ApprovalStatus
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_FIND = """
SELECT approval FROM approvals
WHERE account_id = ? AND fingerprint = ? AND is_used = 0 AND expires_at > ?
"""
_ADD = """
INSERT INTO approvals (account_id, id, fingerprint, is_used, revision, expires_at, approval)
VALUES (?, ?, ?, 0, ?, ?, ?)
"""
_REMOVE_EXPIRED_CALL = """
DELETE FROM approvals
WHERE account_id = ? AND fingerprint = ? AND is_used = 0 AND expires_at <= ?
"""
_REMOVE_EXPIRED = """
DELETE FROM approvals WHERE rowid IN (SELECT rowid FROM approvals WHERE expires_at <= ? LIMIT 100)
"""
_GET = "SELECT approval FROM approvals WHERE account_id = ? AND id = ? AND expires_at > ?"
_REPLACE = """
UPDATE approvals SET is_used = ?, revision = ?, approval = ?
WHERE account_id = ? AND id = ? AND revision = ?
"""
_UP = """
SELECT approval, id FROM approvals
WHERE account_id = ? AND expires_at > ? AND id > ? ORDER BY id LIMIT ?
"""
_DOWN = """
SELECT approval, id FROM approvals
WHERE account_id = ? AND expires_at > ? AND id < ? ORDER BY id DESC LIMIT ?
"""
_BEFORE_ALL, _AFTER_ALL = "", "~"  # in the order of characters, around every id
_REMOVE_ALL = "DELETE FROM approvals WHERE account_id = ?"


@dataclass(frozen=True, slots=True)
class SqliteApprovalRepository:
    """The port ``ApprovalRepository``; adding an approval removes some that expired before."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, approval: Approval, now: int) -> Approval:
        """Keep a new approval, or return the one that is there; see ``ApprovalRepository.add``."""
        call = (approval.account_id, approval.fingerprint, now)
        with self.database.connection() as connection:  # a client that asks again does not write
            found = connection.execute(_FIND, call).fetchone()
        if found is not None:
            return load_approval(found[0])
        with self.database.transaction() as connection:
            found = connection.execute(_FIND, call).fetchone()
            if found is not None:
                return load_approval(found[0])
            connection.execute(_REMOVE_EXPIRED_CALL, call)
            connection.execute(_REMOVE_EXPIRED, (now,))
            row = (approval.revision, approval.expires_at, dump_approval(approval))
            of = (approval.account_id, approval.id, approval.fingerprint)
            connection.execute(_ADD, (*of, *row))
            require_within(connection, Quota.APPROVALS, approval.account_id, now=now)
        return approval

    def get(self, account_id: str, approval_id: str, now: int) -> Approval:
        """Return an approval; see ``ApprovalRepository.get``."""
        with self.database.connection() as connection:
            found = connection.execute(_GET, (account_id, approval_id, now)).fetchone()
        if found is None:
            raise ApprovalNotFoundError(approval_id)
        return load_approval(found[0])

    def replace(self, approval: Approval, before: Approval) -> None:
        """Write the next revision; see ``ApprovalRepository.replace``."""
        is_used = approval.status is ApprovalStatus.USED
        row = (is_used, approval.revision, dump_approval(approval))
        where = (approval.account_id, approval.id, before.revision)
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, (*row, *where)).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, before, approval)

    def iterate(
        self,
        account_id: str,
        now: int,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Approval]:
        """Yield approvals in the order of their ids; see ``ApprovalRepository.iterate``."""
        statement, start = (_DOWN, _AFTER_ALL) if descending else (_UP, _BEFORE_ALL)
        after = start if after is None else after
        while rows := self.database.batch(statement, (account_id, now, after, at_once)):
            yield from (load_approval(text) for text, _ in rows)
            after = rows[-1][1]

    def remove_all(self, account_id: str) -> None:
        """Remove every approval of an account; see ``ApprovalRepository.remove_all``."""
        with self.database.writing() as connection:
            connection.execute(_REMOVE_ALL, (account_id,))
