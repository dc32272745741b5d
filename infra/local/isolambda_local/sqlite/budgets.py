"""What accounts have used of their budgets, in SQLite."""

import sqlite3
from dataclasses import dataclass

from isolambda_core.domain.accounts.budgets import Amounts, Measure, Meter, Spent, share_of
from isolambda_core.domain.limits import DAILY_COUNTS_DAYS
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO budget_meters (account_id, name, measure, used, notified, ends_at)
VALUES (?, ?, ?, ?, 0, ?)
ON CONFLICT (account_id, name, measure) DO UPDATE SET used = used + excluded.used
"""
_USED = "SELECT measure, used FROM budget_meters WHERE account_id = ? AND name = ?"
_MARK = """
UPDATE budget_meters SET notified = ?
WHERE account_id = ? AND name = ? AND measure = ? AND notified < ?
"""
_REMOVE_EXPIRED = """
DELETE FROM budget_meters WHERE rowid IN (
    SELECT rowid FROM budget_meters WHERE ends_at < ? LIMIT 100
)
"""
_MONTH_DAYS = 31
_KEPT_S = (_MONTH_DAYS + DAILY_COUNTS_DAYS) * 86_400
"""From the end of a period that lasts, which may be that of a month, back to what is forgotten."""


@dataclass(frozen=True, slots=True)
class SqliteBudgetRepository:
    """The port ``BudgetRepository``; every change is one transaction."""

    database: Database

    def take(self, meter: Meter, limits: Amounts, owed: Amounts, known: Amounts) -> Spent:  # noqa: ARG002
        """Add what is owed, and lend shares; see ``BudgetRepository.take``."""
        with self.database.transaction() as connection:
            before = _used(connection, meter)
            used = {each: before.get(each, 0) + owed.get(each, 0) for each in limits}
            shares = {each: share_of(each, limit, used[each]) for each, limit in limits.items()}
            used = {each: count + shares[each] for each, count in used.items()}
            _add(connection, meter, {each: used[each] - before.get(each, 0) for each in used})
            connection.execute(_REMOVE_EXPIRED, (meter.ends_at - _KEPT_S,))
        return Spent(used, shares)

    def add(self, meter: Meter, amounts: Amounts) -> None:
        """Add to what is used; see ``BudgetRepository.add``."""
        with self.database.transaction() as connection:
            _add(connection, meter, amounts)

    def used(self, meter: Meter) -> Amounts:
        """Return what is used; see ``BudgetRepository.used``."""
        with self.database.connection() as connection:
            return _used(connection, meter)

    def mark(self, meter: Meter, measure: Measure, percent: int) -> bool:
        """Note a percentage; see ``BudgetRepository.mark``."""
        row = (percent, meter.account_id, meter.name, measure, percent)
        with self.database.writing() as connection:
            return connection.execute(_MARK, row).rowcount == 1


def _used(connection: sqlite3.Connection, meter: Meter) -> Amounts:
    rows = connection.execute(_USED, (meter.account_id, meter.name)).fetchall()
    return {Measure(measure): used for measure, used in rows}


def _add(connection: sqlite3.Connection, meter: Meter, amounts: Amounts) -> None:
    rows = [
        (meter.account_id, meter.name, measure, amount, meter.ends_at)
        for measure, amount in amounts.items()
        if amount
    ]
    connection.executemany(_ADD, rows)
