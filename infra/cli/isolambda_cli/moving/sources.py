"""The sources of a function or a version: files, where files can hold them."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from isolambda_cli.moving.errors import FieldError
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.local_files import encoded, require_portable
from isolambda_core.domain.documents import SOURCE_KEYS, Document
from isolambda_core.domain.functions.files import ENTRY_FILES
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import FILES

_FILES = "files"
_SOURCE, _ = SOURCE_KEYS


def split_sources(document: Document) -> tuple[Mapping[str, JsonValue], Mapping[str, str]]:
    """Return what a file says of a document, and the texts of its sources by name.

    Sources that no files can hold, on some machine, stay in the document.
    """
    texts = _texts_of(document)
    if texts is None:
        return {"document": document}, {}
    rest = {key: value for key, value in document.items() if key not in SOURCE_KEYS}
    named: dict[str, JsonValue] = {"document": rest}
    if _FILES in document:
        named[_FILES] = list(cast("Mapping[str, str]", document[_FILES]))
    return named, texts


def join_sources(fields: dict[str, Any], read: Callable[[str], str]) -> Document:
    """Take from ``fields`` what :func:`split_sources` put there, and return the document.

    ``read`` returns the text of a file by its name.

    Raises:
        FieldError: the fields name no sources.
    """
    document, names = fields.pop("document", None), fields.pop(_FILES, None)
    if not isinstance(document, dict):
        raise FieldError("document: must be an object")
    if _SOURCE in document:
        return document
    if names is not None and not _are_names(names):
        raise FieldError(f"{_FILES}: must be an array of {FILES} names or less")
    entry = ENTRY_FILES.get(str(document.get("language_pack")))
    if entry is None:
        raise FieldError("document.language_pack: unknown")
    whole = {**document, _SOURCE: read(entry)}
    return whole if names is None else {**whole, _FILES: {name: read(name) for name in names}}


def _texts_of(document: Document) -> Mapping[str, str] | None:
    entry = ENTRY_FILES.get(str(document.get("language_pack")))
    files = document.get(_FILES, {})
    if entry is None or not isinstance(files, Mapping):
        return None
    texts = {entry: document[_SOURCE], **files}
    if len(texts) != len(files) + 1 or not all(isinstance(text, str) for text in texts.values()):
        return None
    found = cast("Mapping[str, str]", texts)
    return found if _are_files(found) else None


def _are_files(texts: Mapping[str, str]) -> bool:
    """Return whether files can hold these texts under these names, on every machine."""
    try:
        require_portable(texts)
        for name, text in texts.items():
            encoded(name, text)
    except ProjectError:
        return False
    folders = {name[:at] for name in texts for at, each in enumerate(name) if each == "/"}
    folded = {name.casefold() for name in folders}
    has_clash = len(folded) < len(folders) or any(name.casefold() in folded for name in texts)
    return not has_clash and all("\0" not in text for text in texts.values())


def _are_names(names: object) -> bool:
    return (
        isinstance(names, list)
        and len(names) <= FILES
        and all(isinstance(name, str) for name in names)
    )
