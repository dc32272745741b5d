"""Accounts: trees of documents (Kx: priv/couchdb/schemas/accounts.json); a tree is a tenant."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, validated
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.revisions import etag_of

ACCOUNT_SCHEMA: Schema = {
    "type": "object",
    "required": ("name",),
    "properties": {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.NAME_CHARACTERS,
            "examples": ["Acme Dublin"],
        },
        "enabled": {
            "type": "boolean",
            "description": "Whether anything can be done with it.",
            "default": True,
        },
    },
}
"""What an account's document may hold; any other key is a custom key."""
KEYS = tuple(ACCOUNT_SCHEMA["properties"])
"""The keys that mean something; any other is a custom key."""
DEFAULTS: Document = {"enabled": True}
"""What is stored where a client leaves it out."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account to Kazoo, a project to CodeMash. Times are Unix seconds.

    ``ancestor_ids`` lead from the top of the tree to the parent; an account at the top has none.
    """

    id: str
    document: Document
    created_at: int
    modified_at: int
    revision: int = 1
    ancestor_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the account."""
        return cast("str", self.document["name"])

    @property
    def enabled(self) -> bool:
        """Whether the account may be used."""
        return cast("bool", self.document["enabled"])

    @property
    def parent_id(self) -> str | None:
        """The account right above; None at the top."""
        return self.ancestor_ids[-1] if self.ancestor_ids else None

    @property
    def tenant(self) -> str:
        """The account at the top of its tree, all of which shares what one tenant may use."""
        return self.ancestor_ids[0] if self.ancestor_ids else self.id

    @property
    def etag(self) -> str:
        """The revision as clients see it."""
        return etag_of(self.revision, self.document, self.id)

    def changed(self, document: Document, modified_at: int) -> Self:
        """Return the next revision, with another document."""
        return replace(self, document=document, revision=self.revision + 1, modified_at=modified_at)


def validated_account(document: Document) -> Document:
    """Return an account's document as it will be stored; see ``documents.validated``.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    return validated(document, DEFAULTS, _check)


def _check(document: Document) -> Iterator[Violation]:
    return check(document, ACCOUNT_SCHEMA)
