"""Tell whether what requests read has changed, whichever process changed it."""

import sqlite3
from mmap import mmap
from pathlib import Path
from threading import Lock

from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_local.sqlite.wal_index import HEADER_BYTES, wal_index_of


class SqliteChanges:
    """The port ``Changes``, by a connection that never writes, for threads; :meth:`close` it.

    Each commit changes the header of the log's index, which this process has in memory. Only then
    SQLite is asked, and only if its ``data_version`` has changed too, because a connection has
    committed, the number that triggers keep is read: most commits are of records and of the queue.
    """

    def __init__(self, path: Path) -> None:
        """Open the database in the file at ``path``, whose tables exist."""
        self._path = path
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        self._lock = Lock()  # a statement that another one overlaps sees what that one saw
        self._index: mmap | bytes = b""
        self._knows_index = False
        self._header: bytes | None = None
        self._version = -1
        self._number = -1

    def count(self) -> int:
        """See ``Changes.count``; it takes a microsecond, and waits for no writer."""
        if self._index[:HEADER_BYTES] == self._header:
            return self._number
        with self._lock:
            return self._ask()

    def _ask(self) -> int:
        # Whatever is committed from here on changes the header again.
        header = self._index[:HEADER_BYTES]
        try:
            [(version,)] = self._connection.execute("PRAGMA data_version")
            if version != self._version:
                [(self._number,)] = self._connection.execute("SELECT number FROM changes")
                self._version = version
        except sqlite3.Error as error:
            raise StoreUnavailableError from error
        if not self._knows_index:  # by now SQLite has opened it
            self._index, self._knows_index = wal_index_of(self._path) or b"", True
        self._header = header or None
        return self._number

    def close(self) -> None:
        """Close the connection."""
        self._header = None
        self._connection.close()
