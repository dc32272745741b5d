"""Read the folder of an export: bounded, without a link in it, and with nothing left unread."""

import json
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from isolambda_cli.moving.errors import ExportError
from isolambda_cli.project.files import read_text
from isolambda_core.domain.json_text import BYTE_ORDER_MARK, InvalidJsonError, JsonValue, parse
from isolambda_core.domain.limits import MIB

_FILES_MAX = 1_000_000
_JSON_BYTES = 64 * MIB
"""Of 200 saved calls as long as they may be, with escapes."""


class Tree:
    """The files below a part of a folder, by their names in the folder.

    Names that begin with a dot are passed over: an export has none.

    Raises:
        ExportError: there are too many files, or one that is a link, or none.
        OSError: a folder cannot be read.
    """

    def __init__(self, folder: Path, part: str) -> None:
        self._folder = folder
        self._inside: dict[str, list[str]] = {}
        self._unread: dict[str, None] = {}
        folders = [part] if os.path.lexists(folder / part) else []
        if (folder / part).is_symlink():
            raise ExportError(f"{part}: is a link")
        while folders:
            folders += self._look_into(folders.pop())

    def names(self, folder: str) -> Sequence[str]:
        """Return the names of what is right in a folder, in their order; none if it is not there.

        Those of files have their ending.
        """
        return self._inside.get(folder, [])

    def has(self, name: str) -> bool:
        """Return whether a file is there, read or not."""
        folder, _, last = name.rpartition("/")
        return last in self.names(folder)

    def text(self, name: str, limit: int) -> str:
        """Return the text of a file of up to ``limit`` bytes.

        Raises:
            BundleError: it is missing, too long, or not text in UTF-8.
        """
        self._unread.pop(name, None)
        return read_text(self._folder, name, limit)

    def json(self, name: str) -> JsonValue:
        """Return the value of a JSON file.

        Raises:
            BundleError: as :meth:`text`.
            ExportError: it is not JSON, or has a key twice, of which a reader sees the other one.
        """
        text = self.text(name, _JSON_BYTES)
        try:
            value = parse(text)
            json.loads(text.removeprefix(BYTE_ORDER_MARK), object_pairs_hook=_require_once)
        except InvalidJsonError as error:
            raise ExportError(f"{name}: {error}") from error
        return value

    def unread(self, count: int) -> Sequence[str]:
        """Return the first names of files that were not read."""
        return sorted(islice(self._unread, count))

    def _look_into(self, folder: str) -> Sequence[str]:
        """Note what is in a folder, and return the folders in it."""
        below, inside = [], self._inside.setdefault(folder, [])
        with os.scandir(self._folder / folder) as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}"
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append(name)
                elif entry.is_file(follow_symlinks=False):
                    self._unread[name] = None
                else:
                    raise ExportError(f"{name}: is a link, or no file")
                inside.append(entry.name)
                if len(self._unread) + len(self._inside) + len(below) > _FILES_MAX:
                    raise ExportError(f"there are more than {_FILES_MAX} files")
        inside.sort()
        return below


def _require_once(pairs: Sequence[tuple[str, object]]) -> None:
    keys = set[str]()
    for key, _ in pairs:
        if key in keys:
            raise InvalidJsonError(f"{key[:100]!r} is twice in one object")
        keys.add(key)
