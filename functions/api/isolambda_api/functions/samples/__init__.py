"""Functions to start from (Kx: priv/functions_javascript-samples.json, spelled properly).

Each is a file of this folder: the file's name is the function's, and its text is the source.
"""

from functools import cache
from importlib import resources

from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.functions import DEFAULTS


@cache
def samples() -> tuple[Document, ...]:
    """Return the samples in the order of their names; they are read once."""
    files = (entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".js"))
    return tuple(
        {
            "name": _name(file.name),
            "function_js": file.read_text(encoding="utf-8"),
            **DEFAULTS,
        }
        for file in sorted(files, key=lambda file: file.name)
    )


def _name(file: str) -> str:
    return file.removesuffix(".js").replace("-", " ").capitalize()
