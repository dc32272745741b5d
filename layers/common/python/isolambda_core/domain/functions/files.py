"""The files of a function beside its ``function_js``: their names, their number, their digest."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue

ENTRY_FILES: Mapping[str, str] = {"javascript": "function.js", "typescript": "function.ts"}
"""What ``function_js`` is called as a file, by language pack."""

_NAME = re.compile(r"(?:[A-Za-z0-9_$@+-][A-Za-z0-9._$@+-]*/)*[A-Za-z0-9_$@+-][A-Za-z0-9._$@+-]*")
"""No folder or file begins with a dot, so no name leads out of the root."""
_ENDINGS = (".js", ".mjs", ".ts", ".mts", ".json")
_WRONG_NAME = (
    "A file has a relative name of letters, digits and . _ - $ @ +, in folders that / separates; "
    f"no part begins with a dot, and it ends in {', '.join(_ENDINGS)}"
)
_TAKEN = "function_js has this name"


def check_files(files: Mapping[str, JsonValue]) -> Iterator[Violation]:
    """Yield the violations of files: their number, their names, and what is no text."""
    if len(files) > limits.FILES:
        yield Violation((), "maxProperties", limits.FILES, len(files))
        return
    for name, text in files.items():
        if len(name) > limits.FILE_NAME_CHARACTERS:
            yield Violation((name,), "maxLength", limits.FILE_NAME_CHARACTERS, None)
        elif name in ENTRY_FILES.values():
            yield Violation((name,), "error", None, None, _TAKEN)
        elif not name.endswith(_ENDINGS) or _NAME.fullmatch(name) is None:
            yield Violation((name,), "error", None, None, _WRONG_NAME)
        elif not isinstance(text, str):
            yield Violation((name,), "type", "string", text)


def sha256_of_files(entry: tuple[str, str], others: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 of what ``sha256sum`` prints of files: the entry, then others by name.

    Each is a name and a text, which is taken in UTF-8. The name of the entry tells the language.
    """
    lines = (
        f"{hashlib.sha256(_encoded(text)).hexdigest()}  {name}\n"
        for name, text in (entry, *sorted(others))
    )
    return hashlib.sha256(_encoded("".join(lines))).hexdigest()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
