"""Records of executions in SQLite."""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.adapters.records import dump_record, load_record
from isolambda_core.domain.records import Record
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO records (account_id, function_id, sort_key, record, expires_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account_id, function_id, sort_key) DO NOTHING
"""
_REMOVE_EXPIRED = """
DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= ? LIMIT ?)
"""
_LATEST = """
SELECT record FROM records
WHERE account_id = ? AND function_id = ? AND (? IS NULL OR sort_key < ?)
ORDER BY sort_key DESC LIMIT ?
"""
_REMOVED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class SqliteRecordRepository:
    """The port ``RecordRepository``."""

    database: Database

    def add(self, record: Record) -> None:
        """Keep a record, and let go of some that expired; see ``RecordRepository.add``."""
        row = (
            record.account_id,
            record.function_id,
            record.sort_key,
            dump_record(record),
            record.expires_at,
        )
        expired = (record.ended_at_ms // 1000, _REMOVED_AT_ONCE)
        with self.database.writing() as connection:
            connection.execute(_ADD, row)
            connection.execute(_REMOVE_EXPIRED, expired)

    def latest(
        self, account_id: str, function_id: str, limit: int, before: str | None = None
    ) -> Sequence[Record]:
        """Return the newest records; see ``RecordRepository.latest``."""
        where = (account_id, function_id, before, before, limit)
        with self.database.connection() as connection:
            rows = connection.execute(_LATEST, where).fetchall()
        return [load_record(text) for (text,) in rows]
