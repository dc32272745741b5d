"""The tables, and the version of them that a file holds."""

import sqlite3

from isolambda_core.domain.errors import IsolambdaError

# What leads from each version of the schema to the next. `name` and `document` are ASCII JSON text,
# which keeps every string that JSON can say; SQLite itself refuses lone surrogates. `source` is
# written by `domain.source_text`. Times are Unix seconds unless their name says otherwise.
_STEPS = (
    (
        """
        CREATE TABLE accounts (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE api_keys (
            sha256 TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX api_keys_of_account ON api_keys (account_id, sha256)",
        """
        CREATE TABLE functions (
            account_id TEXT NOT NULL,
            id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            modified_at INTEGER NOT NULL,
            deleted INTEGER NOT NULL,
            document TEXT NOT NULL,
            source BLOB NOT NULL,
            PRIMARY KEY (account_id, id)
        ) STRICT
        """,
    ),
    (
        "ALTER TABLE accounts RENAME COLUMN name TO document",
        """UPDATE accounts SET document = '{"enabled":true,"name":' || document || '}'""",
        "ALTER TABLE accounts ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0",
        "UPDATE accounts SET modified_at = created_at",
        "ALTER TABLE accounts ADD COLUMN revision INTEGER NOT NULL DEFAULT 1",
        # Ids with a blank between, from the top of the tree down.
        "ALTER TABLE accounts ADD COLUMN ancestor_ids TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE accounts ADD COLUMN parent_id TEXT",
        "CREATE INDEX accounts_of_parent ON accounts (parent_id, id)",
        "ALTER TABLE api_keys ADD COLUMN id TEXT NOT NULL DEFAULT ''",
        "UPDATE api_keys SET id = substr(sha256, 1, 32)",
        # Words with a blank between.
        "ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'manage execute'",
        "ALTER TABLE api_keys ADD COLUMN function_id TEXT",
        "ALTER TABLE api_keys ADD COLUMN own INTEGER NOT NULL DEFAULT 0",
        "UPDATE api_keys SET own = 1",
        "ALTER TABLE api_keys ADD COLUMN expires_at INTEGER",
        # JSON text, as a document.
        "ALTER TABLE functions ADD COLUMN disable_reason TEXT",
        """
        CREATE TABLE revoked_tokens (
            id TEXT PRIMARY KEY,
            expires_at INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE records (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            sort_key TEXT NOT NULL,
            record TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (account_id, function_id, sort_key)
        ) STRICT
        """,
        "CREATE INDEX records_by_expiry ON records (expires_at)",
    ),
    (
        # A version that was removed leaves its id behind, the number in ten digits, and no more.
        """
        CREATE TABLE versions (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            id TEXT NOT NULL,
            removed INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            description TEXT NOT NULL,
            document TEXT NOT NULL,
            source BLOB NOT NULL,
            PRIMARY KEY (account_id, function_id, id)
        ) STRICT
        """,
        """
        CREATE TABLE aliases (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            name TEXT NOT NULL,
            revision INTEGER NOT NULL,
            alias TEXT NOT NULL,
            PRIMARY KEY (account_id, function_id, name)
        ) STRICT
        """,
        """
        CREATE TABLE alias_targets (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            version_id TEXT NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (account_id, function_id, version_id, name)
        ) STRICT
        """,
    ),
    (
        # Those of before were of failures alone, kept for a week, and had no input or result.
        "DROP TABLE records",
        # `record` is JSON text; `input` and `result` are written by `adapters.records`.
        """
        CREATE TABLE records (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            execution_id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            record TEXT NOT NULL,
            input BLOB NOT NULL,
            result BLOB,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (account_id, function_id, execution_id)
        ) STRICT
        """,
        "CREATE INDEX records_by_expiry ON records (expires_at)",
        """
        CREATE TABLE claims (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            key_sha256 TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            execution_id TEXT NOT NULL,
            lease_until_ms INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (account_id, function_id, key_sha256)
        ) STRICT
        """,
        "CREATE INDEX claims_by_expiry ON claims (expires_at)",
        # `due_at_ms` is when a message is to come out, next or again; of the dead, when they died.
        """
        CREATE TABLE queue (
            execution_id TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            sent_at_ms INTEGER NOT NULL,
            due_at_ms INTEGER NOT NULL,
            received INTEGER NOT NULL,
            dead INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX queue_by_due ON queue (dead, due_at_ms)",
    ),
    (
        # `source` is the ARN of a queue, stream or topic, which has one trigger, and `whole` JSON.
        """
        CREATE TABLE triggers (
            account_id TEXT NOT NULL,
            function_id TEXT NOT NULL,
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            source TEXT UNIQUE,
            revision INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            whole TEXT NOT NULL,
            PRIMARY KEY (account_id, function_id, id)
        ) STRICT
        """,
        "CREATE INDEX triggers_of_type ON triggers (type, account_id, function_id, id)",
        # Messages of every kind, as `adapters.messages` writes them: what waits is kept.
        "ALTER TABLE queue RENAME TO queue_of_executions",
        """
        CREATE TABLE queue (
            id TEXT PRIMARY KEY,
            body TEXT NOT NULL,
            due_at_ms INTEGER NOT NULL,
            received INTEGER NOT NULL,
            dead INTEGER NOT NULL
        ) STRICT
        """,
        """
        INSERT INTO queue (id, body, due_at_ms, received, dead)
        SELECT
            execution_id,
            '{"account_id":"' || account_id || '","function_id":"' || function_id
                || '","execution_id":"' || execution_id || '","sent_at_ms":' || sent_at_ms || '}',
            due_at_ms, received, dead
        FROM queue_of_executions
        """,
        "DROP TABLE queue_of_executions",
        "CREATE INDEX queue_by_due ON queue (dead, due_at_ms)",
    ),
    (
        # What triggers of type bucket have seen in their folders, and what they are to be told.
        """
        CREATE TABLE watches (
            trigger_id TEXT PRIMARY KEY,
            bucket TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE watched_files (
            trigger_id TEXT NOT NULL,
            key TEXT NOT NULL,
            etag TEXT NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (trigger_id, key)
        ) STRICT
        """,
        """
        CREATE TABLE file_changes (
            event_id TEXT NOT NULL UNIQUE,
            trigger_id TEXT NOT NULL,
            event TEXT NOT NULL,
            key TEXT NOT NULL,
            etag TEXT NOT NULL,
            size INTEGER NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX file_changes_of_trigger ON file_changes (trigger_id)",
    ),
    (
        # JSON text, as `adapters.documents` writes it: what the platform disabled, and until when.
        "ALTER TABLE functions ADD COLUMN breakers TEXT NOT NULL DEFAULT '{}'",
        # What was disabled until somebody enables it is tried again by itself now.
        """
        UPDATE functions SET
            breakers = '{"$LATEST":{"reason":' || disable_reason
                || ',"open_until":' || (modified_at + 30) || ',"openings":1}}',
            document = json_set(document, '$.enabled', json('true'))
        WHERE disable_reason IS NOT NULL
        """,
        "ALTER TABLE functions DROP COLUMN disable_reason",
    ),
)
SCHEMA_VERSION = len(_STEPS)
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
        for step in _STEPS[found:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)
