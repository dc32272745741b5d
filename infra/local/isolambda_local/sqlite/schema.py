"""The tables, and the version of them that a file holds."""

import sqlite3

from isolambda_core.domain.errors import IsolambdaError

SCHEMA_VERSION = 1

# `name` and `document` are ASCII JSON text, which keeps every string that JSON can say; SQLite
# itself refuses lone surrogates. `source` is written by `domain.source_text`.
_CREATE = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS api_keys (
    sha256 TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS api_keys_of_account ON api_keys (account_id, sha256);
CREATE TABLE IF NOT EXISTS functions (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    document TEXT NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""


class NewerSchemaError(IsolambdaError):
    """The file was written by a newer Isolambda; opening it with this one could damage it."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"the database has schema version {found}; this Isolambda knows up to {SCHEMA_VERSION}"
        )


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in a new database; leave one that has them as it is.

    Raises:
        NewerSchemaError: the database has a schema that this code does not know.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > SCHEMA_VERSION:
        raise NewerSchemaError(found)
    if found < SCHEMA_VERSION:
        connection.executescript(_CREATE)
