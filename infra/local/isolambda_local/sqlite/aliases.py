"""Store aliases in SQLite; ``alias_targets`` holds the versions that they point to."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isolambda_core.adapters.codecs.aliases import (
    dump_alias,
    load_alias,
)
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.versions import id_of
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO aliases (account_id, function_id, name, revision, alias) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account_id, function_id, name) DO NOTHING
"""
_GET = "SELECT alias FROM aliases WHERE account_id = ? AND function_id = ? AND name = ?"
_REPLACE = """
UPDATE aliases SET revision = ?, alias = ?
WHERE account_id = ? AND function_id = ? AND name = ? AND revision = ?
"""
_REMOVE = """
DELETE FROM aliases WHERE account_id = ? AND function_id = ? AND name = ? AND revision = ?
"""
_OF_FUNCTION = """
SELECT alias FROM aliases WHERE account_id = ? AND function_id = ? ORDER BY name
"""
_REMOVE_ALL = "DELETE FROM aliases WHERE account_id = ? AND function_id = ?"
_POINT = """
INSERT INTO alias_targets (account_id, function_id, version_id, name)
SELECT account_id, function_id, id, ? FROM versions
WHERE account_id = ? AND function_id = ? AND id = ? AND removed = 0
"""
_CHANGES = "SELECT changes FROM saved_call_changes WHERE account_id = ? AND function_id = ?"
_LEAVE = "DELETE FROM alias_targets WHERE account_id = ? AND function_id = ? AND name = ?"
_LEAVE_ALL = "DELETE FROM alias_targets WHERE account_id = ? AND function_id = ?"


@dataclass(frozen=True, slots=True)
class SqliteAliasRepository:
    """The port ``AliasRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, alias: Alias, saved_calls: int | None = None) -> None:
        """Keep a new alias; see ``AliasRepository.add``."""
        row = (*_key_of(alias), alias.revision, dump_alias(alias))
        with self.database.transaction() as connection:
            if connection.execute(_ADD, row).rowcount != 1:
                raise AliasExistsError
            _require_unchanged(connection, alias, saved_calls)
            _point(connection, alias)
            self.audit.record(connection, None, alias)

    def get(self, account_id: str, function_id: str, name: str) -> Alias:
        """Return an alias; see ``AliasRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id, function_id, name)).fetchall()
        if not rows:
            raise QualifierNotFoundError(name)
        return load_alias(rows[0][0])

    def of_name(
        self, account_id: str, name: str, function_ids: Sequence[str]
    ) -> Mapping[str, Alias]:
        """Return the aliases of a name; see ``AliasRepository.of_name``."""
        with self.database.connection() as connection:
            found = [
                connection.execute(_GET, (account_id, id_, name)).fetchone() for id_ in function_ids
            ]
        aliases = [load_alias(row[0]) for row in found if row is not None]
        return {alias.function_id: alias for alias in aliases}

    def replace(self, alias: Alias, before: Alias, saved_calls: int | None = None) -> None:
        """Write the next revision; see ``AliasRepository.replace``."""
        row = (alias.revision, dump_alias(alias), *_key_of(before), before.revision)
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            _require_unchanged(connection, alias, saved_calls)
            connection.execute(_LEAVE, _key_of(before))
            _point(connection, alias)
            self.audit.record(connection, before, alias)

    def remove(self, alias: Alias) -> None:
        """Remove an alias; see ``AliasRepository.remove``."""
        key = _key_of(alias)
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, (*key, alias.revision)).rowcount != 1:
                raise RevisionConflictError
            connection.execute(_LEAVE, key)
            self.audit.record(connection, alias, None)

    def of_function(self, account_id: str, function_id: str) -> Sequence[Alias]:
        """Return the aliases of a function; see ``AliasRepository.of_function``."""
        with self.database.connection() as connection:
            rows = connection.execute(_OF_FUNCTION, (account_id, function_id)).fetchall()
        return [load_alias(text) for (text,) in rows]

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every alias of a function; see ``AliasRepository.remove_all``."""
        with self.database.transaction() as connection:
            connection.execute(_REMOVE_ALL, (account_id, function_id))
            connection.execute(_LEAVE_ALL, (account_id, function_id))


def is_as(connection: sqlite3.Connection, alias: Alias) -> bool:
    """Return whether an alias is still the same."""
    found = connection.execute(_GET, _key_of(alias)).fetchone()
    return found is not None and load_alias(found[0]) == alias


def _require_unchanged(
    connection: sqlite3.Connection, alias: Alias, saved_calls: int | None
) -> None:
    if saved_calls is None:
        return
    found = connection.execute(_CHANGES, (alias.account_id, alias.function_id)).fetchone()
    if (0 if found is None else found[0]) != saved_calls:
        raise RevisionConflictError


def _point(connection: sqlite3.Connection, alias: Alias) -> None:
    for number in alias.versions:
        version = (alias.account_id, alias.function_id, id_of(number))
        if connection.execute(_POINT, (alias.name, *version)).rowcount != 1:
            raise QualifierNotFoundError(str(number))


def _key_of(alias: Alias) -> tuple[str, str, str]:
    return alias.account_id, alias.function_id, alias.name
