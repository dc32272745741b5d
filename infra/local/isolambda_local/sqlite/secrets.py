"""Secrets in SQLite, whose values are sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.adapters.codecs.secrets import dump_secret, load_secret
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.secrets.errors import SecretNotFoundError
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_local.sqlite.audit import SqliteAuditRepository
from isolambda_local.sqlite.database import Database

_ADD = """
INSERT INTO secrets (account_id, function_id, name, sealing, secret) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_GET = "SELECT secret FROM secrets WHERE account_id = ? AND function_id = ? AND name = ?"
_AS_BEFORE = "WHERE account_id = ? AND function_id = ? AND name = ? AND sealing = ?"
_REPLACE = f"UPDATE secrets SET sealing = ?, secret = ? {_AS_BEFORE}"  # noqa: S608
_REMOVE = f"DELETE FROM secrets {_AS_BEFORE}"  # noqa: S608
_OF_PLACE = "SELECT secret FROM secrets WHERE account_id = ? AND function_id = ? ORDER BY name"
# Those of the function come last, and so over those of the account.
_FOR_FUNCTION = """
SELECT name, secret FROM secrets
WHERE account_id = ? AND function_id IN ('', ?) AND name IN (SELECT value FROM json_each(?))
ORDER BY function_id
"""
_REMOVE_ALL = "DELETE FROM secrets WHERE account_id = ? AND function_id = ?"


@dataclass(frozen=True, slots=True)
class SqliteSecretRepository:
    """The port ``SecretRepository``."""

    database: Database
    audit: SqliteAuditRepository

    def add(self, secret: Secret) -> None:
        """Keep a new secret; see ``SecretRepository.add``."""
        row = (*_key_of(secret), secret.sealing, dump_secret(secret))
        with self.database.transaction() as connection:
            if connection.execute(_ADD, row).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, None, secret)

    def get(self, place: Place, name: str) -> Secret:
        """Return a secret; see ``SecretRepository.get``."""
        key = (place.account_id, place.function_id, name)
        with self.database.connection() as connection:
            rows = connection.execute(_GET, key).fetchall()
        if not rows:
            raise SecretNotFoundError(name)
        return load_secret(rows[0][0])

    def replace(self, secret: Secret, before: Secret) -> None:
        """Write the next revision; see ``SecretRepository.replace``."""
        row = (secret.sealing, dump_secret(secret), *_key_of(before), before.sealing)
        with self.database.transaction() as connection:
            if connection.execute(_REPLACE, row).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, before, secret)

    def remove(self, secret: Secret) -> None:
        """Remove a secret; see ``SecretRepository.remove``."""
        with self.database.transaction() as connection:
            if connection.execute(_REMOVE, (*_key_of(secret), secret.sealing)).rowcount != 1:
                raise RevisionConflictError
            self.audit.record(connection, secret, None)

    def of_place(self, place: Place) -> Sequence[Secret]:
        """Return the secrets of a place; see ``SecretRepository.of_place``."""
        with self.database.connection() as connection:
            rows = connection.execute(_OF_PLACE, (place.account_id, place.function_id)).fetchall()
        return [load_secret(text) for (text,) in rows]

    def for_function(
        self, account_id: str, function_id: str, names: Sequence[str]
    ) -> Sequence[Secret]:
        """Return the secrets of a function; see ``SecretRepository.for_function``."""
        wanted = (account_id, function_id, dump(list(names)))
        with self.database.connection() as connection:
            found = dict(connection.execute(_FOR_FUNCTION, wanted).fetchall())
        return [load_secret(found[name]) for name in names if name in found]

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every secret of a function; see ``SecretRepository.remove_all``."""
        with self.database.writing() as connection:
            connection.execute(_REMOVE_ALL, (account_id, function_id))

    def remove_all_of_account(self, account_id: str) -> None:
        """Remove every secret of an account; see ``SecretRepository.remove_all_of_account``."""
        self.remove_all(account_id, "")


def _key_of(secret: Secret) -> tuple[str, str, str]:
    return secret.place.account_id, secret.place.function_id, secret.name
