"""Each write of what people manage leaves one entry of the audit, and a refused one leaves none."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from isolambda_core.domain.accounts.errors import AccountExistsError, ApiKeyExistsError
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    FunctionExistsError,
    QualifierNotFoundError,
    VersionExistsError,
)
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.tools.approvals import ApprovalStatus
from isolambda_core.ports import store as store_port
from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
    RevokedTokenRepository,
    UsageRepository,
)
from isolambda_core.ports.approvals import ApprovalRepository
from isolambda_core.ports.audit import AuditRepository
from isolambda_core.ports.budgets import BudgetRepository
from isolambda_core.ports.catalog import Catalog
from isolambda_core.ports.contracts import SavedCallRepository
from isolambda_core.ports.executions import (
    DailyCountRepository,
    IdempotencyRepository,
    RecordRepository,
)
from isolambda_core.ports.functions import (
    AliasRepository,
    FunctionRepository,
    VersionRepository,
)
from isolambda_core.ports.key_values import KeyValueRepository
from isolambda_core.ports.secrets import SecretRepository
from isolambda_core.ports.shadows import ShadowRepository
from isolambda_core.ports.triggers import TriggerRepository
from tests.contract.audit.samples import (
    A_CALL,
    A_FUNCTION,
    A_KEY,
    A_SECRET,
    A_TRIGGER,
    ACCOUNT,
    AN_ALIAS,
    AN_APPROVAL,
    APPROVED,
    BELOW,
    CHILD,
    KEY_SHA256,
    NOW,
    SEALED,
    SIGNING,
    SOURCE,
    TOP,
    VERSIONS,
    entries,
    last_of,
    renamed,
    rotated,
)
from tests.support.stores import Store

Write = Callable[[Store], None]
_RENAMED_BELOW = BELOW.changed({**BELOW.document, "name": "renamed"}, 5)
_MOVED = AN_ALIAS.moved(Target(2), "", "", 5)
_DISABLED = A_TRIGGER.disabled("it failed", 5)
_SAVED_AGAIN = A_CALL.replaced({"name": "Grace"}, A_CALL.expect, 5, None)
_DENIED = APPROVED.decided(ApprovalStatus.DENIED, NOW, None)
_DELETED = renamed(A_FUNCTION).removed(6)


class Recorded(NamedTuple):
    """A write, what its entry says, and what refuses it the second time, if anything does."""

    write: Write
    what: str
    refusal: type[Exception] | None = RevisionConflictError


_OF_APPROVAL = Recorded(lambda s: s.approvals.replace(APPROVED, AN_APPROVAL), "approval.approved")
RECORDED: dict[str, list[tuple[str, Recorded]]] = {
    "accounts": [
        ("add", Recorded(lambda s: s.accounts.add(BELOW), "account.created", AccountExistsError)),
        (
            "replace",
            Recorded(lambda s: s.accounts.replace(_RENAMED_BELOW, BELOW), "account.updated"),
        ),
        ("remove", Recorded(lambda s: s.accounts.remove(_RENAMED_BELOW), "account.removed")),
    ],
    "functions": [
        (
            "add",
            Recorded(
                lambda s: s.functions.add(A_FUNCTION), "function.created", FunctionExistsError
            ),
        ),
        (
            "replace",
            Recorded(
                lambda s: s.functions.replace(renamed(A_FUNCTION), A_FUNCTION), "function.updated"
            ),
        ),
        ("remove", Recorded(lambda s: s.functions.remove(renamed(A_FUNCTION)), "function.removed")),
    ],
    "versions": [
        (
            "add",
            Recorded(lambda s: s.versions.add(VERSIONS[0]), "version.created", VersionExistsError),
        ),
        (
            "remove",
            Recorded(
                lambda s: s.versions.remove(VERSIONS[0]), "version.removed", QualifierNotFoundError
            ),
        ),
    ],
    "aliases": [
        ("add", Recorded(lambda s: s.aliases.add(AN_ALIAS), "alias.created", AliasExistsError)),
        ("replace", Recorded(lambda s: s.aliases.replace(_MOVED, AN_ALIAS), "alias.updated")),
        ("remove", Recorded(lambda s: s.aliases.remove(_MOVED), "alias.removed")),
    ],
    "api_keys": [
        ("add", Recorded(lambda s: s.api_keys.add(A_KEY), "api_key.created", ApiKeyExistsError)),
        (
            "replace",
            Recorded(lambda s: s.api_keys.replace(last_of(A_KEY), A_KEY), "api_key.updated", None),
        ),
        ("remove", Recorded(lambda s: s.api_keys.remove(A_KEY), "api_key.removed", None)),
    ],
    "triggers": [
        ("add", Recorded(lambda s: s.triggers.add(A_TRIGGER), "trigger.created")),
        (
            "replace",
            Recorded(lambda s: s.triggers.replace(_DISABLED, A_TRIGGER), "trigger.updated"),
        ),
        ("remove", Recorded(lambda s: s.triggers.remove(_DISABLED), "trigger.removed")),
    ],
    "secrets": [
        ("add", Recorded(lambda s: s.secrets.add(A_SECRET), "secret.created")),
        (
            "replace",
            Recorded(lambda s: s.secrets.replace(rotated(A_SECRET), A_SECRET), "secret.updated"),
        ),
        ("remove", Recorded(lambda s: s.secrets.remove(rotated(A_SECRET)), "secret.removed")),
    ],
    "saved_calls": [
        ("add", Recorded(lambda s: s.saved_calls.add(A_CALL), "saved_call.created")),
        (
            "replace",
            Recorded(lambda s: s.saved_calls.replace(_SAVED_AGAIN, A_CALL), "saved_call.updated"),
        ),
        ("remove", Recorded(lambda s: s.saved_calls.remove(_SAVED_AGAIN), "saved_call.removed")),
    ],
    "approvals": [
        (
            "replace",
            _OF_APPROVAL,
        ),
    ],
}
"""The writes of what people manage, each repository's in an order in which they succeed."""

