"""Connections to one SQLite database, for many threads at once.

A thread borrows a connection for the time of one operation. A file has a few of them, so that
readers do not wait for a writer's disk; memory has one, since each connection to memory would be a
database of its own. A write is a single statement, or some in one transaction: SQLite makes it
atomic, and lets one writer in at a time, be it of this process or another.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from errno import ESTALE
from pathlib import Path
from queue import Empty, LifoQueue
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import Any, NamedTuple

from isolambda_core.domain.accounts.errors import disk_full
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import (
    DISK_RESERVED_BYTES,
    DISK_RESERVED_PERCENT,
    MIB,
)
from isolambda_local.sqlite.fair_lock import FairLock
from isolambda_local.sqlite.files import is_database, require_log
from isolambda_local.sqlite.migrations import (
    prepare,
    require_ours,
)

_CONNECTIONS_TO_A_FILE = 4
_TIMEOUT_SECONDS = 5.0
"""How long to wait for a lock of another connection, or for a connection to come free."""

_RETRY_SECONDS = 0.01

_PAGE_BYTES = 4_096

_CHECKED_BYTES = 64 * MIB
"""Up to here SQLite looks for damage in about half a second."""

_BATCH_BYTES = MIB
"""How much is in memory of a walk at a time, or one row; as much as DynamoDB answers with."""

# SQLite's codes for faults of the file, the disk or the moment, and not of the statement.
_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)
_PRIMARY_CODE = 0xFF
"""SQLite keeps the kind of an error in the low byte of its code, and details above."""


class Space(NamedTuple):
    """Bytes of a disk: all, those that are free, and those that records leave free."""

    total: int
    free: int
    reserved: int


class Database:
    """A few connections to one database; :meth:`close` it."""

    def __init__(self, path: Path | None) -> None:
        """Open the file at ``path``, or a new database in memory.

        Raises:
            NewerSchemaError: the file has a schema that this code does not know.
            ForeignDatabaseError: the file is a database of another program.
            DamagedLogError: the file with its latest changes is damaged.
            OSError: that file cannot be read.
            StoreUnavailableError: the file cannot be opened, or is no database.
        """
        if path is not None:
            require_log(path)
            with _errors_mapped():
                _require_database(path)
        self._path = path
        self._directory = None if path is None else path.parent
        count = 1 if path is None else _CONNECTIONS_TO_A_FILE
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._open = count
        self._turn = FairLock()
        self._writer = FairLock()
        with _errors_mapped(), ExitStack() as undo:
            for _ in range(count):
                connection = undo.enter_context(closing(_connect(path)))
                _configure(connection)
                self._idle.put(connection)
            self._opened = None if path is None else path.stat()
            undo.pop_all()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in autocommit mode; finish every cursor before giving it back.

        Raises:
            StoreUnavailableError: no connection came free, or SQLite could not do the work.
        """
        with _errors_mapped():
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to write with, to one thread of this process at a time.

        SQLite lets one writer in as well, but those that wait for it hold connections which readers
        need, and it does not let them in in turn: on a slow disk one can wait for ever.

        Raises:
            StoreUnavailableError: as :meth:`connection`, or other writers took too long.
        """
        if not self._writer.acquire(_TIMEOUT_SECONDS):
            raise StoreUnavailableError
        try:
            with self.connection() as connection:
                yield connection
        finally:
            self._writer.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection as :meth:`writing`, for statements that are made all or not at all.

        Raises:
            StoreUnavailableError: as :meth:`writing`.
        """
        with self.writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def batch(self, statement: str, parameters: Sequence[str | int]) -> Sequence[tuple[Any, ...]]:
        """Return the first rows of a query, all or about ``_BATCH_BYTES``.

        Raises:
            StoreUnavailableError: as :meth:`connection`.
        """
        found = []
        size = 0
        with (
            self.connection() as connection,
            closing(connection.execute(statement, parameters)) as rows,
        ):
            for row in rows:
                found.append(row)
                size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
                if size > _BATCH_BYTES:
                    break
        return found

    def require_space(self) -> None:
        """Let pass what takes more space, while the disk has some to spare.

        Raises:
            StorageFullError: what is left of the disk is for what must be written.
        """
        space = self.space()
        if space.free < space.reserved:
            raise disk_full(space.total - space.free, space.total - space.reserved)

    def space(self) -> "Space":
        """Return what the disk has; of a database in memory, no disk is asked.

        Raises:
            OSError: the disk does not tell.
        """
        if self._directory is None:
            return Space(0, 0, 0)
        disk = shutil.disk_usage(self._directory)
        reserved = min(DISK_RESERVED_BYTES, disk.total * DISK_RESERVED_PERCENT // 100)
        return Space(disk.total, disk.free, reserved)

    def require_writable(self) -> None:
        """Let pass what writes, while the database can be locked and its disk takes bytes.

        Nothing in the database changes: a change would have all processes forget what they read.

        Raises:
            StoreUnavailableError: as :meth:`transaction`.
            OSError: the disk takes nothing, or the file that is open is no longer the one at its
                path, so that what is written would be lost with the end of the process.
        """
        if self._path is not None and self._opened is not None:
            if not os.path.samestat(self._path.stat(), self._opened):
                raise OSError(ESTALE, os.strerror(ESTALE))
            with TemporaryFile(dir=self._directory, buffering=0) as file:
                file.write(bytes(_PAGE_BYTES))
                os.fsync(file)
        with self.transaction():
            pass

    def check(self) -> None:
        """Look for damage: in all of a file of up to ``_CHECKED_BYTES``, else where tables begin.

        Raises:
            StoreUnavailableError: the file is damaged, or as :meth:`connection`.
        """
        with self.connection() as connection:
            _check(connection)

    def close(self) -> None:
        """Close every connection, each as soon as its borrower is done.

        Raises:
            StoreUnavailableError: a borrower did not finish in time.
        """
        while self._open:
            with _errors_mapped():
                self._idle.get(timeout=_TIMEOUT_SECONDS).close()
            self._open -= 1

    def _borrow(self) -> sqlite3.Connection:
        # A waiting thread holds the turn, so that a busy thread cannot return a connection and
        # borrow it again before those that wait.
        if not self._turn.acquire(_TIMEOUT_SECONDS):
            raise StoreUnavailableError
        try:
            return self._idle.get(timeout=_TIMEOUT_SECONDS)
        finally:
            self._turn.release()


def _check(connection: sqlite3.Connection) -> None:
    size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    if connection.execute(size).fetchone()[0] <= _CHECKED_BYTES:
        [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise _fault(sqlite3.SQLITE_CORRUPT, found)
        return
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
        connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchall()  # noqa: S608 - our own names


def _require_database(path: Path) -> None:
    if not is_database(path):
        raise _fault(sqlite3.SQLITE_NOTADB, "file is not a database")


def _fault(code: int, message: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(message)
    error.sqlite_errorcode = code
    return error


def _connect(path: Path | None) -> sqlite3.Connection:
    return sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite's own timeout does not hold here: of two that change the mode of a new file at the
    # same moment, it refuses one at once, so that they do not wait for each other.
    deadline = monotonic() + _TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            if monotonic() > deadline:
                raise
            sleep(_RETRY_SECONDS)
        else:
            return


def _configure(connection: sqlite3.Connection) -> None:
    require_ours(connection)  # before anything is written to it
    _use_wal(connection)
    # What was acknowledged survives kill -9 and loss of power: each commit waits for the disk.
    connection.execute("PRAGMA synchronous = FULL")
    # On macOS only this makes the drive empty its cache; elsewhere it means nothing.
    connection.execute("PRAGMA fullfsync = ON")
    prepare(connection)


@contextmanager
def _errors_mapped() -> Iterator[None]:
    try:
        yield
    except Empty as error:
        raise StoreUnavailableError from error
    except sqlite3.DatabaseError as error:
        # Python's own complaints, of a closed connection for one, carry no code.
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _UNAVAILABLE:
            raise StoreUnavailableError from error
        raise
