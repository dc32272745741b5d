"""A copy of a database as it is at one moment, while others write to it."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from isolambda_core.domain.limits import DISK_RESERVED_BYTES, DISK_RESERVED_PERCENT, MIB
from isolambda_local.backup.format import BackupError, bytes_of
from isolambda_local.sqlite.files import is_database, require_log
from isolambda_local.sqlite.migrations import require_ours

_TIMEOUT_S: Final = 5.0
_VALUE_BYTES: Final = 128 * MIB
"""Longest value that a database is believed to have; a record has a tenth at most."""
_PAGES: Final = 2_048
"""Pages of one step, after which others have the disk."""


def take_snapshot(database: Path, copy: Path) -> int:
    """Copy a database into an empty file, and return the version of its schema.

    All is read in one transaction, so writers go on, and what they write meanwhile is not in it.

    Raises:
        BackupError: the disk of the copy is nearly full, or there is no database or a damaged one.
        NewerSchemaError: a newer version wrote the database.
        ForeignDatabaseError: it is another program's.
        DamagedLogError: the file with its latest changes is damaged.
        sqlite3.Error: it cannot be read.
        OSError: a file cannot be read or written.
    """
    require_log(database)
    if not is_database(database):
        raise BackupError(f"{database} is not a database")
    descriptor = os.open(copy, os.O_RDWR)
    try:
        with closing(open_read_only(database)) as source, closing(_open_copy(copy)) as target:
            require_ours(source)
            # Without it each step reads what is there by then, and begins anew when it changed.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()

            def step(*_: int) -> None:
                share_disk(descriptor)
                require_room(copy.parent)

            source.backup(target, pages=_PAGES, progress=step)
    finally:
        os.close(descriptor)
    return check_database(copy)


def check_database(path: Path) -> int:
    """Look for damage in all of a database that nothing writes to; return its schema's version.

    Raises:
        BackupError: it is damaged or empty.
        NewerSchemaError: a newer version wrote it.
        ForeignDatabaseError: it is another program's.
    """
    try:
        with closing(open_read_only(path, "&immutable=1")) as connection:
            # Others may have made the file: what its schema computes is bounded.
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
            require_ours(connection)
            [(version,)] = connection.execute("PRAGMA user_version")
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"the database is damaged: {error}") from error
    if found != ("ok",) or not version:
        raise BackupError(f"the database is damaged: {found[0] if version else 'it is empty'}")
    return int(version)


def open_read_only(path: Path, options: str = "") -> sqlite3.Connection:
    """Open a database that stays as it is."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{options}",
        uri=True,
        timeout=_TIMEOUT_S,
        isolation_level=None,
    )


def require_room(folder: Path, size: int = 0) -> None:
    """Let pass what takes ``size`` bytes, where the disk has them beyond what a server keeps free.

    Raises:
        BackupError: it has not.
    """
    disk = shutil.disk_usage(folder)
    reserved = min(DISK_RESERVED_BYTES, disk.total * DISK_RESERVED_PERCENT // 100)
    if disk.free < size + reserved:
        raise BackupError(
            f"{folder} needs {bytes_of(size)} and {bytes_of(reserved)} that stay free, and "
            f"{bytes_of(disk.free)} are left; free some space"
        )


def share_disk(descriptor: int) -> None:
    """Wait until what was written is on the disk, and as long again, so that others write too."""
    began = monotonic()
    os.fdatasync(descriptor)
    sleep(monotonic() - began)


def _open_copy(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(path, isolation_level=None)
    # A copy that is cut off is thrown away.
    copy.execute("PRAGMA journal_mode = OFF").fetchone()
    copy.execute("PRAGMA synchronous = OFF")
    return copy
