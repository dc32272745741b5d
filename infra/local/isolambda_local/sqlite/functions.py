"""Functions in SQLite."""

from contextlib import closing
from dataclasses import dataclass

from isolambda_core.adapters.documents import join_document, split_document
from isolambda_core.adapters.pages import fill_page
from isolambda_core.domain.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
    RevisionConflictError,
)
from isolambda_core.domain.functions import Function
from isolambda_core.ports import Page
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO functions
    (account_id, id, revision, created_at, modified_at, deleted, document, source)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account_id, id) DO NOTHING
"""
_GET = """
SELECT account_id, id, revision, created_at, modified_at, deleted, document, source
FROM functions WHERE account_id = ? AND id = ? AND deleted = 0
"""
_REPLACE = """
UPDATE functions
SET revision = ?, created_at = ?, modified_at = ?, deleted = ?, document = ?, source = ?
WHERE account_id = ? AND id = ? AND revision = ? AND deleted = 0
"""
_REMOVE = """
DELETE FROM functions WHERE account_id = ? AND id = ? AND revision = ? AND deleted = 0
"""
_PAGE_UP = """
SELECT account_id, id, revision, created_at, modified_at, deleted, document, source
FROM functions WHERE account_id = ? AND deleted = 0 AND (? IS NULL OR id > ?)
ORDER BY id LIMIT ?
"""
_PAGE_DOWN = """
SELECT account_id, id, revision, created_at, modified_at, deleted, document, source
FROM functions WHERE account_id = ? AND deleted = 0 AND (? IS NULL OR id < ?)
ORDER BY id DESC LIMIT ?
"""

_Columns = tuple[int, int, int, bool, str, bytes]
_Row = tuple[str, str, int, int, int, int, str, bytes]


@dataclass(frozen=True, slots=True)
class SqliteFunctionRepository:
    """The port ``FunctionRepository``."""

    database: Database

    def add(self, function: Function) -> None:
        """Keep a new function; see ``FunctionRepository.add``."""
        row = (function.account_id, function.id, *_columns_of(function))
        with self.database.connection() as connection:
            if connection.execute(_ADD, row).rowcount != 1:
                raise FunctionExistsError

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function; see ``FunctionRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id, function_id)).fetchall()
        if not rows:
            raise FunctionNotFoundError(function_id)
        return _function_of(rows[0])

    def replace(self, function: Function, expected_revision: int) -> None:
        """Write the next revision; see ``FunctionRepository.replace``."""
        where = (function.account_id, function.id, expected_revision)
        row = (*_columns_of(function), *where)
        with self.database.connection() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError

    def remove(self, account_id: str, function_id: str, expected_revision: int) -> None:
        """Remove a function for good; see ``FunctionRepository.remove``."""
        where = (account_id, function_id, expected_revision)
        with self.database.connection() as connection:
            if connection.execute(_REMOVE, where).rowcount != 1:
                raise RevisionConflictError

    def page(
        self, account_id: str, limit: int, after: str | None = None, *, descending: bool = True
    ) -> Page:
        """Return functions in the order of their ids; see ``FunctionRepository.page``."""
        statement = _PAGE_DOWN if descending else _PAGE_UP
        where = (account_id, after, after, limit + 1)
        with (
            self.database.connection() as connection,
            closing(connection.execute(statement, where)) as rows,
        ):
            return fill_page(map(_function_of, rows), limit)


def _columns_of(function: Function) -> _Columns:
    return (
        function.revision,
        function.created_at,
        function.modified_at,
        function.deleted,
        *split_document(function.document),
    )


def _function_of(row: _Row) -> Function:
    account_id, function_id, revision, created_at, modified_at, deleted, document, source = row
    return Function(
        account_id=account_id,
        id=function_id,
        document=join_document(document, source),
        revision=revision,
        created_at=created_at,
        modified_at=modified_at,
        deleted=bool(deleted),
    )
