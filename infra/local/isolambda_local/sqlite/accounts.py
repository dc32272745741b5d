"""Accounts and API keys in SQLite."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from isolambda_core.domain.accounts import Account, ApiKey
from isolambda_core.domain.errors import (
    AccountExistsError,
    AccountNotFoundError,
    ApiKeyExistsError,
    ApiKeyNotFoundError,
)
from isolambda_core.domain.json_text import dump, parse
from isolambda_local.sqlite.database import Database

_ADD_ACCOUNT = """
INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_ADD_API_KEY = """
INSERT INTO api_keys (sha256, account_id, created_at) VALUES (?, ?, ?)
ON CONFLICT (sha256) DO NOTHING
"""
_API_KEYS_OF_ACCOUNT = """
SELECT sha256, account_id, created_at FROM api_keys WHERE account_id = ? ORDER BY sha256
"""


@dataclass(frozen=True, slots=True)
class SqliteAccountRepository:
    """The port ``AccountRepository``."""

    database: Database

    def add(self, account: Account) -> None:
        """Keep a new account; see ``AccountRepository.add``."""
        row = (account.id, dump(account.name), account.created_at)
        with self.database.connection() as connection:
            if connection.execute(_ADD_ACCOUNT, row).rowcount != 1:
                raise AccountExistsError

    def get(self, account_id: str) -> Account:
        """Return an account; see ``AccountRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(
                "SELECT id, name, created_at FROM accounts WHERE id = ?", (account_id,)
            ).fetchall()
        for found, name, created_at in rows:
            return Account(found, cast("str", parse(name)), created_at)
        raise AccountNotFoundError(account_id)


@dataclass(frozen=True, slots=True)
class SqliteApiKeyRepository:
    """The port ``ApiKeyRepository``."""

    database: Database

    def add(self, api_key: ApiKey) -> None:
        """Keep a new key; see ``ApiKeyRepository.add``."""
        row = (api_key.sha256, api_key.account_id, api_key.created_at)
        with self.database.connection() as connection:
            if connection.execute(_ADD_API_KEY, row).rowcount != 1:
                raise ApiKeyExistsError

    def get(self, sha256: str) -> ApiKey:
        """Return a key; see ``ApiKeyRepository.get``."""
        with self.database.connection() as connection:
            rows = connection.execute(
                "SELECT sha256, account_id, created_at FROM api_keys WHERE sha256 = ?", (sha256,)
            ).fetchall()
        if not rows:
            raise ApiKeyNotFoundError(sha256)
        return ApiKey(*rows[0])

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account; see ``ApiKeyRepository.of_account``."""
        with self.database.connection() as connection:
            rows = connection.execute(_API_KEYS_OF_ACCOUNT, (account_id,)).fetchall()
        return [ApiKey(*row) for row in rows]
