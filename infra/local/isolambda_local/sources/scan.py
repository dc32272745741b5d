"""What is in a folder that stands for a bucket."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from isolambda_local.sqlite.watches import File

ENTRIES_MAX = 10_000
"""Files and folders below a folder; one with more is not looked at."""
_KEY_BYTES = 1_024  # of an object, as S3 has it


class FolderTooFullError(Exception):
    """There are more than ``ENTRIES_MAX`` files and folders below a folder."""


def scan(folder: Path) -> Mapping[str, File]:
    """Return the files below a folder, by their paths in it.

    Links are not followed. Whose path is not UTF-8, or longer than a key in S3, is left out.

    Raises:
        FolderTooFullError: there are more than ``ENTRIES_MAX``.
        OSError: the folder cannot be read; for one, it is not there.
    """
    entries = _entries(str(folder))
    found = list(islice(entries, ENTRIES_MAX))
    if any(entries):
        raise FolderTooFullError
    files = {}
    for entry in found:
        key = entry.path[len(str(folder)) + 1 :]
        if _is_key(key) and entry.is_file(follow_symlinks=False):
            with suppress(FileNotFoundError):  # it went meanwhile
                status = entry.stat(follow_symlinks=False)
                etag = f"{status.st_mtime_ns:x}-{status.st_size:x}"
                files[key] = File(etag, status.st_size)
    return files


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    folders = [folder]
    while folders:
        path = folders.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except FileNotFoundError:  # it went meanwhile, with all that was in it
            if path == folder:
                raise


def _is_key(path: str) -> bool:
    try:
        return len(path.encode()) <= _KEY_BYTES
    except UnicodeEncodeError:
        return False