READS = frozenset(
    (
        "get", "iterate", "children", "ids", "tools", "last_number", "of_function", "of_account",
        "of_place", "of_source", "of_name", "of_numbers", "for_function", "has", "changes",
    )
)  # fmt: skip
"""What changes nothing."""

NOT_RECORDED = {
    "functions.remove_all": "goes with its account, which has an entry",
    "versions.remove_all": "goes with its function, which has an entry",
    "versions.retire": "no version was there; an import has its number given to none",
    "aliases.remove_all": "goes with its function, which has an entry",
    "saved_calls.remove_all": "goes with its function, which has an entry",
    "secrets.remove_all": "goes with its function, which has an entry",
    "secrets.remove_all_of_account": "goes with its account, which has an entry",
    "approvals.remove_all": "goes with its account, which has an entry",
    "approvals.add": "a call that asks; what a person decides has an entry",
    "triggers.count_failure": "the platform counts; what it disables has an entry",
    "triggers.forget_failures": "the platform counts; what it disables has an entry",
    "revoked_tokens.add": "a token is no setting, and its key stays",
}
"""Writes without an entry, and why."""

OF_FUNCTIONS_THEMSELVES = {
    "catalog", "usage", "audit", "records", "daily_counts", "idempotency_records", "key_values",
    "shadows", "budgets",
}  # fmt: skip
"""What reads alone, or what executions write."""

PORTS: dict[str, type] = {
    "accounts": AccountRepository,
    "aliases": AliasRepository,
    "api_keys": ApiKeyRepository,
    "approvals": ApprovalRepository,
    "audit": AuditRepository,
    "budgets": BudgetRepository,
    "catalog": Catalog,
    "daily_counts": DailyCountRepository,
    "functions": FunctionRepository,
    "idempotency_records": IdempotencyRepository,
    "key_values": KeyValueRepository,
    "records": RecordRepository,
    "revoked_tokens": RevokedTokenRepository,
    "saved_calls": SavedCallRepository,
    "secrets": SecretRepository,
    "shadows": ShadowRepository,
    "triggers": TriggerRepository,
    "usage": UsageRepository,
    "versions": VersionRepository,
}


@pytest.fixture
def ready(store: Store) -> Store:
    """Return a store that has what the writes of each repository stand on."""
    store.accounts.add(TOP)
    for version in VERSIONS[1:]:
        store.versions.add(version)
    store.approvals.add(AN_APPROVAL, NOW)
    return store


def all_entries(store: Store) -> list[Any]:
    return [*entries(store), *entries(store, CHILD)]


@pytest.mark.parametrize("repository", RECORDED)
def test_each_write_leaves_one_entry_and_a_refused_one_none(ready: Store, repository: str) -> None:
    if repository == "aliases":
        ready.versions.add(VERSIONS[0])
    for _, recorded in RECORDED[repository]:
        before = all_entries(ready)
        recorded.write(ready)
        added = [entry for entry in all_entries(ready) if entry not in before]
        assert [entry.what for entry in added] == [recorded.what]

        if recorded.refusal is not None:
            with pytest.raises(recorded.refusal):
                recorded.write(ready)
            assert len(all_entries(ready)) == len(before) + 1


def test_a_key_that_is_gone_already_leaves_no_further_entry(ready: Store) -> None:
    ready.api_keys.add(A_KEY)
    ready.api_keys.remove(A_KEY)
    before = all_entries(ready)

    ready.api_keys.remove(A_KEY)

    assert all_entries(ready) == before


def test_a_deleted_function_that_the_store_keeps_is_removed_to_the_audit(ready: Store) -> None:
    ready.functions.add(A_FUNCTION)
    ready.functions.replace(renamed(A_FUNCTION), A_FUNCTION)
    ready.functions.replace(_DELETED, renamed(A_FUNCTION))

    entry = entries(ready)[-1]

    assert (entry.what, entry.after) == ("function.removed", None)


def test_a_decision_says_what_was_decided(ready: Store) -> None:
    ready.approvals.replace(APPROVED, AN_APPROVAL)
    ready.approvals.replace(_DENIED, APPROVED)

    assert [entry.what for entry in entries(ready)[-2:]] == ["approval.approved", "approval.denied"]


@pytest.mark.parametrize("repository", RECORDED)
def test_no_entry_has_a_source_a_key_or_the_value_of_a_secret(
    ready: Store, repository: str
) -> None:
    if repository == "aliases":
        ready.versions.add(VERSIONS[0])
    for _, recorded in RECORDED[repository]:
        recorded.write(ready)

    text = "".join(dump(entry.document) for entry in all_entries(ready))

    assert ACCOUNT in text
    for secret in (SOURCE, SEALED, SIGNING, KEY_SHA256, "hunter2", "no entry has"):
        assert secret not in text


def test_every_method_of_every_repository_reads_or_is_recorded_or_says_why_not() -> None:
    properties = {name for name, value in vars(store_port.Store).items() if type(value) is property}
    assert properties - {"dependents"} == set(PORTS)

    methods = {
        f"{name}.{method}"
        for name, port in PORTS.items()
        if name not in OF_FUNCTIONS_THEMSELVES
        for method in vars(port)
        if not method.startswith("_") and method not in READS
    }
    recorded = {f"{name}.{method}" for name, writes in RECORDED.items() for method, _ in writes}

    assert methods == recorded | set(NOT_RECORDED)
