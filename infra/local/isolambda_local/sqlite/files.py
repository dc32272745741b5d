"""The files of a SQLite database, before SQLite opens them.

SQLite goes on without a log that is damaged, and makes a database of a file that is too short.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isolambda_core.domain.errors import IsolambdaError

_MAGIC = b"SQLite format 3\0"
_LOG_MAGIC = (0x377F0682, 0x377F0683)
_HEADER_BYTES = 32

# Each connection has locks in these bytes: https://sqlite.org/fileformat2.html, "lock-byte page".
_LOCKED_FROM = 0x4000_0000
_LOCKED_BYTES = 512


class DamagedLogError(IsolambdaError):
    """The log is damaged; SQLite would go on without it, and without the latest changes."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the file {name} is damaged; restore it together with the database from a backup, or "
            "remove it to give up the latest changes"
        )


class DatabaseInUseError(IsolambdaError):
    """Another process has the database open."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"another process uses {path}; end it, and try again")


@contextmanager
def kept_from_others(path: Path) -> Iterator[None]:
    """Keep other processes out of a database while the block runs; this one must not have it open.

    It holds whatever is in the file, and changes nothing.

    Raises:
        DatabaseInUseError: a process has it open.
        OSError: the file cannot be opened, or there is none.
    """
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKED_BYTES, _LOCKED_FROM)
        except (BlockingIOError, PermissionError) as error:
            raise DatabaseInUseError(path) from error
        yield


def is_database(path: Path) -> bool:
    """Return whether a file begins like a database, or is empty or missing.

    Raises:
        OSError: it cannot be read.
    """
    header = _read(path, len(_MAGIC))
    return header in {b"", _MAGIC}


def require_log(database: Path) -> None:
    """Check that the log of a database, where there is one, begins like a log.

    Raises:
        DamagedLogError: it does not.
        OSError: it cannot be read.
    """
    path = database.with_name(f"{database.name}-wal")
    header = _read(path, _HEADER_BYTES)
    # One that was cut off, or is empty as far as it goes, was never used: that is no damage.
    if len(header) < _HEADER_BYTES or not any(header):
        return
    if int.from_bytes(header[:4]) not in _LOG_MAGIC:
        raise DamagedLogError(path.name)


def _read(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return b""
