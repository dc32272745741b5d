"""Store the files in the folders that triggers watch, and the changes still to be delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from isolambda_local.sqlite.database import Database

_BEGIN = """
INSERT INTO watches (trigger_id, bucket) VALUES (?, ?)
ON CONFLICT (trigger_id) DO UPDATE SET bucket = excluded.bucket WHERE bucket <> excluded.bucket
"""
_END = "DELETE FROM watches WHERE trigger_id = ?"
_IS_WATCHED = "SELECT 1 FROM watches WHERE trigger_id = ? AND bucket = ?"
_FILES = "SELECT key, etag, size FROM watched_files WHERE trigger_id = ?"
_SEE = """
INSERT INTO watched_files (trigger_id, key, etag, size) VALUES (?, ?, ?, ?)
ON CONFLICT (trigger_id, key) DO UPDATE SET etag = excluded.etag, size = excluded.size
"""
_MISS = "DELETE FROM watched_files WHERE trigger_id = ? AND key = ?"
_MISS_ALL = "DELETE FROM watched_files WHERE trigger_id = ?"
_NOTE = """
INSERT INTO file_changes (event_id, trigger_id, event, key, etag, size, at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_PENDING = """
SELECT event_id, event, key, etag, size, at_ms FROM file_changes
WHERE trigger_id = ? ORDER BY rowid LIMIT ?
"""
_FORGET = "DELETE FROM file_changes WHERE event_id = ?"
_FORGET_ALL = "DELETE FROM file_changes WHERE trigger_id = ?"


@dataclass(frozen=True, slots=True)
class File:
    """A file at the last look; its ``etag`` changes with its content."""

    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file came or went; ``event`` is one of ``BUCKET_EVENTS``.

    ``event_id`` and ``at_ms``, Unix milliseconds, are given once, when it is noticed.
    """

    event_id: str
    event: str
    key: str
    etag: str
    size: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class SqliteWatches:
    """The folder that each trigger watches, its known files, and its pending changes."""

    database: Database

    def has(self, trigger_id: str, bucket: str) -> bool:
        """Return whether a trigger watches that folder."""
        with self.database.connection() as connection:
            return bool(connection.execute(_IS_WATCHED, (trigger_id, bucket)).fetchall())

    def begin(self, trigger_id: str, bucket: str, files: Mapping[str, File]) -> None:
        """Let a trigger watch a folder, which holds ``files``, from now on.

        Does nothing if it watches that folder already; forgets another folder that it watched.
        """
        with self.database.transaction() as connection:
            if connection.execute(_BEGIN, (trigger_id, bucket)).rowcount == 1:
                connection.execute(_MISS_ALL, (trigger_id,))
                connection.execute(_FORGET_ALL, (trigger_id,))
                connection.executemany(
                    _SEE, ((trigger_id, key, *astuple(file)) for key, file in files.items())
                )

    def end(self, trigger_id: str) -> None:
        """Forget a trigger; does nothing if it is unknown."""
        with self.database.transaction() as connection:
            for statement in (_END, _MISS_ALL, _FORGET_ALL):
                connection.execute(statement, (trigger_id,))

    def files(self, trigger_id: str, bucket: str) -> Mapping[str, File] | None:
        """Return the files that a trigger knows of; None where it does not watch that folder."""
        with self.database.connection() as connection:
            if not connection.execute(_IS_WATCHED, (trigger_id, bucket)).fetchall():
                return None
            rows = connection.execute(_FILES, (trigger_id,)).fetchall()
        return {key: File(etag, size) for key, etag, size in rows}

    def note(self, trigger_id: str, bucket: str, changes: Sequence[FileChange]) -> None:
        """Store changes, to be delivered, if the trigger still watches that folder."""
        with self.database.transaction() as connection:
            if not connection.execute(_IS_WATCHED, (trigger_id, bucket)).fetchall():
                return
            for change in changes:
                if change.event == "created":
                    seen = (trigger_id, change.key, change.etag, change.size)
                    connection.execute(_SEE, seen)
                else:
                    connection.execute(_MISS, (trigger_id, change.key))
                event_id, *rest = astuple(change)
                connection.execute(_NOTE, (event_id, trigger_id, *rest))

    def pending(self, trigger_id: str, limit: int) -> Sequence[FileChange]:
        """Return changes still to be delivered, the oldest first."""
        with self.database.connection() as connection:
            rows = connection.execute(_PENDING, (trigger_id, limit)).fetchall()
        return [FileChange(*row) for row in rows]

    def delivered(self, changes: Sequence[FileChange]) -> None:
        """Forget changes that were delivered."""
        with self.database.transaction() as connection:
            connection.executemany(_FORGET, ((change.event_id,) for change in changes))
