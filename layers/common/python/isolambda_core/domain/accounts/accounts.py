"""Accounts: a tree of tenants, each a document (Kx: priv/couchdb/schemas/accounts.json)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import (
    Document,
    check_boolean,
    check_string,
    validated,
)
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.revisions import etag_of

DEFAULTS: Document = {"enabled": True}
KEYS = ("name", "enabled")
"""The keys that mean something; any other is a custom key."""


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant: an account to Kazoo, a project to CodeMash. Times are Unix seconds.

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
        """What the account is called."""
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
    yield from check_string(document, "name", limits.NAME_CHARACTERS)
    if document.get("name") == "":
        yield Violation(("name",), "minLength", 1, "")
    yield from check_boolean(document, "enabled")
