"""Records of executions in SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from isolambda_core.adapters.codecs.records import (
    dump_input,
    dump_record,
    dump_result,
    load_contents,
    load_record,
    load_result,
)
from isolambda_core.domain.accounts.errors import QuotaExceededError, quota_exceeded
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.positions import PositionedRecord, end_of, number_in
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_local.sqlite.daily_counts import add_counts
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import TREE, limits, require_within, used

_NEXT_NUMBER = """
INSERT INTO record_numbers VALUES (?, 1)
ON CONFLICT (account_id) DO UPDATE SET number = number + 1 RETURNING number
"""
_NUMBER = "SELECT number FROM record_numbers WHERE account_id = ?"
_ADD = """
INSERT INTO records (
    account_id, function_id, execution_id, revision, record, input, result, expires_at, number
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, function_id, execution_id) DO NOTHING
"""
_GET = "SELECT record FROM records WHERE account_id = ? AND function_id = ? AND execution_id = ?"
_GET_WHOLE = """
SELECT record, input, result FROM records
WHERE account_id = ? AND function_id = ? AND execution_id = ?
"""
_REPLACE = """
UPDATE records
SET revision = ?, record = ?, result = coalesce(?, result), number = coalesce(?, number)
WHERE account_id = ? AND function_id = ? AND execution_id = ? AND revision = ?
"""
_UP = """
SELECT execution_id, record FROM records
WHERE account_id = ? AND function_id = ? AND execution_id > ? ORDER BY execution_id LIMIT ?
"""
_DOWN = """
SELECT execution_id, record FROM records
WHERE account_id = ? AND function_id = ? AND execution_id < ? ORDER BY execution_id DESC LIMIT ?
"""
_UP_ACCOUNT = """
SELECT position, record FROM records
WHERE account_id = ? AND position > ? ORDER BY position LIMIT ?
"""
_DOWN_ACCOUNT = """
SELECT position, record FROM records
WHERE account_id = ? AND position < ? ORDER BY position DESC LIMIT ?
"""
_GET_RESULT = "SELECT result FROM records WHERE account_id = ? AND position = ?"
_REMOVE_OLDEST = f"""
DELETE FROM records WHERE rowid IN (
    {TREE}
    SELECT rowid FROM records
    WHERE has_ended = 1 AND execution_id <> :execution_id AND account_id = (
        SELECT id FROM tree ORDER BY (
            SELECT min(expires_at) FROM records WHERE account_id = tree.id AND has_ended = 1
        ) NULLS LAST LIMIT 1
    )
    ORDER BY expires_at LIMIT 10
)
"""  # noqa: S608 - our own text
# Ten at a time, so that other writers do not wait long: each may be 10 MB.
_REMOVE_EXPIRED = """
DELETE FROM records WHERE rowid IN (SELECT rowid FROM records WHERE expires_at <= ? LIMIT 10)
"""
_REMOVE_SOME = """
DELETE FROM records WHERE rowid IN (
    SELECT rowid FROM records WHERE account_id = ? AND function_id = ? LIMIT 10
)
"""
_BEFORE_ALL, _AFTER_ALL = "", "~"  # in the order of characters, around every id


@dataclass(frozen=True, slots=True)
class SqliteRecordRepository:
    """The port ``RecordRepository``; adding a record removes some that expired before.

    Where a tenant has all the bytes that it may have, its oldest records of ended executions go.
    """

    database: Database

    @property
    def adds_counts(self) -> bool:
        """Yes: a process that is killed has counted what it recorded, and nothing else."""
        return True

    def require_room(self, account_id: str, now: int) -> None:  # noqa: ARG002 - of the port
        """Refuse a further execution that waits; see ``RecordRepository.require_room``."""
        self.database.require_space()
        with self.database.connection() as connection:
            for root, limit in limits(connection, Quota.WAITING_EXECUTIONS, account_id):
                waiting = used(connection, Quota.WAITING_EXECUTIONS, root)
                if waiting >= limit:
                    raise quota_exceeded(Quota.WAITING_EXECUTIONS, waiting, limit)

    def add(
        self,
        record: ExecutionRecord,
        contents: ExecutionPayload,
        count: DailyCount | None = None,
    ) -> None:
        """Keep a new record; see ``RecordRepository.add``."""
        row = (
            *_key_of(record),
            record.revision,
            dump_record(record),
            dump_input(contents),
            dump_result(contents.result),
            record.expires_at,
        )
        self.database.require_space()
        with self.database.transaction() as connection:
            number = _next_number(connection, record)
            if connection.execute(_ADD, (*row, number)).rowcount == 1:
                if not record.has_ended:
                    require_within(connection, Quota.WAITING_EXECUTIONS, record.account_id)
                _make_room(connection, record, sum(map(len, filter(None, row[4:7]))))
                if count is not None:
                    add_counts(connection, [count])
            connection.execute(_REMOVE_EXPIRED, (record.kept_from_ms // 1000,))

    def get(self, account_id: str, function_id: str, execution_id: str) -> ExecutionRecord:
        """Return a record; see ``RecordRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id, function_id, execution_id)).fetchall()
        if not rows:
            raise ExecutionNotFoundError(execution_id)
        return load_record(rows[0][0])

    def get_whole(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return a record and what goes with it; see ``RecordRepository.get_whole``."""
        key = (account_id, function_id, execution_id)
        with self.database.connection() as connection:
            rows = connection.execute(_GET_WHOLE, key).fetchall()
        if not rows:
            raise ExecutionNotFoundError(execution_id)
        record, stored_input, stored_result = rows[0]
        return load_record(record), load_contents(stored_input, stored_result)

    def replace(
        self,
        record: ExecutionRecord,
        expected_revision: int,
        result: ExecutionResult | None = None,
        count: DailyCount | None = None,
    ) -> None:
        """Write the next revision; see ``RecordRepository.replace``."""
        changes = (record.revision, dump_record(record), dump_result(result))
        with self.database.transaction() as connection:
            number = None if result is None else _next_number(connection, record)
            row = (*changes, number, *_key_of(record), expected_revision)
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            if result is not None:
                with suppress(QuotaExceededError):  # the execution is over, and has a result
                    _make_room(connection, record, 0)
            if count is not None:
                add_counts(connection, [count])

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[ExecutionRecord]:
        """Yield records in the order of their ids; see ``RecordRepository.iterate``."""
        statement, start = (_DOWN, _AFTER_ALL) if descending else (_UP, _BEFORE_ALL)
        after = start if after is None else after
        while rows := self.database.batch(statement, (account_id, function_id, after, at_once)):
            yield from (load_record(text) for _, text in rows)
            after = rows[-1][0]

    def iterate_account(
        self, account_id: str, after: str, *, descending: bool, at_once: int
    ) -> Iterator[PositionedRecord]:
        """Yield records by their positions; see ``RecordRepository.iterate_account``."""
        statement = _DOWN_ACCOUNT if descending else _UP_ACCOUNT
        while rows := self.database.batch(statement, (account_id, after, at_once)):
            yield from (PositionedRecord(found, load_record(text)) for found, text in rows)
            after = rows[-1][0]

    def settled_position(self, account_id: str, after: str | None) -> str | None:
        """Return the end of what is complete; see ``RecordRepository.settled_position``."""
        with self.database.connection() as connection:
            rows = connection.execute(_NUMBER, (account_id,)).fetchall()
        settled = rows[0][0] if rows else 0
        number = 0 if after is None else number_in(after)
        return None if number is None or number > settled else end_of(settled)

    def get_result(self, found: PositionedRecord) -> ExecutionResult | None:
        """Return the result of a record; see ``RecordRepository.get_result``."""
        record = found.record
        with self.database.connection() as connection:
            key = (record.account_id, found.position)
            rows = connection.execute(_GET_RESULT, key).fetchall()
        if not rows:
            raise ExecutionNotFoundError(record.id)
        return load_result(rows[0][0])

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every record of a function; see ``RecordRepository.remove_all``."""
        while True:
            with self.database.writing() as connection:
                if not connection.execute(_REMOVE_SOME, (account_id, function_id)).rowcount:
                    return


def _next_number(connection: sqlite3.Connection, record: ExecutionRecord) -> int:
    [(number,)] = connection.execute(_NEXT_NUMBER, (record.account_id,)).fetchall()
    return int(number)


def _key_of(record: ExecutionRecord) -> tuple[str, str, str]:
    return record.account_id, record.function_id, record.execution_id


def _make_room(connection: sqlite3.Connection, record: ExecutionRecord, added: int) -> None:
    """Remove the oldest other records of each account with a limit until all are within it.

    Raises:
        StorageFullError: those that wait are too many bytes alone, with the ``added``.
    """
    for root, limit in limits(connection, Quota.RECORD_BYTES, record.account_id):
        names = {"account_id": root, "execution_id": record.execution_id}
        while (count := used(connection, Quota.RECORD_BYTES, root)) > limit:
            if not connection.execute(_REMOVE_OLDEST, names).rowcount:
                raise quota_exceeded(Quota.RECORD_BYTES, count - added, limit)
