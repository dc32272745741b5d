"""What a document is kept with, though it is likely not what its author meant."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from isolambda_core.domain.documents import Document, is_public
from isolambda_core.domain.limits import CUSTOM_KEYS_EXAMINED, KEY_WARNINGS

_ALIKE = 0.8
"""How much of two names is to be the same, of 0 to 1."""
_SHUFFLED = 0.9
"""The same where letters have changed places."""
_KEY_CHARACTERS = 64
"""A longer key is like none that is known."""


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """Something of a document that was kept as it came; ``code`` is of a closed set.

    ``line`` and ``column`` count from 1 in the value of the field.
    """

    field: str
    code: str
    message: str
    line: int | None = None
    column: int | None = None


def key_warnings(document: Document, known: Sequence[str]) -> list[DocumentWarning]:
    """Return a warning for each custom key of a document that is nearly a known one.

    ``known`` has the names of keys; one in an object is named with a dot. As many custom keys are
    looked at as ``limits.CUSTOM_KEYS_EXAMINED`` says. A key that is ``null`` is left out.
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
    """Return the known name that is nearest, if one is near."""
    if near := difflib.get_close_matches(letters, known, n=1, cutoff=_ALIKE):
        return near
    # Letters that changed places, of which the first seldom is one.
    shuffled = {"".join(sorted(name)): name for name in known if name[:1] == letters[:1]}
    found = difflib.get_close_matches("".join(sorted(letters)), shuffled, n=1, cutoff=_SHUFFLED)
    return [shuffled[name] for name in found]


def _letters(name: str) -> str:
    """Return what two spellings of a name have in common."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
