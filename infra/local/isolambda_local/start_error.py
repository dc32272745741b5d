"""What keeps a server from starting, in one line for the person who started it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EAGAIN, EDQUOT, EMFILE, ENFILE, ENOSPC, EROFS
from pathlib import Path

from isolambda_core.domain.errors import (
    IsolambdaError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.errors import (
    ExecutorUnavailableError,
    UnconfinedError,
)

_FULL = (ENOSPC, EDQUOT)
_FEW_FILES = (EMFILE, ENFILE)

# By the primary code of SQLite's error: what is wrong with the file, and what to do.
_FAULTS = {
    sqlite3.SQLITE_NOTADB: "is not a database; move it away, or restore it from a backup",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "cannot be written, the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "cannot be used, the disk is full or fails; free some space, or mend it",
    sqlite3.SQLITE_BUSY: "is locked by another process; end that one",
    sqlite3.SQLITE_LOCKED: "is locked by another process; end that one",
    sqlite3.SQLITE_READONLY: "cannot be written; check its owner and mode",
    sqlite3.SQLITE_PERM: "cannot be written; check its owner and mode",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check its owner and mode, and `ulimit -n`",
}
_PRIMARY_CODE = 0xFF


class StartError(IsolambdaError):
    """The server cannot start; ``str(error)`` is one line: what is wrong, and what to do."""


@contextmanager
def described(data_dir: Path, database: Path) -> Iterator[None]:
    """Make a :class:`StartError` of what goes wrong while a directory of data is opened."""
    try:
        yield
    except StartError:
        raise
    except StoreUnavailableError as error:
        raise _of_database(database, error) from error
    except IsolambdaError as error:
        raise StartError(_one_line(f"{data_dir}: {error}")) from error
    except OSError as error:
        raise of_file(data_dir, error) from error
    except RuntimeError as error:  # there is no room for another thread
        raise StartError(f"{error}; raise the limit with `ulimit -u`") from error


def of_file(path: Path, error: OSError) -> StartError:
    """Return what an error of the system's means for the start; ``path`` if it names no file."""
    place = _one_line(path if error.filename is None else Path(os.fsdecode(error.filename)))
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return StartError(f"{place} cannot be written, the disk is full; free some space")
    if error.errno in _FEW_FILES:
        return StartError(f"{reason}; raise the limit with `ulimit -n`")
    if error.errno == EROFS:
        return StartError(f"{place} is on a read-only file system; choose another --data-dir")
    if isinstance(error, PermissionError):
        return StartError(f"{place}: {reason}; change its owner or mode, or the --data-dir")
    return StartError(f"{place}: {reason}; put that right, or choose another --data-dir")


def of_workers(error: ExecutorUnavailableError) -> StartError:
    """Return what it means for the start that a worker process does not come up."""
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in _FEW_FILES:
        return StartError(f"{cause.strerror}; raise the limit with `ulimit -n`")
    if isinstance(cause, OSError) and cause.errno == EAGAIN:
        return StartError("no more processes can be started; raise the limit with `ulimit -u`")
    if isinstance(error, UnconfinedError):
        return StartError(f"{error}; serve elsewhere, or with --unconfined, if all code is yours")
    if isinstance(cause, TimeoutError):
        return StartError("the workers take too long to start; free the machine, and try again")
    return StartError(
        f"the workers that run functions do not start: {cause or error}; "
        "V8 needs Linux with glibc 2.27 or newer on x86_64 or arm64, and memory"
    )


def _of_database(path: Path, error: StoreUnavailableError) -> StartError:
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    known = None if code is None else _FAULTS.get(code & _PRIMARY_CODE)
    return StartError(f"{_one_line(path)} {known or f'cannot be used: {cause or error}'}")


def _one_line(text: object) -> str:
    # The name of a file may hold line ends.
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
