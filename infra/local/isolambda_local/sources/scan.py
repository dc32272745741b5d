"""List the files of a folder that stands for a bucket."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from isolambda_core.domain import limits
from isolambda_local.sqlite.folder_state import File


class FolderTooFullError(Exception):
    """There are more than ``limits.FOLDER_ENTRIES`` files and folders below a folder."""


def scan(folder: Path) -> Mapping[str, File]:
    """Return the files below a folder, by their paths in it.

    It follows no links, and leaves out files whose path is not UTF-8, or longer than a key in S3.

    Raises:
        FolderTooFullError: there are more than ``limits.FOLDER_ENTRIES``.
        OSError: the folder cannot be read, or does not exist.
    """
    entries = _entries(str(folder))
    found = list(islice(entries, limits.FOLDER_ENTRIES))
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
        return len(path.encode()) <= limits.OBJECT_KEY_BYTES
    except UnicodeEncodeError:
        return False
