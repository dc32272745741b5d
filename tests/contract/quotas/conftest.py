"""Low quotas, a tenant, and a maker of one more of what a quota counts."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.key_values.values import ItemKey, Value
from isolambda_core.domain.triggers.triggers import Trigger
from tests.contract.quotas.tenant import LIMIT, NOW, Tenant
from tests.support.stores import Store


@pytest.fixture
def tenant(store: Store, an_account: Callable[..., Account]) -> Tenant:
    top = an_account(1)
    below = an_account(2, parent=top)
    store.accounts.add(top)
    store.accounts.add(below)
    return Tenant(top, below)


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for quota, rule in RULES.items():
        if quota not in (Quota.RECORD_BYTES, Quota.KV_BYTES, Quota.AUDIT_ENTRIES):
            # The tenant has one account below the one at the top already.
            limit = LIMIT + 1 if quota is Quota.ACCOUNTS else LIMIT
            monkeypatch.setitem(RULES, quota, replace(rule, limit=limit))


@pytest.fixture
def add(  # noqa: C901, PLR0913, PLR0917 - one maker for each quota
    request: pytest.FixtureRequest,
    store: Store,
    tenant: Tenant,
    a_function: Callable[..., Function],
    a_version: Callable[..., Version],
    a_trigger: Callable[..., Trigger],
    a_saved_call: Callable[..., SavedCall],
    a_claim: Callable[..., IdempotencyRecord],
    a_record: Callable[..., ExecutionRecord],
    an_account: Callable[..., Account],
) -> Callable[[int], Callable[[], None]]:
    """Add one more of what a quota counts, by its number, and return what removes it.

    Those with an odd number are of the account below.
    """

    def of(number: int) -> str:
        return tenant[number % 2].id

    def a_new_function(number: int) -> Callable[[], None]:
        function = a_function(number, account_id=of(number))
        store.functions.add(function)
        return lambda: store.functions.remove(replace(function, revision=1))

    def a_new_account(number: int) -> Callable[[], None]:
        account = an_account(100 + number, parent=tenant[number % 2])
        store.accounts.add(account)
        return lambda: store.accounts.remove(account)

    def a_new_trigger(kind: str) -> Callable[[int], Callable[[], None]]:
        def make(number: int) -> Callable[[], None]:
            trigger = a_trigger(kind, number, account_id=of(number), bucket="b", pattern={})
            store.triggers.add(trigger)
            return lambda: store.triggers.remove(trigger)

        return make

    def a_new_version(number: int) -> Callable[[], None]:
        version = a_version(number + 1, account_id=tenant.below.id)
        store.versions.add(version)
        return lambda: store.versions.remove(version)

    def a_new_saved_call(number: int) -> Callable[[], None]:
        call = a_saved_call(f"call-{number}", account_id=tenant.below.id)
        store.saved_calls.add(call)
        return lambda: store.saved_calls.remove(call)

    def a_new_claim(number: int) -> Callable[[], None]:
        claim = a_claim(number, account_id=of(number), key_sha256=f"{number:064x}")
        store.idempotency_records.add(claim, NOW)
        return lambda: store.idempotency_records.remove(claim)

    def a_new_record(number: int) -> Callable[[], None]:
        record = a_record(number, account_id=of(number), asynchronous=True)
        store.records.add(record, ExecutionPayload(b"1"))
        ended = ExecutionResult(record.id, Outcome.OK, b"1")
        return lambda: store.records.replace(record.ended(ended, NOW * 1000), 1, ended)

    def a_new_value(number: int) -> Callable[[], None]:
        item = ItemKey(of(number), "orders", f"{number}")
        store.key_values.put(item, Value(b"1"), None, NOW)

        def remove() -> None:
            assert store.key_values.delete(item, NOW)

        return remove

    made: dict[Quota, Callable[[int], Callable[[], None]]] = {
        Quota.FUNCTIONS: a_new_function,
        Quota.ACCOUNTS: a_new_account,
        Quota.TRIGGERS: a_new_trigger("webhook"),
        Quota.EVENT_TRIGGERS: a_new_trigger("event"),
        Quota.BUCKET_TRIGGERS: a_new_trigger("bucket"),
        Quota.VERSIONS: a_new_version,
        Quota.SAVED_CALLS: a_new_saved_call,
        Quota.IDEMPOTENCY_KEYS: a_new_claim,
        Quota.WAITING_EXECUTIONS: a_new_record,
        Quota.KV_ITEMS: a_new_value,
    }
    return made[request.param]


@pytest.fixture
def quota(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Quota:
    """The quota that ``add`` adds to; the one of all triggers has more room than its parts."""
    found: Quota = request.node.callspec.params["add"]
    if found in (Quota.EVENT_TRIGGERS, Quota.BUCKET_TRIGGERS):
        rule = RULES[Quota.TRIGGERS]
        monkeypatch.setitem(RULES, Quota.TRIGGERS, replace(rule, limit=100))
    return found
