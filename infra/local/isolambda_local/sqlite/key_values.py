"""The values of functions in SQLite."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from isolambda_core.domain.accounts.errors import quota_exceeded
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.key_values.values import (
    ItemKey,
    KeyValue,
    Value,
    incremented,
    require_namespaces,
)
from isolambda_core.domain.limits import KV_KEY_BYTES
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import limits, used

_GET = """
SELECT key, value, expires_at FROM key_values
WHERE account_id = ? AND namespace = ? AND key = ?
"""
_PUT = """
INSERT INTO key_values (account_id, namespace, key, value, bytes, expires_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, namespace, key) DO UPDATE
SET value = excluded.value, bytes = excluded.bytes, expires_at = excluded.expires_at
"""
_DELETE = "DELETE FROM key_values WHERE account_id = ? AND namespace = ? AND key = ?"
_LIST = """
SELECT key, value, expires_at FROM key_values
WHERE account_id = ? AND namespace = ? AND key > ? AND key >= ? AND key <= ? ORDER BY key LIMIT ?
"""
_LAST = "\U0010ffff" * (KV_KEY_BYTES // 4 + 1)
"""What follows a prefix in a string that comes after every key with the prefix."""
_NAMESPACES = "SELECT namespace FROM key_value_usage WHERE account_id = ? ORDER BY namespace"
# A hundred at a time, so that other writers do not wait long.
_REMOVE_EXPIRED = """
DELETE FROM key_values WHERE rowid IN (
    SELECT rowid FROM key_values WHERE expires_at <= ? LIMIT 100
)
"""
_REMOVE_SOME = """
DELETE FROM key_values WHERE rowid IN (
    SELECT rowid FROM key_values WHERE account_id = ? LIMIT 100
)
"""

_Row = tuple[str, bytes, int | None]
_Change = Callable[[KeyValue | None], KeyValue | None]
"""Returns what is to be written, by what is there; None for nothing."""


@dataclass(frozen=True, slots=True)
class SqliteKeyValueRepository:
    """The port ``KeyValueRepository``; each write removes some values that expired before."""

    database: Database

    def get(self, item: ItemKey, now: int) -> KeyValue | None:
        """Return a value; see ``KeyValueRepository.get``."""
        with self.database.connection() as connection:
            return _find(connection, item, now)

    def put(self, item: ItemKey, value: Value, expires_at: int | None, now: int) -> None:
        """Write a value; see ``KeyValueRepository.put``."""
        new = KeyValue(item.key, value, expires_at)
        self._change(item, now, lambda _: new)

    def compare_and_set(
        self,
        item: ItemKey,
        expected: Value | None,
        value: Value,
        expires_at: int | None,
        now: int,
    ) -> bool:
        """Write a value over an expected one; see ``KeyValueRepository.compare_and_set``."""
        new = KeyValue(item.key, value, expires_at)

        def changed(found: KeyValue | None) -> KeyValue | None:
            there = None if found is None else found.value.digest
            return new if there == (None if expected is None else expected.digest) else None

        return self._change(item, now, changed) is not None

    def increment(self, item: ItemKey, by: int, now: int) -> int:
        """Add to an integer; see ``KeyValueRepository.increment``."""
        total = 0

        def changed(found: KeyValue | None) -> KeyValue:
            nonlocal total
            total = incremented(found, by)
            expires_at = None if found is None else found.expires_at
            return KeyValue(item.key, Value(str(total).encode()), expires_at)

        self._change(item, now, changed)
        return total

    def delete(self, item: ItemKey, now: int) -> bool:
        """Remove a value; see ``KeyValueRepository.delete``."""
        with self.database.transaction() as connection:
            found = _find(connection, item, now)
            connection.execute(_DELETE, _key_of(item))
        return found is not None

    def iterate(
        self, account_id: str, namespace: str, prefix: str, after: str | None, *, at_once: int
    ) -> Iterator[KeyValue]:
        """Yield values in the order of their keys; see ``KeyValueRepository.iterate``."""
        behind = after or ""
        while rows := self.database.batch(
            _LIST, (account_id, namespace, behind, prefix, prefix + _LAST, at_once)
        ):
            yield from map(_item_of, rows)
            behind = rows[-1][0]

    def namespaces(self, account_id: str) -> Sequence[str]:
        """Return the namespaces with values; see ``KeyValueRepository.namespaces``."""
        with self.database.connection() as connection:
            return [name for (name,) in connection.execute(_NAMESPACES, (account_id,))]

    def remove_all(self, account_id: str) -> None:
        """Remove every value of an account; see ``KeyValueRepository.remove_all``."""
        while True:
            with self.database.writing() as connection:
                if not connection.execute(_REMOVE_SOME, (account_id,)).rowcount:
                    return

    def _change(self, item: ItemKey, now: int, change: _Change) -> KeyValue | None:
        """Write what ``change`` returns, and return it."""
        self.database.require_space()
        with self.database.transaction() as connection:
            found = _find(connection, item, now)
            new = change(found)
            if new is not None:
                row = (*_key_of(item), new.value.encoded, new.counted_bytes, new.expires_at)
                connection.execute(_PUT, row)
                _require_room(connection, item, found, new, now)
            connection.execute(_REMOVE_EXPIRED, (now,))
        return new


def _find(connection: sqlite3.Connection, item: ItemKey, now: int) -> KeyValue | None:
    row = connection.execute(_GET, _key_of(item)).fetchone()
    found = None if row is None else _item_of(row)
    return None if found is None or found.has_expired(now) else found


def _item_of(row: _Row) -> KeyValue:
    key, encoded, expires_at = row
    return KeyValue(key, Value(encoded), expires_at)


def _key_of(item: ItemKey) -> tuple[str, str, str]:
    return item.account_id, item.namespace, item.key


def _require_room(
    connection: sqlite3.Connection, item: ItemKey, found: KeyValue | None, new: KeyValue, now: int
) -> None:
    """Let pass what was written in this transaction if the quotas allow it.

    Raises:
        QuotaExceededError: they do not.
        NamespacesExceededError: it is in one namespace too many.
    """
    added = {
        Quota.KV_ITEMS: int(found is None),
        Quota.KV_BYTES: new.counted_bytes - (0 if found is None else found.counted_bytes),
    }
    for quota, step in added.items():
        if step <= 0:
            continue
        for root, limit in limits(connection, quota, item.account_id):
            count = used(connection, quota, root, now=now)
            if count > limit:
                raise quota_exceeded(quota, count - step, limit)
    if found is None:
        names = [name for (name,) in connection.execute(_NAMESPACES, (item.account_id,))]
        require_namespaces(len(names))
