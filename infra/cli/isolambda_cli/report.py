"""What an execution did, for a person to read: console lines, and its error with the own line."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer

from isolambda_cli.terminal import printable

SourceOf = Callable[[str | None, int], str | None]
"""Return a line of the author's source, by the file (None for a single body) and its number."""

_SHOWN = 200
"""Characters of a source line that are shown."""
_COLORS = {
    "warn": typer.colors.YELLOW,
    "error": typer.colors.RED,
    "debug": typer.colors.BRIGHT_BLACK,
}
_LEVEL_WIDTH = len("error")


def console_lines(logs: Any) -> Iterator[str]:
    """Yield the console lines of an execution: the level, and the text without what steers.

    Further lines of one text are indented below the first, so that none passes for another's.
    """
    for entry in logs or ():
        level = printable(str(entry.get("level")))
        first, *others = map(printable, str(entry.get("text")).split("\n"))
        yield typer.style(f"{level:{_LEVEL_WIDTH}}  {first}", fg=_COLORS.get(level))
        for other in others:
            yield " " * (_LEVEL_WIDTH + 2) + other


def error_lines(error: Mapping[str, Any], source_of: SourceOf | None = None) -> Iterator[str]:
    """Yield an error: its name and message, its place, and the author's own line there."""
    headline = f"{error.get('name')}: {error.get('message')}"
    yield typer.style(printable(headline), fg=typer.colors.RED)
    line, column, file = error.get("line"), error.get("column"), error.get("file")
    if not isinstance(line, int):
        return
    yield f"    at {printable(place_of(error))}"
    text = source_of(file, line) if source_of is not None else None
    if text is not None:
        yield from source_lines(text, line, column if isinstance(column, int) else None)


def place_of(error: Mapping[str, Any]) -> str:
    """Return where an error is from, as ``src/greet.js:3:9``."""
    parts = (error.get("file") or "function.js", error.get("line"), error.get("column"))
    return ":".join(str(part) for part in parts if part is not None)


def source_lines(text: str, line: int, column: int | None) -> Iterator[str]:
    """Yield a line of a source with its number, and a mark below the column; both from 1."""
    shown = text.expandtabs(1)
    if len(shown) > _SHOWN:
        yield f"{line:6} | {printable(shown[:_SHOWN])}…"
        return
    yield f"{line:6} | {printable(shown)}"
    if column is not None and 0 < column <= len(shown) + 1:
        yield f"{'':6} | {'':{column - 1}}^"
