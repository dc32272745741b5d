"""A saved call: an input of a function, and what is expected to come of it."""

import re
from dataclasses import dataclass, replace
from typing import Self

from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.aliases import NAME_PATTERN
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.revisions import etag_of

_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class SavedCall:
    """A saved call of a function, at one revision.

    ``expect`` has one key, which says how the result is compared: ``equal``, ``subset``, ``schema``
    or ``outcome``. Times are Unix seconds; ``created_by`` and ``modified_by`` are ids of API keys.
    """

    account_id: str
    function_id: str
    name: str
    input: JsonValue
    expect: Document
    created_at: int
    modified_at: int
    created_by: str | None = None
    modified_by: str | None = None
    revision: int = 1

    @property
    def id(self) -> str:
        """The name, by which saved calls are ordered."""
        return self.name

    @property
    def document(self) -> Document:
        """The saved call as clients write and read it."""
        return {"name": self.name, "input": self.input, "expect": self.expect}

    @property
    def etag(self) -> str:
        """The revision as clients see it."""
        return etag_of(self.revision, self.document, self.name)

    def replaced(self, input_: JsonValue, expect: Document, now: int, by: str | None) -> Self:
        """Return the next revision."""
        return replace(
            self,
            input=input_,
            expect=expect,
            modified_at=now,
            modified_by=by,
            revision=self.revision + 1,
        )


def is_name(text: str) -> bool:
    """Return whether a saved call may have this name, as an alias may."""
    return _NAME.fullmatch(text) is not None
