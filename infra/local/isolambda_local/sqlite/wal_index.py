"""The index of a database's write-ahead log, a file that all its processes have in memory.

https://sqlite.org/walformat.html, "WAL-Index File Format". Its header, of which it holds two
copies, has a counter and sums that each commit changes before it is acknowledged. A connection that
has read the database keeps all others from leaving that mode.
"""

import mmap
import os
import sys
from pathlib import Path
from typing import Final

HEADER_BYTES: Final = 96
"""The length of both copies of the header."""
_VERSION: Final = (3_007_000).to_bytes(4, sys.byteorder)

# SQLite's locks on the file are those of the process: to close any descriptor of it ends them.
_mapped: dict[tuple[int, int], tuple[int, mmap.mmap]] = {}


def wal_index_of(database: Path) -> mmap.mmap | None:
    """Return the index of a database that this process has read, or None if it cannot be read.

    It stays in memory until the file is removed, as SQLite does when no process uses the database.
    """
    _forget_removed()
    path = database.resolve()
    path = path.with_name(f"{path.name}-shm")
    try:
        status = path.stat()
        file = (status.st_dev, status.st_ino)
        if file not in _mapped:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            _mapped[file] = descriptor, mmap.mmap(descriptor, HEADER_BYTES, prot=mmap.PROT_READ)
    except (OSError, ValueError):  # it is kept elsewhere, or is shorter
        return None
    index = _mapped[file][1]
    return index if index[: len(_VERSION)] == _VERSION else None


def _forget_removed() -> None:
    for file, (descriptor, _) in list(_mapped.items()):
        if not os.fstat(descriptor).st_nlink:
            del _mapped[file]
            os.close(descriptor)
