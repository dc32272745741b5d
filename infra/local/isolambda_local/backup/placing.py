"""Put what was restored in place, so that a kill at any moment leaves it to the next command.

What is whole and checked is in a folder of the data directory. That folder is renamed once, and
from then on all in it is moved up, name by name; what had a name before is kept in another folder.
A name that is still in the first one was not moved yet, so the work can go on wherever it ended.
"""

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from isolambda_local.secrets.files import sync_directory

_UNFINISHED: Final = "restoring-"
"""Begins the name of a folder with what is not all there; it is worth nothing."""
_RESTORED: Final = "restored-"
_REPLACED: Final = "replaced-"
_STAMP: Final = r"\d{8}T\d{6}Z-[0-9a-f]{4}"
_NAMES: Final = {
    _UNFINISHED: re.compile(rf"{_UNFINISHED}[0-9a-f]{{8}}"),
    _RESTORED: re.compile(rf"{_RESTORED}{_STAMP}"),
    _REPLACED: re.compile(rf"{_REPLACED}{_STAMP}"),
}
"""An operator may have other names that begin so."""
_OF_DATABASE: Final = ("-wal", "-shm", "-journal", "")
"""A database goes with the files that SQLite has beside it, and after them."""


def begin_restore(data_dir: Path) -> Path:
    """Make a folder for what is restored."""
    folder = data_dir / f"{_UNFINISHED}{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    return folder


def place(folder: Path) -> Path:
    """Put in place what is in a folder of ``begin_restore``, all on the disk already.

    Returns the folder that keeps what was replaced, if there was something.
    """
    data_dir = folder.parent
    stamp = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"
    folder.rename(data_dir / f"{_RESTORED}{stamp}")
    sync_directory(data_dir)
    end_restore(data_dir)
    return data_dir / f"{_REPLACED}{stamp}"


def end_restore(data_dir: Path) -> None:
    """Go on with a restore that was killed while it put files in place, if there is one.

    What is left of those that were killed before goes. The directory must be locked.
    """
    for folder in _folders(data_dir, _UNFINISHED):
        shutil.rmtree(folder, ignore_errors=True)  # it may be another user's
    for folder in _folders(data_dir, _RESTORED):
        replaced = data_dir / f"{_REPLACED}{folder.name.removeprefix(_RESTORED)}"
        for entry in sorted(folder.iterdir()):
            _keep(data_dir / entry.name, replaced)
            entry.rename(data_dir / entry.name)
            sync_directory(data_dir)
        folder.rmdir()
        sync_directory(data_dir)


def is_ending(data_dir: Path) -> bool:
    """Return whether a restore is putting files in place, or was killed meanwhile."""
    return any(_folders(data_dir, _RESTORED))


def is_of_restore(name: str) -> bool:
    """Return whether a name is that of a folder which a restore makes, or leaves."""
    return any(pattern.fullmatch(name) for pattern in _NAMES.values())


def _folders(data_dir: Path, kind: str) -> Iterator[Path]:
    for folder in sorted(data_dir.glob(f"{kind}*")):
        if _NAMES[kind].fullmatch(folder.name):
            yield folder


def _keep(path: Path, replaced: Path) -> None:
    for ending in _OF_DATABASE:
        old = path.with_name(f"{path.name}{ending}")
        if old.is_symlink() or old.exists():
            replaced.mkdir(mode=0o700, exist_ok=True)
            old.rename(replaced / old.name)
            sync_directory(replaced)
            sync_directory(path.parent)
