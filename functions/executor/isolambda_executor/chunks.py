"""Read the chunks of the web platform, which isolates ask for when code touches their globals."""

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Final

_FOLDER: Final = f"{__file__.rpartition('/')[0]}/platform"
_SUFFIX: Final = ".js"


@dataclass(frozen=True, slots=True)
class Chunks:
    """The texts of all chunks, ASCII in UTF-16, in the order in which isolates number them.

    ``table`` is JSON for the prelude: each chunk's name and the globals that it defines.
    """

    texts: tuple[bytes, ...]
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
    names = sorted((*_names(""), *_names("vendor/")))
    texts = []
    for name in names:
        with open(f"{_FOLDER}/{name}{_SUFFIX}", encoding="ascii") as file:  # noqa: PTH123
            texts.append(file.read().encode("utf-16-le"))
    table = json.dumps([(name, globals_of.get(name, ())) for name in names], separators=(",", ":"))
    return Chunks(tuple(texts), table)


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
