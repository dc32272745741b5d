"""The audit in SQLite: each entry is written in the transaction of its change."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from isolambda_core.adapters.codecs.audit import dump_entry, load_entry
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.acting import current_actor
from isolambda_core.domain.audit.changes import Changed, change_of
from isolambda_core.domain.audit.entries import AuditEntry, entry_of, id_after
from isolambda_core.domain.correlation import correlation_id
from isolambda_core.ports.clock import Clock
from isolambda_local.sqlite.database import Database

_LAST = """
SELECT number, id FROM audit_entries WHERE account_id = ? ORDER BY number DESC LIMIT 1
"""
_ADD = """
INSERT INTO audit_entries (account_id, number, id, expires_at, entry) VALUES (?, ?, ?, ?, ?)
"""
_REMOVE_OLDEST = """
DELETE FROM audit_entries WHERE rowid IN (
    SELECT rowid FROM audit_entries WHERE account_id = ? AND number <= ? LIMIT 100
)
"""
_REMOVE_EXPIRED = """
DELETE FROM audit_entries WHERE rowid IN (
    SELECT rowid FROM audit_entries WHERE expires_at <= ? LIMIT 100
)
"""
_UP = """
SELECT entry, id FROM audit_entries
WHERE account_id = ? AND expires_at > ? AND id > ? ORDER BY id LIMIT ?
"""
_DOWN = """
SELECT entry, id FROM audit_entries
WHERE account_id = ? AND expires_at > ? AND id < ? ORDER BY id DESC LIMIT ?
"""
_BEFORE_ALL, _AFTER_ALL = "", "~"  # in the order of characters, around every id


@dataclass(frozen=True, slots=True)
class SqliteAuditRepository:
    """The port ``AuditRepository``; the other repositories write by :meth:`record`.

    ``days`` is how long an entry is kept. Some that have expired go with each new one.
    """

    database: Database
    clock: Clock
    days: int

    def record(
        self, connection: sqlite3.Connection, before: Changed | None, after: Changed | None
    ) -> None:
        """Add the entry of a change that is made in the transaction of a connection."""
        change = change_of(before, after)
        now_ms = self.clock.now_ms()
        number, last = connection.execute(_LAST, (change.account_id,)).fetchone() or (0, None)
        entry = entry_of(
            change, current_actor(), id_after(last, now_ms), now_ms, correlation_id(), self.days
        )
        row = (entry.account_id, number + 1, entry.id, entry.expires_at, dump_entry(entry))
        connection.execute(_ADD, row)
        oldest = number + 1 - RULES[Quota.AUDIT_ENTRIES].limit
        connection.execute(_REMOVE_OLDEST, (entry.account_id, oldest))
        connection.execute(_REMOVE_EXPIRED, (now_ms // 1_000,))

    def iterate(
        self,
        account_id: str,
        now: int,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[AuditEntry]:
        """Yield entries in the order of their ids; see ``AuditRepository.iterate``."""
        statement, start = (_DOWN, _AFTER_ALL) if descending else (_UP, _BEFORE_ALL)
        after = start if after is None else after
        while rows := self.database.batch(statement, (account_id, now, after, at_once)):
            yield from (load_entry(entry) for entry, _ in rows)
            after = rows[-1][1]
