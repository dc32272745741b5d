"""Restore a data directory from a backup."""

import os
import re
import shutil
import stat
from collections.abc import Container
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from pydantic import TypeAdapter, ValidationError

from isolambda_core.domain.limits import KIB
from isolambda_local.backup.format import (
    FORMAT,
    HEAD,
    REQUIRED,
    SMALL_FILES,
    BackupError,
    DamagedBackupError,
    Head,
    is_in_a_folder,
)
from isolambda_local.backup.placing import begin_restore, place
from isolambda_local.backup.reading import BackupReader, Entry
from isolambda_local.backup.snapshot import check_database, require_room
from isolambda_local.data_directory import DATABASE_NAME, locked, look_at
from isolambda_local.secrets.files import sync_directory
from isolambda_local.secrets.installation_secret import read_secret
from isolambda_local.sources.bucket import FOLDER
from isolambda_local.sqlite.files import kept_from_others
from isolambda_local.sqlite.migrations import SCHEMA_VERSION, NewerSchemaError

_EMPTY: Final = ("lost+found",)
"""A file system of its own has this from the start."""

_HEAD: Final = TypeAdapter(Head)

_MOUNTS: Final = Path("/proc/self/mountinfo")
_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and the folder with what was there before, if there was something."""

    head: Head
    replaced: Path | None


def restore(file: Path, data_dir: Path, *, replace: bool = False) -> Restored:
    """Put a backup into a directory that is empty or not there, all of it or nothing.

    With ``replace`` the directory may be full, but not in use: what has the name of something in
    the backup is kept in a folder of the directory, and all else stays as it is.

    Raises:
        BackupError: the file is no whole backup, or the directory is full.
        DatabaseInUseError: a process uses the directory.
        NewerSchemaError: the backup is of a newer version.
        StartError: the directory cannot be made or used.
        OSError: a file cannot be read or written.
    """
    look_at(data_dir)
    with _open(file) as source, locked(data_dir), ExitStack() as stack:
        if (data_dir / DATABASE_NAME).is_file():
            stack.enter_context(kept_from_others(data_dir / DATABASE_NAME))
        if not replace:
            _require_empty(data_dir)
        require_room(data_dir, os.fstat(source.fileno()).st_size)
        folder = begin_restore(data_dir)
        try:
            head = _unpack(BackupReader(source), folder)
            _check(folder, head)
            _require_movable(folder, data_dir)
            for path, *_ in os.walk(folder, topdown=False):
                sync_directory(Path(path))
        except BaseException:
            shutil.rmtree(folder)
            raise
        replaced = place(folder)
    return Restored(head, replaced if replaced.exists() else None)


def _open(file: Path) -> IO[bytes]:
    # A pipe must not be waited for.
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BackupError(f"{file} is no file")
    return os.fdopen(descriptor, "rb")


def _require_empty(data_dir: Path) -> None:
    for name in os.listdir(data_dir):  # noqa: PTH208 - names alone
        if name not in _EMPTY:
            raise BackupError(
                f"{data_dir} is not empty; choose another --data-dir, or have --replace keep what "
                "is there in a folder of it"
            )


def _unpack(reader: BackupReader, folder: Path) -> Head:
    entries = reader.entries()
    head = _head(reader, next(entries, None))
    for entry in entries:
        name, path = entry.name, folder / entry.name
        if not entry.is_folder and (name in SMALL_FILES or name == DATABASE_NAME):
            if entry.size > SMALL_FILES.get(name, entry.size):
                raise DamagedBackupError(f"{name} is too long")
            _write(reader, path, 0o600, entry)
        elif not is_in_a_folder(name) or (name == FOLDER and not entry.is_folder):
            raise DamagedBackupError(f"{name!a} is nothing that a backup has")
        elif entry.is_folder:
            _make(path, entry)
        else:
            _write(reader, path, entry.mode, entry)
    return head


def _head(reader: BackupReader, entry: Entry | None) -> Head:
    if entry is None or entry.name != HEAD:
        raise DamagedBackupError("it does not begin as one")
    try:
        head = _HEAD.validate_json(reader.small(KIB), strict=True)
    except ValidationError as error:
        raise DamagedBackupError("it does not say who made it") from error
    if head.format > FORMAT:
        raise BackupError(f"Isolambda {head.isolambda} made it, which is newer: use that one")
    if head.schema_version > SCHEMA_VERSION:
        raise NewerSchemaError(head.schema_version)
    return head


def _make(path: Path, entry: Entry) -> None:
    try:
        path.mkdir()
        path.chmod(entry.mode | stat.S_IRWXU)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        raise DamagedBackupError(f"{entry.name!a} has no place") from error


def _write(reader: BackupReader, path: Path, mode: int, entry: Entry) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        raise DamagedBackupError(f"{entry.name!a} has no place") from error
    with os.fdopen(descriptor, "wb") as file:
        while chunk := reader.chunk():
            file.write(chunk)
        file.flush()
        os.fchmod(descriptor, mode)
        os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))
        os.fsync(descriptor)


def _check(folder: Path, head: Head) -> None:
    for name in REQUIRED:
        if not (folder / name).is_file():
            raise DamagedBackupError(f"{name} is not in it")
    read_secret(folder / REQUIRED[1])
    if check_database(folder / DATABASE_NAME) != head.schema_version:
        raise DamagedBackupError("its database has another schema than it says")


def _require_movable(folder: Path, data_dir: Path) -> None:
    # From the first move on there is no way back.
    user, mounts = os.geteuid(), _mounts()
    for entry in folder.iterdir():
        place = data_dir / entry.name
        if not os.path.lexists(place):
            continue
        status = place.lstat()
        is_mount = os.fsencode(data_dir.resolve() / entry.name) in mounts
        if is_mount or status.st_dev != data_dir.stat().st_dev:
            raise BackupError(f"{place} is mounted; unmount it first")
        if user not in {0, status.st_uid}:
            raise BackupError(f"{place} is another user's; restore as the user that serves")


def _mounts() -> Container[bytes]:
    """Return the paths where something is mounted, also of the same file system."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:  # not on Linux, where nothing else has them
        return ()
    paths = (line.split()[4] for line in lines)
    return {_ESCAPE.sub(lambda found: bytes([int(found[1], 8)]), path) for path in paths}
