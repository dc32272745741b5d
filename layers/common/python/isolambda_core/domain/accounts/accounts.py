"""Accounts: trees of documents (Kx: priv/couchdb/schemas/accounts.json); a tree is a tenant."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.accounts.budgets import BUDGET_SCHEMA, Budget, budget_of
from isolambda_core.domain.accounts.budgets import INTEGERS as BUDGET_INTEGERS
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, RULES, Quota
from isolambda_core.domain.documents import Document, require_none, validated
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.http_hosts import (
    HTTP_HOSTS_SCHEMA,
    check_http_hosts,
    http_hosts_in,
)
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.net import NET_SCHEMA, check_net, patterns_in
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
        "quotas": {
            "type": "object",
            "additionalProperties": False,
            "description": (
                "Limits of the account with all accounts below it, lower than those above it have."
            ),
            "properties": {
                quota.value: {"type": "integer", "minimum": 0, "maximum": RULES[quota].limit}
                for quota in OF_ACCOUNTS
            },
        },
        "net": {
            **NET_SCHEMA,
            "description": "Which hosts functions of the account, and of all accounts below it, "
            "may reach at most; without it what those above it allow.",
        },
        "http_hosts": HTTP_HOSTS_SCHEMA,
        "budget": BUDGET_SCHEMA,
        "budget_callback": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.CALLBACK_URL_CHARACTERS,
            "description": "The URL that gets a callback at 50, 80 and 100 % of a budget, signed"
            " as standardwebhooks.com describes. Who sets the budget sets it.",
            "examples": ["https://example.com/budget"],
        },
    },
}
"""What an account's document may hold; any other key is a custom key."""
KEYS = tuple(ACCOUNT_SCHEMA["properties"])
"""The keys that mean something; any other is a custom key."""
_INTEGERS = (
    *(("quotas", quota.value) for quota in OF_ACCOUNTS),
    *(("budget", *path) for path in BUDGET_INTEGERS),
)
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
    def quotas(self) -> Mapping[Quota, int]:
        """The limits that were set for the account and all below it; see ``quotas.OF_ACCOUNTS``."""
        return quotas_of(self.document)

    @property
    def net(self) -> tuple[str, ...] | None:
        """The host patterns that all below the account are kept to; None for what is above it."""
        return patterns_in(self.document)

    @property
    def http_hosts(self) -> tuple[str, ...]:
        """The hosts that its triggers may name; see ``http_hosts.is_one_of``."""
        return http_hosts_in(self.document)

    @property
    def budget(self) -> Budget | None:
        """What the account may use in a period with all below it; None for what is above it."""
        return budget_of(self.id, self.document)

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
    return validated(document, DEFAULTS, _check, _INTEGERS)


def quotas_of(document: Document) -> Mapping[Quota, int]:
    """Return the limits in an account's document, which may have anything of earlier releases."""
    found = document.get("quotas")
    if not isinstance(found, Mapping):
        return {}
    limits = {quota: found.get(quota.value) for quota in OF_ACCOUNTS}
    return {quota: limit for quota, limit in limits.items() if type(limit) is int and limit >= 0}


def limits_of(accounts: Iterable[Account]) -> Mapping[Quota, int]:
    """Return the limits that hold for an account: the lowest of its own and those above it.

    ``accounts`` are the account, and all above it.
    """
    own = [account.quotas for account in accounts]
    return {
        quota: min([RULES[quota].limit, *(each[quota] for each in own if quota in each)])
        for quota in OF_ACCOUNTS
    }


def ceilings_of(accounts: Iterable[Account]) -> tuple[tuple[str, ...], ...]:
    """Return the lists of host patterns that hold for an account, each of them by itself.

    ``accounts`` are the account, and all above it.
    """
    return tuple(account.net for account in accounts if account.net is not None)


def require_no_more(document: Document, limits: Mapping[Quota, int]) -> None:
    """Let pass a document whose quotas are no more than what holds above its account.

    Raises:
        InvalidDocumentError: it has more of some; all violations are listed.
    """
    require_none(
        Violation(("quotas", quota.value), "maximum", limits[quota], value)
        for quota, value in quotas_of(document).items()
        if value > limits[quota]
    )


def _check_http_hosts(hosts: JsonValue) -> Iterator[Violation]:
    return check_http_hosts(cast("Sequence[str]", hosts))


def _check(document: Document) -> Iterator[Violation]:
    return check(
        document, ACCOUNT_SCHEMA, rules={"net": check_net, "http_hosts": _check_http_hosts}
    )
