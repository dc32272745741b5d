"""Warn of keys of a document that its author probably misspelt."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from isolambda_core.domain.documents import Document, is_public
from isolambda_core.domain.limits import CUSTOM_KEYS_EXAMINED, KEY_WARNINGS

_ALIKE = 0.8
"""The similarity, from 0 to 1, above which two names are alike."""
_SHUFFLED = 0.9
"""The same for two names with their letters sorted."""
_KEY_CHARACTERS = 64
"""A longer key gets no warning."""


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """A probable mistake in a document, which is stored all the same; ``code`` is of a closed set.

    ``line`` and ``column`` count from 1 in the value of the field.
    """

    field: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None


def key_warnings(document: Document, known: Sequence[str]) -> list[DocumentWarning]:
    """Return a warning for each custom key of a document that is nearly a known one.

    ``known`` has the names of keys, with dots between those of an object in an object. The function
    looks at ``limits.CUSTOM_KEYS_EXAMINED`` custom keys, and ignores keys that are ``null``.
    """
    top = {path for path in known if "." not in path}
    by_letters: dict[str, str] = {}
    for path in known:
        for name in (path, path.rpartition(".")[2]):
            by_letters.setdefault(_letters(name), path)
    custom = (
        key
        for key, value in document.items()
        if key not in top and is_public(key) and value is not None
    )
    found = (
        _warning(key, by_letters[letters])
        for key in islice(custom, CUSTOM_KEYS_EXAMINED)
        if len(key) <= _KEY_CHARACTERS
        for letters in _nearest(_letters(key), by_letters)
    )
    return list(islice(found, KEY_WARNINGS))


def _warning(key: str, near: str) -> DocumentWarning:
    message = f"`{key}` is kept as a custom key, which has no effect; is `{near}` meant?"
    return DocumentWarning(key, "unknown_key", message)


def _nearest(letters: str, known: Collection[str]) -> list[str]:
    """Return a list of the nearest known name, or an empty list."""
    if near := difflib.get_close_matches(letters, known, n=1, cutoff=_ALIKE):
        return near
    # Transposed letters: the first letter is seldom one of them.
    shuffled = {"".join(sorted(name)): name for name in known if name[:1] == letters[:1]}
    found = difflib.get_close_matches("".join(sorted(letters)), shuffled, n=1, cutoff=_SHUFFLED)
    return [shuffled[name] for name in found]


def _letters(name: str) -> str:
    """Return a name without case and punctuation, so that two spellings of it are equal."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
