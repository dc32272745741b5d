"""Text of others on a terminal: it is shown, and cannot steer what shows it."""

import re
import sys

_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: a terminal obeys them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    "\u2028\u2029\ufeff\ud800-\udfff]"  # line ends, no character at all
)


def printable(text: str) -> str:
    r"""Return a text in one line, with an escape (``\n``, ``\x1b``) for what is no character."""
    return _UNSHOWN.sub(lambda found: ascii(found[0])[1:-1], text)


def is_terminal() -> bool:
    """Return whether a person reads stdout, and not a program."""
    return sys.stdout.isatty()
