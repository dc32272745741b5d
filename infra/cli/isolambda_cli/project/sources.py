"""How the files of a project stand in a function's document, and come out of it again."""

import re
from collections.abc import Mapping
from posixpath import dirname, join
from typing import cast

from isolambda_core.domain.documents import Document

PACKAGES = "node_modules/"
"""Where the executor looks for what is imported by a bare name (``later/modules.js``)."""
_ENTRY = re.compile(r'export \{ default \} from "\./(?P<main>[^"]+)";\n')


def entry_for(main: str) -> str:
    """Return the ``function_js`` that hands on the default export of a main file."""
    return f'export {{ default }} from "./{main}";\n'


def main_of(document: Document) -> str | None:
    """Return the main file that ``function_js`` hands on; None where it is a source itself."""
    match = _ENTRY.fullmatch(cast("str", document["function_js"]))
    return None if match is None or match["main"] not in _files(document) else match["main"]


def sources_of(document: Document, main: str) -> Mapping[str, str]:
    """Return the texts of a function by their names in a project.

    ``main`` is what ``function_js`` is called where it is a source itself; others stand beside it.
    """
    files = _files(document)
    if main_of(document) is not None:
        return files
    beside = {join(dirname(main), name): text for name, text in files.items()}
    return {main: cast("str", document["function_js"]), **beside}


def _files(document: Document) -> Mapping[str, str]:
    return cast("Mapping[str, str]", document.get("files", {}))
