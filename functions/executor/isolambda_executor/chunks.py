"""Read what isolates evaluate: the prelude, its later scripts, and the chunks of the platform."""

import json
import os
import re
from functools import cache
from typing import Final

_PRELUDE: Final = f"{__file__.rpartition('/')[0]}/prelude"
_FOLDER: Final = f"{__file__.rpartition('/')[0]}/platform"
_SUFFIX: Final = ".js"
_VENDOR: Final = "vendor/"
_LATER: Final = "later/"

_NO_CODE: Final = re.compile(rb"^ *//.*\n|^ +", re.MULTILINE)
"""Lines of comment, and indents, which V8 would read in each isolate."""
_NEED: Final = b"need('"
_INDENT: Final = b"  "
_NEED_ENDS: Final = (b"');\n", b"');")
_NEED_BEGINS: Final = (b"= ", b"return ")


@cache
def read_prelude() -> str:
    """Return the scripts of the prelude as one; a fork has what its parent read.

    Raises:
        OSError: a script cannot be read.
    """
    texts = b"".join(_read_prelude(name) for name in sorted(_names(_PRELUDE, "")))
    return _NO_CODE.sub(b"", texts).decode()


def _read_later() -> dict[str, bytes]:
    """Return the scripts that the prelude evaluates when it first uses them, by name."""
    return {name: _read_prelude(name) for name in sorted(_names(_PRELUDE, _LATER))}


def _read_prelude(name: str) -> bytes:
    # V8 reads a script of one byte a character faster, and in half the memory.
    return _read_file(f"{_PRELUDE}/{name}{_SUFFIX}").decode().encode("ascii", "backslashreplace")


class Chunks:
    """The chunks and later scripts, in the order in which isolates number them.

    ``needed`` has of each the numbers of all that its evaluation needs, itself among them.
    ``table`` is JSON for the prelude: each chunk's name and the globals that it defines.
    """

    def __init__(self, files: dict[str, bytes], globals_of: dict[str, list[str]]) -> None:
        """Take the files by name, in that order, and the globals of chunks that have any."""
        self._names, self._files = tuple(files), files
        self._texts: dict[int, bytes] = {}
        numbers = {name: number for number, name in enumerate(files)}
        needs = {name: _needs(file) for name, file in files.items()}
        self.needed = [frozenset(numbers[each] for each in _closure(name, needs)) for name in files]
        table = [(name, globals_of.get(name, ())) for name in files]
        self.table = json.dumps(table, separators=(",", ":"))

    def text(self, number: int) -> bytes:
        """Return the text of a chunk, in ASCII, without comments and indents."""
        if number not in self._texts:
            name = self._names[number]
            file = self._files[name]
            # Libraries are minified, and long.
            self._texts[number] = file if name.startswith(_VENDOR) else _NO_CODE.sub(b"", file)
        return self._texts[number]


@cache
def read_chunks() -> Chunks:
    """Return the chunks; a fork has what its parent read.

    Raises:
        OSError: a chunk cannot be read.
        ValueError: a chunk is not ASCII.
    """
    with open(f"{_FOLDER}/globals.json", encoding="utf-8") as file:  # noqa: PTH123
        globals_of = json.load(file)
    names = sorted((*_names(_FOLDER, ""), *_names(_FOLDER, _VENDOR)))
    return Chunks({name: _read(name) for name in names} | _read_later(), globals_of)


def _read(name: str) -> bytes:
    text = _read_file(f"{_FOLDER}/{name}{_SUFFIX}")
    if not text.isascii():
        raise ValueError(f"{name} is not ASCII")
    return text


def _read_file(path: str) -> bytes:
    # A buffer would double what a file takes, and there are a hundred.
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()


def _needs(file: bytes) -> list[str]:
    """Return the chunks that a chunk needs when it is evaluated: outside of its functions.

    Regular expressions would take twenty times as long.
    """
    found = []
    at = file.find(_NEED)
    while at >= 0:
        begin = at + len(_NEED)
        end = file.find(b"'", begin)
        line = file[file.rfind(b"\n", 0, at) + 1 : at]
        if (
            file[end : end + 4] in _NEED_ENDS
            and line.endswith(_NEED_BEGINS)
            and not line.startswith(_INDENT)
        ):
            found.append(file[begin:end].decode())
        at = file.find(_NEED, end)
    return found


def _closure(name: str, needs: dict[str, list[str]]) -> set[str]:
    found, left = set[str](), [name]
    while left:
        each = left.pop()
        if each in needs and each not in found:
            found.add(each)
            left += needs[each]
    return found


def _names(root: str, folder: str) -> list[str]:
    try:
        # pathlib would take 3 ms of a cold start.
        with os.scandir(f"{root}/{folder}") as entries:
            return [
                folder + entry.name.removesuffix(_SUFFIX)
                for entry in entries
                if entry.name.endswith(_SUFFIX)
            ]
    except FileNotFoundError:  # the libraries are not built yet
        return []
