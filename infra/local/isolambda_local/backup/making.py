"""Make a backup of a data directory, while a server runs on it or not."""

import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from isolambda_core import __version__
from isolambda_core.adapters.clock import SystemClock
from isolambda_local import dispatcher
from isolambda_local.backup.format import (
    REQUIRED,
    SMALL_FILES,
    BackupError,
    Head,
    is_in_a_folder,
)
from isolambda_local.backup.placing import is_ending, is_of_restore
from isolambda_local.backup.snapshot import require_room, take_snapshot
from isolambda_local.backup.writing import BackupWriter
from isolambda_local.data_directory import DATABASE_NAME, locked
from isolambda_local.secrets.files import sync_directory
from isolambda_local.secrets.installation_secret import read_secret
from isolambda_local.sources.bucket import FOLDER

BACKUPS: Final = "backups"
"""The folder of a data directory with backups made before its schema changed."""

_LINKS_FOLLOWED: Final = 3
"""A server follows a link for ``buckets``, an account, and a bucket, and none in a bucket."""

_NOT_TOLD: Final = ("-wal", "-shm", "-journal")
_BESIDES: Final = (dispatcher.LOCK_NAME, BACKUPS, "lost+found")


@dataclass(slots=True)
class Backup:
    """A backup that was made: its bytes, its schema, and how many files are in it.

    ``left_out`` are paths of the data directory that are not in it: links, what is no file, and
    names that no server makes. ``changing`` are files that changed each time they were read.
    """

    file: Path
    schema_version: int
    bytes: int = 0
    files: int = 0
    left_out: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)


def back_up(data_dir: Path, file: Path) -> Backup:
    """Write a backup of a data directory to a new file elsewhere; see :func:`write_backup`.

    Raises:
        BackupError: there is nothing to back up, the file is there already or would be in the data
            directory, or as ``write_backup``.
        IsolambdaError: as ``write_backup``.
        OSError: a file cannot be read or written.
    """
    if data_dir.is_dir():
        with locked(data_dir):  # a restore is waited for, or ended if it was cut off
            pass
    if not (data_dir / DATABASE_NAME).exists():
        raise BackupError(f"nothing is kept in {data_dir}; --data-dir names another directory")
    folder = file.parent.resolve()
    if any(folder.is_relative_to(each.resolve()) for each in (data_dir, data_dir / FOLDER)):
        raise BackupError(f"{file} is in the data directory, and would be lost with it")
    if os.path.lexists(file):
        raise _taken(file)
    return write_backup(data_dir, file)


def write_backup(data_dir: Path, file: Path, *, with_folders: bool = True) -> Backup:
    """Write a backup to a new file, for its owner alone, whole or not at all.

    The database is as it is at one moment; the files of folders are read after it.

    Raises:
        BackupError: something is damaged, the file is there already, the disk is nearly full, or
            another backup was restored meanwhile.
        IsolambdaError: the database or the secret cannot be used as it is.
        OSError: a file cannot be read or written.
    """
    database = data_dir / DATABASE_NAME
    for name in SMALL_FILES:
        _require_small(data_dir / name, SMALL_FILES[name])
    read_secret(data_dir / REQUIRED[1])
    require_room(file.parent, 2 * database.stat().st_size)
    before = database.stat()
    with _unfinished(file) as unfinished, _unfinished(file) as copy:
        try:
            version = take_snapshot(database, copy)
        except sqlite3.Error as error:
            raise BackupError(f"{database} cannot be copied: {error}") from error
        made = Backup(file, version)
        with unfinished.open("wb") as output:
            writer = BackupWriter(
                output, Head(__version__, version, SystemClock().now_ms() // 1000)
            )
            _add(writer, DATABASE_NAME, copy, made)
            for name in SMALL_FILES:
                if (data_dir / name).exists():
                    _add(writer, name, data_dir / name, made)
            if with_folders:
                _add_folders(writer, data_dir, made)
                made.left_out += _unknown(data_dir)
            writer.seal()
            made.bytes = output.tell()
        # Or the secret and the folders may be those of another database.
        if is_ending(data_dir) or not os.path.samestat(before, database.stat()):
            raise BackupError(f"another backup was restored to {data_dir} meanwhile; try again")
        _publish(unfinished, file)
    return made


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    path = file.with_name(f".{file.name}.{secrets.token_hex(4)}.unfinished")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _publish(unfinished: Path, file: Path) -> None:
    try:
        file.hardlink_to(unfinished)  # unlike a rename, it replaces nothing
    except FileExistsError as error:
        raise _taken(file) from error
    except OSError:  # there are file systems without links
        unfinished.rename(file)
    sync_directory(file.parent)


def _taken(file: Path) -> BackupError:
    return BackupError(f"{file} is there already; choose another name")


def _add(
    writer: BackupWriter, name: str, path: Path, made: Backup, below: str | None = None
) -> None:
    # A pipe in the place of a file must not be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        # Who may write to a folder could put a link there since it was listed.
        place = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - text alone
        if not is_file or (below is not None and not place.startswith(f"{below}/")):
            made.left_out.append(name)
            return
        made.files += 1
        if not writer.add(name, descriptor):
            made.changing.append(name)
    finally:
        os.close(descriptor)


def _add_folders(writer: BackupWriter, data_dir: Path, made: Backup) -> None:
    folders = [(FOLDER, "")] if (data_dir / FOLDER).is_dir() else []
    while folders:
        folder, below = folders.pop()
        follows = folder.count("/") < _LINKS_FOLLOWED
        below = os.path.realpath(data_dir / folder) if follows else below
        with suppress(FileNotFoundError):  # it went meanwhile
            writer.add_folder(folder, (data_dir / folder).stat())
            with os.scandir(data_dir / folder) as entries:
                for entry in sorted(entries, key=lambda each: each.name):
                    name = f"{folder}/{entry.name}"
                    if not is_in_a_folder(name):  # what restores it would refuse it
                        made.left_out.append(name)
                    elif entry.is_dir(follow_symlinks=name.count("/") < _LINKS_FOLLOWED):
                        folders.append((name, below))
                    elif entry.is_file(follow_symlinks=False):
                        with suppress(FileNotFoundError):
                            _add(writer, name, data_dir / name, made, below)
                    else:
                        made.left_out.append(name)


def _unknown(data_dir: Path) -> Iterator[str]:
    known = {DATABASE_NAME, FOLDER, *SMALL_FILES, *_BESIDES}
    known |= {f"{DATABASE_NAME}{ending}" for ending in _NOT_TOLD}
    for name in sorted(os.listdir(data_dir)):  # noqa: PTH208 - names alone
        if name not in known and not is_of_restore(name):
            yield name


def _require_small(path: Path, most: int) -> None:
    with suppress(FileNotFoundError):
        if path.stat().st_size > most:
            raise BackupError(f"{path} has more than {most} bytes")
