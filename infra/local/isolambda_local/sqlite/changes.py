"""Tell whether what requests read has changed, whichever process changed it."""

import sqlite3
from pathlib import Path
from threading import Lock

from isolambda_core.domain.errors import StoreUnavailableError


class SqliteChanges:
    """The port ``Changes``, by a connection that never writes, for threads; :meth:`close` it.

    SQLite changes its ``data_version`` when another connection has committed. Only then the number
    that triggers keep is read: most commits are of records and of the queue.
    """

    def __init__(self, path: Path) -> None:
        """Open the database in the file at ``path``, whose tables exist."""
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        self._lock = Lock()  # a statement that another one overlaps sees what that one saw
        self._version = -1
        self._number = -1

    def count(self) -> int:
        """See ``Changes.count``; it takes microseconds, and waits for no writer."""
        try:
            with self._lock:
                [(version,)] = self._connection.execute("PRAGMA data_version")
                if version != self._version:
                    [(self._number,)] = self._connection.execute("SELECT number FROM changes")
                    self._version = version
                return self._number
        except sqlite3.Error as error:
            raise StoreUnavailableError from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
