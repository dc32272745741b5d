"""Revoked tokens in SQLite."""

from dataclasses import dataclass

from isolambda_core.domain.accounts.api_keys import Token
from isolambda_local.sqlite.database import Database


@dataclass(frozen=True, slots=True)
class SqliteRevokedTokenRepository:
    """The port ``RevokedTokenRepository``; adding a token removes those that were long expired."""

    database: Database

    def add(self, token: Token) -> None:
        """Keep a token as revoked; see ``RevokedTokenRepository.add``."""
        with self.database.writing() as connection:
            # What expired before this one was given is good nowhere, revoked or not.
            connection.execute(
                "DELETE FROM revoked_tokens WHERE expires_at < ?", (token.issued_at,)
            )
            connection.execute(
                "INSERT INTO revoked_tokens (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (token.id, token.expires_at),
            )

    def has(self, token: Token) -> bool:
        """Return whether a token is revoked; see ``RevokedTokenRepository.has``."""
        with self.database.connection() as connection:
            rows = connection.execute(
                "SELECT 1 FROM revoked_tokens WHERE id = ?", (token.id,)
            ).fetchall()
        return bool(rows)
