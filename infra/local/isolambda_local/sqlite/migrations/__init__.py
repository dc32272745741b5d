"""The tables, and the version of them that a file holds.

Each `NNNN_*.sql` leads from one version of the schema to the next. A released one never changes.
"""

import sqlite3
from collections.abc import Iterator
from importlib import resources

from isolambda_core.domain.errors import IsolambdaError

# `name` and `document` are ASCII JSON text, which keeps every string that JSON can say; SQLite
# itself refuses lone surrogates. `source` is written by `domain.compression`. Times are Unix
# seconds unless their name says otherwise.
_MIGRATIONS = sorted(
    (entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".sql")),
    key=lambda entry: entry.name,
)
SCHEMA_VERSION = len(_MIGRATIONS)
_FIRST_TABLES = 3


class NewerSchemaError(IsolambdaError):
    """The file was written by a newer Isolambda; opening it with this one could damage it."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"the database has schema version {found}; this Isolambda knows up to "
            f"{SCHEMA_VERSION}: use the newer one"
        )


class ForeignDatabaseError(IsolambdaError):
    """The file is a database, but of another program, which writing to it could damage."""

    def __init__(self) -> None:
        super().__init__(
            "the database is another program's; move it away, or use another directory"
        )


def require_ours(connection: sqlite3.Connection) -> None:
    """Check that a database is ours or empty, and not newer; write nothing.

    Raises:
        ForeignDatabaseError: it is another program's.
        NewerSchemaError: it has a schema that this code does not know.
    """
    # One statement, since another process may be making the tables.
    found, ours, tables = connection.execute(
        "SELECT user_version, (SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
        "('accounts', 'api_keys', 'functions')), (SELECT count(*) FROM sqlite_schema) "
        "FROM pragma_user_version"
    ).fetchone()
    # Every version has these three; a new database has neither tables nor a version.
    if (found, tables) != (0, 0) and (found == 0 or ours != _FIRST_TABLES):
        raise ForeignDatabaseError
    if found > SCHEMA_VERSION:
        raise NewerSchemaError(found)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in a new database, bring older ones up to date, leave others as they are.

    Raises:
        NewerSchemaError: the database has a schema that this code does not know.
    """
    if _version(connection) == SCHEMA_VERSION:
        return
    # Two processes may open an old file at once: the version is read again behind the lock.
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)
        if found > SCHEMA_VERSION:
            raise NewerSchemaError(found)
        for migration in _MIGRATIONS[found:]:
            for statement in _statements(migration.read_text("ascii")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _statements(script: str) -> Iterator[str]:
    # `executescript` would commit what is open first.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)
