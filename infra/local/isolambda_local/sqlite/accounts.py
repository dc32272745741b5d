"""Accounts in SQLite."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import (
    AccountExistsError,
    AccountHasChildrenError,
    AccountNotFoundError,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.json_text import dump, parse
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database
from isolambda_local.sqlite.quotas import require_within

_ADD = """
INSERT INTO accounts (id, document, created_at, modified_at, revision, ancestor_ids, parent_id)
SELECT ?, ?, ?, ?, ?, ?, ? WHERE ? IS NULL OR EXISTS (SELECT 1 FROM accounts WHERE id = ?)
ON CONFLICT (id) DO NOTHING
"""
_GET = """
SELECT id, document, created_at, modified_at, revision, ancestor_ids FROM accounts WHERE id = ?
"""
_REPLACE = """
UPDATE accounts SET document = ?, modified_at = ?, revision = ? WHERE id = ? AND revision = ?
"""
_REMOVE = """
DELETE FROM accounts WHERE id = ? AND revision = ?
AND NOT EXISTS (SELECT 1 FROM accounts AS child WHERE child.parent_id = accounts.id)
"""
_IS_AT_REVISION = "SELECT 1 FROM accounts WHERE id = ? AND revision = ?"
_CHILDREN_UP = """
SELECT id, document, created_at, modified_at, revision, ancestor_ids
FROM accounts WHERE parent_id IS ? AND id > ? ORDER BY id LIMIT ?
"""
_CHILDREN_DOWN = """
SELECT id, document, created_at, modified_at, revision, ancestor_ids
FROM accounts WHERE parent_id IS ? AND id < ? ORDER BY id DESC LIMIT ?
"""
_BELOW_EVERY_ID = ""
_ABOVE_EVERY_ID = "\U0010ffff"

_Row = tuple[str, str, int, int, int, str]


@dataclass(frozen=True, slots=True)
class SqliteAccountRepository:
    """The port ``AccountRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, account: Account) -> None:
        """Keep a new account; see ``AccountRepository.add``."""
        parent_id = account.parent_id
        row = (
            account.id,
            dump(account.document),
            account.created_at,
            account.modified_at,
            account.revision,
            " ".join(account.ancestor_ids),
            parent_id,
        )
        with self.database.transaction() as connection:
            added = connection.execute(_ADD, (*row, parent_id, parent_id)).rowcount == 1
            if added and parent_id is not None:
                require_within(connection, Quota.ACCOUNTS, account.id)
            if added:
                self.audit.record(connection, None, account)
        if not added:
            if parent_id is not None:
                self.get(parent_id)  # which raises when it is the parent that is missing
            raise AccountExistsError

    def get(self, account_id: str) -> Account:
        """Return an account; see ``AccountRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(_GET, (account_id,)).fetchall()
        if not rows:
            raise AccountNotFoundError(account_id)
        return _account_of(rows[0])

    def replace(self, account: Account, before: Account) -> None:
        """Write the next revision; see ``AccountRepository.replace``."""
        columns = (dump(account.document), account.modified_at, account.revision)
        row = (*columns, account.id, before.revision)
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, before, account)

    def remove(self, account: Account) -> None:
        """Remove an account; see ``AccountRepository.remove``."""
        where = (account.id, account.revision)
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, where).rowcount == 1:
                self.audit.record(connection, account, None)
                return
            at_revision = connection.execute(_IS_AT_REVISION, where).fetchall()
        raise AccountHasChildrenError if at_revision else RevisionConflictError

    def children(
        self,
        account_id: str | None,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Account]:
        """Yield the accounts right below another; see ``AccountRepository.children``."""
        statement = _CHILDREN_DOWN if descending else _CHILDREN_UP
        if after is None:
            after = _ABOVE_EVERY_ID if descending else _BELOW_EVERY_ID
        while True:
            with self.database.connection() as connection:
                rows = connection.execute(statement, (account_id, after, at_once)).fetchall()
            yield from map(_account_of, rows)
            if len(rows) < at_once:
                return
            after = rows[-1][0]


def _account_of(row: _Row) -> Account:
    account_id, document, created_at, modified_at, revision, ancestor_ids = row
    return Account(
        id=account_id,
        document=cast("Document", parse(document)),
        created_at=created_at,
        modified_at=modified_at,
        revision=revision,
        ancestor_ids=tuple(ancestor_ids.split()),
    )
