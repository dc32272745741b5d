"""Saved calls in SQLite; triggers of it count their changes."""

from collections.abc import Iterator
from dataclasses import dataclass

from isolambda_core.adapters.codecs.saved_calls import (
    digest_of,
    dump_saved_call,
    load_saved_call,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.errors import SavedCallNotFoundError
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_ADD = """
INSERT INTO saved_calls (account_id, function_id, name, digest, saved_call) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_GET = "SELECT saved_call FROM saved_calls WHERE account_id = ? AND function_id = ? AND name = ?"
_AS_BEFORE = "WHERE account_id = ? AND function_id = ? AND name = ? AND digest = ?"
_REPLACE = f"UPDATE saved_calls SET digest = ?, saved_call = ? {_AS_BEFORE}"  # noqa: S608
_REMOVE = f"DELETE FROM saved_calls {_AS_BEFORE}"  # noqa: S608
_UP = """
SELECT saved_call, name FROM saved_calls
WHERE account_id = ? AND function_id = ? AND name > ? ORDER BY name LIMIT ?
"""
_DOWN = """
SELECT saved_call, name FROM saved_calls
WHERE account_id = ? AND function_id = ? AND name < ? ORDER BY name DESC LIMIT ?
"""
_BEFORE_ALL, _AFTER_ALL = "", "~"  # in the order of characters, around every name
_CHANGES = "SELECT changes FROM saved_call_changes WHERE account_id = ? AND function_id = ?"
_REMOVE_ALL = "DELETE FROM saved_calls WHERE account_id = ? AND function_id = ?"
_FORGET = "DELETE FROM saved_call_changes WHERE account_id = ? AND function_id = ?"


@dataclass(frozen=True, slots=True)
class SqliteSavedCallRepository:
    """The port ``SavedCallRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, call: SavedCall) -> None:
        """Keep a new saved call; see ``SavedCallRepository.add``."""
        text = dump_saved_call(call)
        with self.database.transaction() as connection:
            if connection.execute(_ADD, (*_key_of(call), digest_of(text), text)).rowcount != 1:
                raise RevisionConflictError
            require_within(
                connection, Quota.SAVED_CALLS, call.account_id, function_id=call.function_id
            )
            self.audit.record(connection, None, call)

    def get(self, account_id: str, function_id: str, name: str) -> SavedCall:
        """Return a saved call; see ``SavedCallRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id, function_id, name)).fetchall()
        if not rows:
            raise SavedCallNotFoundError(name)
        return load_saved_call(rows[0][0])

    def replace(self, call: SavedCall, before: SavedCall) -> None:
        """Write the next revision; see ``SavedCallRepository.replace``."""
        text = dump_saved_call(call)
        row = (digest_of(text), text, *_as_before(before))
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, before, call)

    def remove(self, call: SavedCall) -> None:
        """Remove a saved call; see ``SavedCallRepository.remove``."""
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, _as_before(call)).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, call, None)

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[SavedCall]:
        """Yield saved calls in the order of names; see ``SavedCallRepository.iterate``."""
        statement, start = (_DOWN, _AFTER_ALL) if descending else (_UP, _BEFORE_ALL)
        after = start if after is None else after
        while rows := self.database.batch(statement, (account_id, function_id, after, at_once)):
            yield from (load_saved_call(text) for text, _ in rows)
            after = rows[-1][1]

    def changes(self, account_id: str, function_id: str) -> int:
        """Return the number of changes; see ``SavedCallRepository.changes``."""
        with self.database.connection() as connection:
            found = connection.execute(_CHANGES, (account_id, function_id)).fetchone()
        return 0 if found is None else int(found[0])

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every saved call of a function; see ``SavedCallRepository.remove_all``."""
        with self.database.transaction() as connection:
            connection.execute(_REMOVE_ALL, (account_id, function_id))
            connection.execute(_FORGET, (account_id, function_id))


def _key_of(call: SavedCall) -> tuple[str, str, str]:
    return call.account_id, call.function_id, call.name


def _as_before(call: SavedCall) -> tuple[str, str, str, str]:
    return *_key_of(call), digest_of(dump_saved_call(call))
