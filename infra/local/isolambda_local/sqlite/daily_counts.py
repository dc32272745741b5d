"""What functions executed on a day, in SQLite."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import DAILY_COUNTS_DAYS
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO daily_counts (account_id, id, day, executions, failures, cpu_us)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, id) DO UPDATE SET
    executions = executions + excluded.executions,
    failures = failures + excluded.failures,
    cpu_us = cpu_us + excluded.cpu_us
"""
_REMOVE_EXPIRED = """
DELETE FROM daily_counts WHERE (account_id, id) IN (
    SELECT account_id, id FROM daily_counts WHERE day < date(?, ?) LIMIT 1000
)
"""
_FIND = """
SELECT id, executions, failures, cpu_us FROM daily_counts
WHERE account_id = ? AND id IN (SELECT value FROM json_each(?))
"""
_UP = """
SELECT id, executions, failures, cpu_us FROM daily_counts
WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?
"""
_DOWN = """
SELECT id, executions, failures, cpu_us FROM daily_counts
WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?
"""

_Row = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class SqliteDailyCountRepository:
    """The port ``DailyCountRepository``."""

    database: Database

    def add(self, counts: Sequence[DailyCount]) -> int:
        """Add to what is stored, all or nothing; see ``DailyCountRepository.add``."""
        try:
            with self.database.transaction() as connection:
                add_counts(connection, counts)
                latest = max(count.day for count in counts)
                connection.execute(_REMOVE_EXPIRED, (latest, f"-{DAILY_COUNTS_DAYS} days"))
        except StoreUnavailableError:
            return 0
        return len(counts)

    def find(self, account_id: str, ids: Sequence[str]) -> Sequence[DailyCount]:
        """Return some counts; see ``DailyCountRepository.find``."""
        with self.database.connection() as connection:
            rows = connection.execute(_FIND, (account_id, dump(list(ids)))).fetchall()
        found = {row[0]: _count_of(account_id, row) for row in rows}
        return [found[each] for each in ids if each in found]

    def iterate(
        self, account_id: str, after: str, *, descending: bool = True, at_once: int
    ) -> Iterator[DailyCount]:
        """Yield the counts of an account; see ``DailyCountRepository.iterate``."""
        statement = _DOWN if descending else _UP
        while rows := self.database.batch(statement, (account_id, after, at_once)):
            for row in rows:
                yield _count_of(account_id, row)
            after = rows[-1][0]


def add_counts(connection: sqlite3.Connection, counts: Sequence[DailyCount]) -> None:
    """Add to what is stored, in the transaction of a caller."""
    connection.executemany(_ADD, [_row_of(count) for count in counts])


def _count_of(account_id: str, row: _Row) -> DailyCount:
    name, *numbers = row
    day, _, function_id = name.partition("#")
    return DailyCount(account_id, day, function_id, *numbers)


def _row_of(count: DailyCount) -> tuple[str, str, str, int, int, int]:
    numbers = count.executions, count.failures, count.cpu_us
    return (count.account_id, count.id, count.day, *numbers)
