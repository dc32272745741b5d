"""The directory where everything is kept: checked before it is touched, made whole or not."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isolambda_local import dispatcher
from isolambda_local.backup.placing import end_restore
from isolambda_local.secrets import (
    credentials,
    installation_secret,
)
from isolambda_local.start_error import StartError, of_file

DATABASE_NAME = "isolambda.sqlite3"
_OF_DATABASE = ("", "-wal", "-shm", "-journal")
_MADE_BESIDES = (installation_secret.FILE_NAME, credentials.FILE_NAME, dispatcher.LOCK_NAME)
_SQLITE_PATH_BYTES = 512 - len("-journal")


def look_at(data_dir: Path) -> None:
    """Check that everything can be kept in a directory, or that it can be made; write nothing.

    Raises:
        StartError: it is something else, or cannot be written, or its path is too long.
    """
    try:
        _look_at(data_dir)
    except OSError as error:
        raise of_file(data_dir, error) from error


@contextmanager
def preparing(data_dir: Path) -> Iterator[None]:
    """Make the directory as :func:`locked`; a first start that fails in the block leaves nothing.

    Raises:
        StartError: the directory cannot be made.
    """
    with locked(data_dir), _undoing(data_dir):
        yield


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Keep a directory from others that prepare or restore one; it is made where there is none.

    One process at a time has it; others wait. A restore that was cut off when it put files in place
    is ended first. A directory that was made for a block that fails is removed, if it is empty.

    Raises:
        StartError: the directory cannot be made.
    """
    made = [folder for folder in (data_dir, *data_dir.parents) if not folder.exists()]
    try:
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise of_file(data_dir, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            end_restore(data_dir)
            yield
        finally:
            os.close(lock)
    except BaseException:
        # What another process has put there meanwhile stays, and its folder with it.
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


@contextmanager
def _undoing(data_dir: Path) -> Iterator[None]:
    if (data_dir / DATABASE_NAME).exists():
        yield
        return
    names = [f"{DATABASE_NAME}{ending}" for ending in _OF_DATABASE]
    names += [name for name in _MADE_BESIDES if not os.path.lexists(data_dir / name)]
    try:
        yield
    except BaseException:
        for name in names:
            (data_dir / name).unlink(missing_ok=True)
        raise


def _look_at(data_dir: Path) -> None:
    length = len(os.fsencode(data_dir.absolute() / DATABASE_NAME))
    if length > _SQLITE_PATH_BYTES:
        raise StartError(
            f"the path of --data-dir is {length - _SQLITE_PATH_BYTES} bytes too long for SQLite; "
            "choose a shorter one"
        )
    if data_dir.is_symlink() and not data_dir.exists():
        raise StartError(
            f"{data_dir} is a link to {data_dir.readlink()}, which is not there; "
            "make that directory, or choose another --data-dir"
        )
    nearest = next(folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise StartError(f"{nearest} is no directory; move it away, or choose another --data-dir")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise StartError(
            f"{nearest} cannot be written; change its owner or mode, or choose another --data-dir"
        )
