"""API keys in SQLite."""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Scope,
)
from isolambda_core.domain.accounts.errors import (
    ApiKeyExistsError,
    ApiKeyNotFoundError,
)
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO api_keys
    (sha256, id, account_id, created_at, scopes, function_id, own, expires_at, name)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (sha256) DO NOTHING
"""
_REPLACE = """
UPDATE api_keys
SET id = ?, account_id = ?, created_at = ?, scopes = ?, function_id = ?, own = ?, expires_at = ?,
    name = ?
WHERE sha256 = ?
"""
_REMOVE = "DELETE FROM api_keys WHERE sha256 = ?"
_SELECT = """
SELECT sha256, id, account_id, created_at, scopes, function_id, own, expires_at, name
FROM api_keys
"""

_Columns = tuple[str, str, int, str, str | None, bool, int | None, str | None]
_Row = tuple[str, str, str, int, str, str | None, int, int | None, str | None]


@dataclass(frozen=True, slots=True)
class SqliteApiKeyRepository:
    """The port ``ApiKeyRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, api_key: ApiKey) -> None:
        """Keep a new key; see ``ApiKeyRepository.add``."""
        with self.database.transaction() as connection:
            row = (api_key.sha256, *_columns_of(api_key))
            if connection.execute(_ADD, row).rowcount != 1:
                raise ApiKeyExistsError
            self.audit.record(connection, None, api_key)

    def get(self, sha256: str) -> ApiKey:
        """Return a key; see ``ApiKeyRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(f"{_SELECT} WHERE sha256 = ?", (sha256,)).fetchall()
        if not rows:
            raise ApiKeyNotFoundError(sha256)
        return _api_key_of(rows[0])

    def replace(self, api_key: ApiKey, before: ApiKey) -> None:
        """Write a key over itself; see ``ApiKeyRepository.replace``."""
        with self.database.transaction() as connection:
            row = (*_columns_of(api_key), api_key.sha256)
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise ApiKeyNotFoundError(api_key.sha256)
            self.audit.record(connection, before, api_key)

    def remove(self, api_key: ApiKey) -> None:
        """Remove a key; see ``ApiKeyRepository.remove``."""
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, (api_key.sha256,)).rowcount == 1:
                self.audit.record(connection, api_key, None)

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account; see ``ApiKeyRepository.of_account``."""
        with self.database.connection() as connection:
            rows = connection.execute(
                f"{_SELECT} WHERE account_id = ? ORDER BY sha256", (account_id,)
            ).fetchall()
        return [_api_key_of(row) for row in rows]


def _columns_of(api_key: ApiKey) -> _Columns:
    return (
        api_key.id,
        api_key.account_id,
        api_key.created_at,
        " ".join(api_key.scopes),
        api_key.function_id,
        api_key.own,
        api_key.expires_at,
        api_key.name,
    )


def _api_key_of(row: _Row) -> ApiKey:
    sha256, key_id, account_id, created_at, scopes, function_id, own, expires_at, name = row
    return ApiKey(
        sha256=sha256,
        id=key_id,
        account_id=account_id,
        created_at=created_at,
        scopes=tuple(Scope(scope) for scope in scopes.split()),
        function_id=function_id,
        own=bool(own),
        expires_at=expires_at,
        name=name,
    )
