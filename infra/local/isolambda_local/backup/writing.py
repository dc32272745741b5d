"""Write the entries of a backup."""

import hashlib
import os
import tarfile
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final

from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import MIB
from isolambda_local.backup.format import BLOCK, HEAD, SEAL, Head
from isolambda_local.backup.snapshot import require_room, share_disk

_CHUNK_BYTES: Final = MIB
_SYNC_BYTES: Final = 4 * MIB
"""How much is written before others have the disk."""
_TRIES: Final = 3
_BILLION: Final = 1_000_000_000


class BackupWriter:
    """Writes a backup to an empty file; :meth:`seal` it."""

    def __init__(self, file: IO[bytes], head: Head) -> None:
        """Begin with what a backup begins with."""
        self._file = file
        self._sum = hashlib.sha256()
        self._unsynced = 0
        self._add_text(HEAD, f"{dump(asdict(head))}\n")

    def add_folder(self, name: str, status: os.stat_result) -> None:
        """Add a folder, with the mode of ``status``."""
        self._write(_header(name, tarfile.DIRTYPE, 0, status.st_mode, status.st_mtime_ns))

    def add(self, name: str, descriptor: int) -> bool:
        """Add an open file; return whether it stayed the same while it was read.

        One that changes is read again, a few times; the last bytes that were read stay.
        """
        start, before = self._file.tell(), self._sum.copy()
        for _ in range(_TRIES):
            self._file.seek(start)
            self._file.truncate()
            self._sum = before.copy()
            status = os.fstat(descriptor)
            self._add_file(name, descriptor, status)
            after = os.fstat(descriptor)
            if (after.st_size, after.st_mtime_ns) == (status.st_size, status.st_mtime_ns):
                return True
        return False

    def seal(self) -> None:
        """End with the sum of all, and wait until the file is on the disk."""
        self._add_text(SEAL, f"{self._sum.hexdigest()}\n")
        self._write(bytes(2 * BLOCK))  # as every tar file ends
        self._file.flush()
        os.fsync(self._file.fileno())

    def _add_text(self, name: str, text: str) -> None:
        content = text.encode("ascii")
        self._write(_header(name, tarfile.REGTYPE, len(content), 0o600, 0))
        self._write(content)
        self._pad(len(content))

    def _add_file(self, name: str, descriptor: int, status: os.stat_result) -> None:
        size = status.st_size
        self._write(_header(name, tarfile.REGTYPE, size, status.st_mode, status.st_mtime_ns))
        position = 0
        while position < size:
            read = os.pread(descriptor, min(_CHUNK_BYTES, size - position), position)
            # One that was cut off meanwhile still needs as many bytes as its header says.
            chunk = read or bytes(min(_CHUNK_BYTES, size - position))
            self._write(chunk)
            position += len(chunk)
        self._pad(size)

    def _pad(self, size: int) -> None:
        self._write(bytes(-size % BLOCK))

    def _write(self, data: bytes) -> None:
        self._sum.update(data)
        self._file.write(data)
        self._unsynced += len(data)
        if self._unsynced >= _SYNC_BYTES:
            self._file.flush()
            share_disk(self._file.fileno())
            require_room(Path(self._file.name).parent)
            self._unsynced = 0


def _header(name: str, kind: bytes, size: int, mode: int, mtime_ns: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = size
    info.mode = mode & 0o777
    seconds, fraction = divmod(abs(mtime_ns), _BILLION)
    info.mtime = seconds if mtime_ns >= 0 else -seconds
    if fraction:  # a folder that is watched tells files apart by their nanoseconds
        info.pax_headers = {"mtime": f"{'-' * (mtime_ns < 0)}{seconds}.{fraction:09}"}
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
