"""Text of others on a terminal: it is shown, and cannot steer what shows it."""

import json
import re
from typing import Any

_OTHERS = (
    "\x7f-\x9f"  # control characters, as those below the space: a terminal obeys them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    "\u2028\u2029\ufeff\ud800-\udfff"  # line ends, and no characters at all
)
_IN_TEXT = re.compile(f"[\x00-\x1f{_OTHERS}]")
_IN_JSON = re.compile(f"[{_OTHERS}]")


def printable(text: str) -> str:
    r"""Return a text in one line, with an escape (``\n``, ``\x1b``) for what steers a terminal."""
    return _IN_TEXT.sub(lambda found: ascii(found[0])[1:-1], text)


def readable_json(value: Any) -> str:
    """Return JSON of several lines for a person: in letters, with an escape for what steers."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
