"""A version: a frozen source and its settings, under a number."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, require_none
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue, dump

FROZEN_KEYS = (
    "function_js", "files", "language_pack", "limits", "isolation", "features", "net", "secrets",
    "kv", "input_schema", "result_schema",
)  # fmt: skip
"""What decides how a function executes; the rest of its document stays with the draft."""

NUMBER_MAX = 9_999_999_999
"""As far as ten digits count."""

NUMBER_SCHEMA: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": NUMBER_MAX,
    "examples": [3],
}
"""The number of a version."""
DESCRIPTION_SCHEMA: Schema = {
    "type": "string",
    "maxLength": limits.VERSION_DESCRIPTION_CHARACTERS,
    "default": "",
}
"""What a client says of a version, or of an alias."""
VERSION_SCHEMA: Schema = {"type": "object", "properties": {"description": DESCRIPTION_SCHEMA}}
"""What a client says when it publishes a version; other keys mean nothing."""

_LABEL = re.compile("[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a function; numbers count from 1, and no two versions have the same one.

    ``document`` has those of ``FROZEN_KEYS`` that the draft had, ``compiled`` is what the draft was
    compiled to. Times are Unix seconds. ``created_by`` is the id of the API key that published it,
    None where no key is known.
    """

    account_id: str
    function_id: str
    number: int
    description: str
    document: Document
    created_at: int
    compiled: str | None = None
    created_by: str | None = None

    @property
    def id(self) -> str:
        """The id by which versions are ordered; see :func:`id_of`."""
        return id_of(self.number)

    @property
    def label(self) -> str:
        """The version's number as text: its qualifier."""
        return str(self.number)

    @property
    def sha256(self) -> str:
        """The digest of the frozen keys: 64 hexadecimal characters."""
        return digest_of(self.document)

    def of(self, draft: Function) -> Function:
        """Return the function with the frozen keys of this version."""
        return replace(draft, document=self.over(draft.document), compiled=self.compiled)

    def over(self, draft: Document) -> Document:
        """Return the document of a draft with the frozen keys of this version."""
        kept = {key: value for key, value in draft.items() if key not in FROZEN_KEYS}
        return {**kept, **self.document}


def id_of(number: int) -> str:
    """Return the number as ten digits, which sort in the order of versions."""
    return f"{number:010}"


def number_of(qualifier: str) -> int | None:
    """Return the version number in a qualifier, or None if it is none."""
    return int(qualifier) if _LABEL.fullmatch(qualifier) else None


def validated_description(description: JsonValue) -> str:
    """Return what a client says of a version.

    Raises:
        InvalidDocumentError: it is no string, or too long.
    """
    require_none(check(description, DESCRIPTION_SCHEMA, ("description",)))
    return cast("str", description)


def frozen_keys(document: Document) -> Document:
    """Return the keys of a draft's document that a version freezes."""
    return {key: document[key] for key in FROZEN_KEYS if key in document}


def digest_of(frozen: Document) -> str:
    """Return the SHA-256 of frozen keys, in any order."""
    text = dump(dict(sorted(frozen.items())))
    return hashlib.sha256(text.encode()).hexdigest()
