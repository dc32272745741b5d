"""Read a backup, which anyone may have written: each size and each name is checked before use."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from isolambda_core.domain.limits import KIB, MIB
from isolambda_local.backup.format import (
    BLOCK,
    NAME_BYTES,
    SEAL,
    DamagedBackupError,
)

_CHUNK_BYTES: Final = MIB
_ATTRIBUTES_BYTES: Final = NAME_BYTES + 4 * KIB
_FILE, _FOLDER, _ATTRIBUTES = b"0", b"5", b"x"
_NUMBER: Final = re.compile(rb" *([0-7]{1,12})[ \0]*")
_ATTRIBUTE: Final = re.compile(rb"(\d{1,5}) ([A-Za-z.]{1,32})=")
_SIZE: Final = re.compile(rb"\d{1,18}")
_TIME: Final = re.compile(rb"(-?)(\d{1,18})(?:\.(\d{1,9}))?")
"""In seconds; a file can be of a time before 1970, or of any later one."""
_SUM_AT: Final = slice(148, 156)
_BILLION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of ``size`` bytes, or a folder; ``mode`` has the nine bits of rights alone."""

    name: str
    size: int
    mode: int
    mtime_ns: int
    is_folder: bool


class BackupReader:
    """Reads the entries in their order, and sums up all that it reads."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin at the start of a file."""
        self._file = file
        self._sum = hashlib.sha256()
        self._left = 0
        """Bytes of the current entry that were not read, without those that fill its block."""
        self._fill = 0

    def entries(self) -> Iterator[Entry]:
        """Yield the entries, but not the last one, which must be the sum of all before it.

        Raises:
            DamagedBackupError: what follows is no entry of a backup, or the sum is another one.
        """
        while True:
            before = self._sum.hexdigest()
            entry = self._next()
            if entry.name == SEAL:
                if self.small(len(before) + 1) != f"{before}\n".encode():
                    raise DamagedBackupError("its SHA-256 is another one than was written")
                self._end()
                return
            yield entry
            while self.chunk():
                pass

    def chunk(self) -> bytes:
        """Return the next bytes of the current entry, none at its end."""
        size = min(_CHUNK_BYTES, self._left)
        data = self._read(size)
        self._left -= size
        if not self._left:
            if any(self._read(self._fill)):
                raise DamagedBackupError("there is something between two entries")
            self._fill = 0
        return data

    def small(self, most: int) -> bytes:
        """Return the current entry in whole.

        Raises:
            DamagedBackupError: it has more than ``most`` bytes.
        """
        if self._left > most:
            raise DamagedBackupError(f"an entry has {self._left} bytes, and may have {most}")
        return b"".join(iter(self.chunk, b""))

    def _next(self) -> Entry:
        attributes: dict[bytes, bytes] = {}
        header = self._header()
        if _kind(header) == _ATTRIBUTES:
            self._begin(_number(header[124:136]))
            attributes = _attributes(self.small(_ATTRIBUTES_BYTES))
            header = self._header()
        kind = _kind(header)
        if kind not in {_FILE, _FOLDER}:
            raise DamagedBackupError("an entry is neither a file nor a folder")
        name = attributes.get(b"path", _text(header[:100]))
        if b"path" not in attributes and header[345]:
            name = _text(header[345:500]) + b"/" + name
        if kind == _FOLDER:
            name = name.removesuffix(b"/")
        if not name or len(name) > NAME_BYTES:
            raise DamagedBackupError("an entry has no name, or one that is too long")
        size = _number(header[124:136])
        if b"size" in attributes:
            size = int(_matched(_SIZE, attributes[b"size"]).group())
        if kind == _FOLDER and size:
            raise DamagedBackupError("a folder has bytes")
        self._begin(size)
        return Entry(
            os.fsdecode(name),
            size,
            _number(header[100:108]) & 0o777,
            _mtime_ns(header, attributes),
            kind == _FOLDER,
        )

    def _begin(self, size: int) -> None:
        self._left, self._fill = size, -size % BLOCK

    def _header(self) -> bytes:
        header = self._read(BLOCK)
        blank = header[: _SUM_AT.start] + b" " * 8 + header[_SUM_AT.stop :]
        if header[257:262] != b"ustar" or _number(header[_SUM_AT]) != sum(blank):
            raise DamagedBackupError("what follows is no entry")
        return header

    def _end(self) -> None:
        rest = self._file.read(2 * BLOCK + 1)
        if rest != bytes(2 * BLOCK):
            raise DamagedBackupError("it goes on after its end")

    def _read(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise DamagedBackupError("it was cut off")
        self._sum.update(data)
        return data


def _kind(header: bytes) -> bytes:
    return header[156:157]


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _matched(pattern: re.Pattern[bytes], text: bytes) -> re.Match[bytes]:
    found = pattern.fullmatch(text)
    if found is None:
        raise DamagedBackupError("a number is none")
    return found


def _number(field: bytes) -> int:
    return int(_matched(_NUMBER, field).group(1), 8)


def _mtime_ns(header: bytes, attributes: dict[bytes, bytes]) -> int:
    if b"mtime" not in attributes:
        return _number(header[136:148]) * _BILLION
    sign, seconds, fraction = _matched(_TIME, attributes[b"mtime"]).groups()
    mtime_ns = int(seconds) * _BILLION + int((fraction or b"").ljust(9, b"0"))
    return -mtime_ns if sign else mtime_ns


def _attributes(text: bytes) -> dict[bytes, bytes]:
    found = {}
    while text:
        begin = _ATTRIBUTE.match(text)
        size = int(begin.group(1)) if begin else 0
        if begin is None or size <= begin.end() or text[size - 1 : size] != b"\n":
            raise DamagedBackupError("an attribute of an entry is none")
        found[begin.group(2)] = text[begin.end() : size - 1]
        text = text[size:]
    return found
