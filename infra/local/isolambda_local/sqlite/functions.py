"""Functions in SQLite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isolambda_core.adapters.codecs.documents import (
    dump_breakers,
    head_of,
    join_document,
    load_breakers,
    split_document,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_ADD = """
INSERT INTO functions (
    account_id, id, revision, created_at, modified_at, created_by, modified_by, deleted, breakers,
    document, source
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, id) DO NOTHING
"""
_GET = """
SELECT account_id, id, revision, created_at, modified_at, created_by, modified_by, deleted,
    breakers, document, source
FROM functions WHERE account_id = ? AND id = ? AND deleted = 0
"""
_REPLACE = """
UPDATE functions
SET revision = ?, created_at = ?, modified_at = ?, created_by = ?, modified_by = ?, deleted = ?,
    breakers = ?, document = ?, source = ?
WHERE account_id = ? AND id = ? AND revision = ? AND deleted = 0
"""
_REMOVE = """
DELETE FROM functions WHERE account_id = ? AND id = ? AND revision = ? AND deleted = 0
"""
_REMOVE_SOME = """
DELETE FROM functions WHERE rowid IN (SELECT rowid FROM functions WHERE account_id = ? LIMIT 100)
"""
_IDS = "SELECT id FROM functions WHERE account_id = ? ORDER BY id"
# One comparison of the id in each, so that SQLite goes to the first row at once.
_UP = """
SELECT account_id, id, revision, created_at, modified_at, created_by, modified_by, deleted,
    breakers, document, source
FROM functions WHERE account_id = ? AND id > ? AND deleted = 0 ORDER BY id LIMIT ?
"""
_DOWN = """
SELECT account_id, id, revision, created_at, modified_at, created_by, modified_by, deleted,
    breakers, document, source
FROM functions WHERE account_id = ? AND id < ? AND deleted = 0 ORDER BY id DESC LIMIT ?
"""
_TOOLS = """
SELECT account_id, id, revision, created_at, modified_at, breakers, document
FROM functions
WHERE account_id = ? AND deleted = 0 AND json_type(document, '$.tool') IS NOT NULL ORDER BY id
"""
_BEFORE_ALL, _AFTER_ALL = "", "~"  # in the order of characters, around every id

_Columns = tuple[int, int, int, str | None, str | None, bool, str, str, bytes]
_Row = tuple[str, str, int, int, int, str | None, str | None, int, str, str, bytes]


@dataclass(frozen=True, slots=True)
class SqliteFunctionRepository:
    """The port ``FunctionRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, function: Function) -> None:
        """Keep a new function; see ``FunctionRepository.add``."""
        row = (function.account_id, function.id, *_columns_of(function))
        with self.database.transaction() as connection:
            if connection.execute(_ADD, row).rowcount != 1:
                raise FunctionExistsError
            require_within(connection, Quota.FUNCTIONS, function.account_id)
            self.audit.record(connection, None, function)

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function; see ``FunctionRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id, function_id)).fetchall()
        if not rows:
            raise FunctionNotFoundError(function_id)
        return _function_of(rows[0])

    def replace(self, function: Function, before: Function) -> None:
        """Write the next revision; see ``FunctionRepository.replace``."""
        where = (function.account_id, function.id, before.revision)
        row = (*_columns_of(function), *where)
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, before, function)

    def remove(self, function: Function) -> None:
        """Remove a function for good; see ``FunctionRepository.remove``."""
        where = (function.account_id, function.id, function.revision)
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, where).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, function, None)

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account; see ``FunctionRepository.remove_all``.

        Removes some at a time and then releases the connection, so that other writers do not wait
        long.
        """
        while True:
            with self.database.writing() as connection:
                if not connection.execute(_REMOVE_SOME, (account_id,)).rowcount:
                    return

    def ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of the functions; see ``FunctionRepository.ids``."""
        with self.database.connection() as connection:
            rows = connection.execute(_IDS, (account_id,)).fetchall()
        return [function_id for (function_id,) in rows]

    def iterate(
        self, account_id: str, after: str | None = None, *, descending: bool = True, at_once: int
    ) -> Iterator[Function]:
        """Yield functions in the order of their ids; see ``FunctionRepository.iterate``."""
        statement, start = (_DOWN, _AFTER_ALL) if descending else (_UP, _BEFORE_ALL)
        after = start if after is None else after
        while rows := self.database.batch(statement, (account_id, after, at_once)):
            yield from map(_function_of, rows)
            after = rows[-1][1]

    def tools(self, account_id: str) -> Sequence[Function]:
        """Return the functions that are tools; see ``FunctionRepository.tools``."""
        with self.database.connection() as connection:
            rows = connection.execute(_TOOLS, (account_id,)).fetchall()
        return [
            Function(
                account_id=row[0],
                id=row[1],
                document=head_of(row[6]),
                revision=row[2],
                created_at=row[3],
                modified_at=row[4],
                breakers=load_breakers(row[5]),
            )
            for row in rows
        ]


def _columns_of(function: Function) -> _Columns:
    return (
        function.revision,
        function.created_at,
        function.modified_at,
        function.created_by,
        function.modified_by,
        function.deleted,
        dump_breakers(function.breakers),
        *split_document(function.document, function.compiled),
    )


def _function_of(row: _Row) -> Function:
    (
        account_id, function_id, revision, created_at, modified_at, created_by, modified_by,
        deleted, breakers, document, source,
    ) = row  # fmt: skip
    joined, compiled = join_document(document, source)
    return Function(
        account_id=account_id,
        id=function_id,
        document=joined,
        revision=revision,
        created_at=created_at,
        modified_at=modified_at,
        deleted=bool(deleted),
        breakers=load_breakers(breakers),
        compiled=compiled,
        created_by=created_by,
        modified_by=modified_by,
    )
