"""Read the chunks of the web platform, which isolates ask for when code touches their globals."""

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

_FOLDER: Final = f"{__file__.rpartition('/')[0]}/platform"
_SUFFIX: Final = ".js"
_VENDOR: Final = "vendor/"

NO_CODE: Final = re.compile(r"^ *//.*\n|^ +", re.MULTILINE)
"""Lines of comment, and indents, which V8 would read in each isolate."""
_NEED: Final = re.compile(r"^\S.*(?:= |return )need\('(\S+)'\);$", re.MULTILINE)
"""A chunk that is needed when another is evaluated, rather than when it is used."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """The texts of all chunks, in ASCII, in the order in which isolates number them.

    ``needed`` has of each chunk the numbers of all that its evaluation needs, itself among them.
    ``table`` is JSON for the prelude: each chunk's name and the globals that it defines.
    """

    texts: tuple[bytes, ...]
    needed: tuple[frozenset[int], ...]
    table: str


@cache
def read_chunks() -> Chunks:
    """Return the chunks; a fork has what its parent read.

    Raises:
        OSError: a chunk cannot be read.
        UnicodeDecodeError: a chunk is not ASCII.
    """
    with open(f"{_FOLDER}/globals.json", encoding="utf-8") as file:  # noqa: PTH123
        globals_of = json.load(file)
    names = sorted((*_names(""), *_names(_VENDOR)))
    texts = {name: _read(name) for name in names}
    numbers = {name: number for number, name in enumerate(names)}
    needs = {name: _NEED.findall(text) for name, text in texts.items()}
    needed = [frozenset(numbers[each] for each in _closure(name, needs)) for name in names]
    table = json.dumps([(name, globals_of.get(name, ())) for name in names], separators=(",", ":"))
    return Chunks(tuple(text.encode("ascii") for text in texts.values()), tuple(needed), table)


def _read(name: str) -> str:
    with open(f"{_FOLDER}/{name}{_SUFFIX}", encoding="ascii") as file:  # noqa: PTH123
        text = file.read()
    # The libraries are without comments already.
    return text if name.startswith(_VENDOR) else NO_CODE.sub("", text)


def _closure(name: str, needs: dict[str, list[str]]) -> set[str]:
    found, left = set[str](), [name]
    while left:
        each = left.pop()
        if each in needs and each not in found:
            found.add(each)
            left += needs[each]
    return found


def _names(folder: str) -> list[str]:
    try:
        # pathlib would take 3 ms of a cold start.
        with os.scandir(f"{_FOLDER}/{folder}") as entries:
            return [
                folder + entry.name.removesuffix(_SUFFIX)
                for entry in entries
                if entry.name.endswith(_SUFFIX)
            ]
    except FileNotFoundError:  # the libraries are not built yet
        return []
