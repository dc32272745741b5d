"""Find the line of a key in TOML, which the parser of the standard library does not tell."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]
"""The keys that lead to a value; those of an array are its indexes, from 0."""

_KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_LINE = re.compile(
    rf"[ \t]*(?:(?P<open>\[\[?)[ \t]*(?P<table>{_DOTTED})[ \t]*\]|(?P<key>{_DOTTED})[ \t]*=)"
)


def line_of(text: str, path: Path) -> int:
    """Return the line, from 1, of a key, or of the nearest one that leads to it."""
    best, found = -1, 1
    for line, each in _keys(text):
        if best < len(each) and each == path[: len(each)]:
            best, found = len(each), line
    return found


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    elements: Counter[Path] = Counter()
    table: Path = ()
    for line, content in enumerate(text.split("\n"), 1):
        match = _LINE.match(content)
        if match is None:
            continue
        if match["key"] is not None:
            yield line, (*table, *_parts(match["key"]))
            continue
        table = _with_indexes(_parts(match["table"]), elements)
        if match["open"] == "[[":
            index = elements[table]
            elements[table] += 1
            table = (*table, str(index))
        yield line, table


def _with_indexes(names: Path, elements: Counter[Path]) -> Path:
    """Return the path of a table; what is in an array belongs to its last element."""
    path: Path = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if path in elements and position < len(names) - 1:
            path = (*path, str(elements[path] - 1))
    return path


def _parts(dotted: str) -> Path:
    try:
        inner: Any = tomllib.loads(f"{dotted}=0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while inner != 0:
        [(name, inner)] = inner.items()
        parts.append(name)
    return tuple(parts)
