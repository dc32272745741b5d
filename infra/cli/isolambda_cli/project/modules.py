"""The modules of a function: its main file, and what that imports by relative path.

Which imports a source has is only guessed here, and never too few of them: a text that looks like
an import takes along a file that is there. The server, which compiles the modules, reports an
import of a file that is not.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.files import read_text
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.functions.files import check_files
from isolambda_core.domain.limits import FILES, SOURCE_BYTES

_SPECIFIER = re.compile(
    r"""\b(?:from|import|require)\s*+(?:\(\s*+)?+(?:/\*[^*]*+\*/\s*+)?+"""
    r"""(["'])(?P<name>[^"'\n\\]{1,1000}+)\1"""
)
_COMMENT = ("//", "/*", "*")
_SEEN = 200
"""Characters of a line, in front of an import, that tell whether it is in a comment or a text."""
_ENDINGS = (".ts", ".js", ".mts", ".mjs", ".json")
_TYPESCRIPT = {".js": ".ts", ".mjs": ".mts"}
"""TypeScript writes the name that a file will have once it is compiled."""


def read_modules(folder: Path, main: str) -> Mapping[str, str]:
    """Return the texts of a file and of all that it imports, by name below the folder, it first.

    Raises:
        BundleError: a file cannot be read or has a name that the server refuses, or they are too
            many or too long.
    """
    texts: dict[str, str] = {}
    wanted, left = [main], SOURCE_BYTES
    while wanted:
        name = wanted.pop(0)
        if name in texts:
            continue
        _require_good(name, len(texts))
        texts[name] = read_text(folder, name, left)
        left -= len(texts[name].encode())
        if not name.endswith(".json"):
            wanted += _imported(folder, name, texts[name])
    return texts


def specifiers_in(text: str) -> Iterator[str]:
    """Yield what a source may import, but not what stands in a comment or in a text of one line."""
    for match in _SPECIFIER.finditer(text):
        start = match.start()
        line = text[max(0, start - _SEEN) : start].rpartition("\n")[2]
        quotes = line.count('"'), line.count("'"), line.count("`")
        if not line.lstrip().startswith(_COMMENT) and all(count % 2 == 0 for count in quotes):
            yield match["name"]


def _imported(folder: Path, name: str, text: str) -> Iterator[str]:
    for specifier in {match["name"]: None for match in _SPECIFIER.finditer(text)}:
        if specifier.startswith(("./", "../")):
            path = normpath(f"{name}/../{specifier}")
            if not path.startswith("../"):
                yield from _found(folder, path)


def _found(folder: Path, path: str) -> Iterator[str]:
    """Yield the file that a path means, as the executor finds it (``later/modules.js``)."""
    stem, dot, ending = path.rpartition(".")
    candidates = [path, *(path + each for each in _ENDINGS)]
    if dot + ending in _TYPESCRIPT:
        candidates.insert(1, stem + _TYPESCRIPT[dot + ending])
    for candidate in candidates:
        if candidate.endswith(_ENDINGS) and _is_file(folder / candidate):
            yield candidate
            return


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is too long, or its folder may not be entered
        return False


def _require_good(name: str, others: int) -> None:
    if others > FILES:
        raise BundleError(f"{name}: a function has at most {FILES} files beside its main one")
    for violation in check_files({name: ""}):
        raise BundleError(f"{name}: {violation.message or _length(violation)}")


def _length(violation: Violation) -> str:
    return f"a name has at most {violation.target} characters"
