"""The repositories on SQLite: the embedded store of one machine."""

from isolambda_local.sqlite.migrations import (
    ForeignDatabaseError,
    NewerSchemaError,
)
from isolambda_local.sqlite.store import SqliteStore, open_store

__all__ = ["ForeignDatabaseError", "NewerSchemaError", "SqliteStore", "open_store"]
