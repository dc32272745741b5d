"""Text of authors on a terminal: a line of a source with its place, and console lines."""

import re
from collections.abc import Iterator

_CONTROLS = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    """Return a line without what moves the cursor, hides the rest, or is no text."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def excerpt(source: str, line: int, column: int) -> Iterator[str]:
    """Yield a line of a source with its number, and a mark below the column; both from 1."""
    head = f"{line:>5} | "
    shown = printable(source[: column - 1])
    blank = "".join("\t" if letter == "\t" else " " for letter in shown)
    yield head + printable(source)
    yield f"{' ' * (len(head) - 2)}| {blank}^"
