"""What a tenant may store: each store counts it exactly, however many write at the same time."""

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from threading import Barrier
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import QuotaExceededError, StorageFullError
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, RULES, Quota
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.limits import RECORD_S
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.stores import Store

LIMIT = 3
NOW = 1_800_000_000
Makes = Callable[..., Any]


class Tenant(NamedTuple):
    top: Account
    below: Account


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
        if quota is not Quota.RECORD_BYTES:
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
        return lambda: store.functions.remove(function.account_id, function.id, 1)

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

    def a_new_claim(number: int) -> Callable[[], None]:
        claim = a_claim(number, account_id=of(number), key_sha256=f"{number:064x}")
        store.idempotency_records.add(claim, NOW)
        return lambda: store.idempotency_records.remove(claim)

    def a_new_record(number: int) -> Callable[[], None]:
        record = a_record(number, account_id=of(number), asynchronous=True)
        store.records.add(record, ExecutionPayload("1"))
        ended = ExecutionResult(record.id, Outcome.OK, "1")
        return lambda: store.records.replace(record.ended(ended, NOW * 1000), 1, ended)

    made: dict[Quota, Callable[[int], Callable[[], None]]] = {
        Quota.FUNCTIONS: a_new_function,
        Quota.ACCOUNTS: a_new_account,
        Quota.TRIGGERS: a_new_trigger("webhook"),
        Quota.EVENT_TRIGGERS: a_new_trigger("event"),
        Quota.BUCKET_TRIGGERS: a_new_trigger("bucket"),
        Quota.VERSIONS: a_new_version,
        Quota.IDEMPOTENCY_KEYS: a_new_claim,
        Quota.WAITING_EXECUTIONS: a_new_record,
    }
    return made[request.param]


COUNTED = [quota for quota in RULES if quota is not Quota.RECORD_BYTES]


@pytest.fixture
def quota(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Quota:
    """The quota that ``add`` adds to; the one of all triggers has more room than its parts."""
    found: Quota = request.node.callspec.params["add"]
    if found in (Quota.EVENT_TRIGGERS, Quota.BUCKET_TRIGGERS):
        rule = RULES[Quota.TRIGGERS]
        monkeypatch.setitem(RULES, Quota.TRIGGERS, replace(rule, limit=100))
    return found


@pytest.mark.parametrize("add", COUNTED, indirect=True)
def test_a_tenant_with_all_accounts_below_has_what_the_quota_allows_and_no_more(
    quota: Quota, add: Makes
) -> None:
    for number in range(LIMIT):
        add(number)

    for number in (LIMIT, LIMIT + 1):
        with pytest.raises(QuotaExceededError) as caught:
            add(number)

        error = caught.value
        assert (error.quota, error.limit, error.used) == (
            quota,
            RULES[quota].limit,
            RULES[quota].limit,
        )
        assert str(error) == (
            f"there are {error.used} {RULES[quota].counted}; the limit is {error.limit}"
        )


@pytest.mark.parametrize("add", COUNTED, indirect=True)
def test_what_is_removed_makes_room_for_another_and_a_refusal_takes_none(
    quota: Quota, add: Makes
) -> None:
    removals = [add(number) for number in range(LIMIT)]
    for number in (10, 11):
        with pytest.raises(QuotaExceededError):
            add(number)

    removals[0]()
    removals[1]()
    number = LIMIT if quota is Quota.VERSIONS else 10
    add(number)
    add(number + 1)

    with pytest.raises(QuotaExceededError):
        add(number + 2)


def admitted_at_once(add: Makes, numbers: range) -> int:
    """Add all of these at once, each in a thread, and return how many the quotas admit."""
    start = Barrier(len(numbers))

    def is_admitted(number: int) -> bool:
        start.wait()
        try:
            add(number)
        except QuotaExceededError:
            return False
        return True

    with ThreadPoolExecutor(len(numbers)) as pool:
        return sum(pool.map(is_admitted, numbers))


@pytest.mark.parametrize("add", COUNTED, indirect=True)
def test_of_many_who_add_at_once_as_many_succeed_as_there_is_room_for(
    quota: Quota, add: Makes
) -> None:
    assert admitted_at_once(add, range(8)) == LIMIT, quota


@pytest.mark.parametrize("add", [Quota.FUNCTIONS], indirect=True)
def test_another_tenant_has_a_quota_of_its_own(
    store: Store, add: Makes, a_function: Makes, an_account: Makes
) -> None:
    other = an_account(9)
    store.accounts.add(other)
    for number in range(LIMIT):
        add(number)

    for number in range(LIMIT):
        store.functions.add(a_function(number, account_id=other.id))

    with pytest.raises(QuotaExceededError):
        store.functions.add(a_function(LIMIT, account_id=other.id))


@pytest.mark.parametrize("add", [Quota.FUNCTIONS], indirect=True)
def test_a_function_that_is_deleted_counts_no_more_even_if_it_is_kept(
    store: Store, tenant: Tenant, add: Makes
) -> None:
    for number in range(LIMIT):
        add(number)
    kept = store.functions.get(tenant.top.id, f"{0:032x}")

    store.functions.replace(kept.removed(NOW), kept.revision)
    add(LIMIT)

    with pytest.raises(QuotaExceededError):
        add(LIMIT + 1)


@pytest.mark.parametrize("add", [Quota.FUNCTIONS], indirect=True)
def test_functions_that_go_with_their_account_make_room_in_the_tenant(
    store: Store, tenant: Tenant, add: Makes
) -> None:
    for number in range(LIMIT):  # one of them of the account below
        add(number)

    store.functions.remove_all(tenant.below.id)
    store.accounts.remove(tenant.below)
    add(4)

    with pytest.raises(QuotaExceededError):
        add(6)


@pytest.mark.parametrize("add", [Quota.VERSIONS], indirect=True)
def test_the_versions_of_a_removed_function_count_no_more(
    store: Store, tenant: Tenant, add: Makes, a_version: Callable[..., Version]
) -> None:
    for number in range(LIMIT):
        add(number)

    store.versions.remove_all(tenant.below.id, a_version().function_id)

    for number in range(LIMIT):
        add(number)
    with pytest.raises(QuotaExceededError):
        add(LIMIT)


@pytest.mark.parametrize("add", [Quota.IDEMPOTENCY_KEYS], indirect=True)
def test_a_key_that_is_there_already_takes_no_room(
    store: Store, tenant: Tenant, add: Makes, a_claim: Makes
) -> None:
    for number in range(LIMIT):
        add(number)
    first = a_claim(0, account_id=tenant.top.id, key_sha256=f"{0:064x}")
    other = a_claim(99, account_id=tenant.top.id, key_sha256=f"{0:064x}")

    assert store.idempotency_records.add(other, NOW) == first


def test_what_an_event_is_known_by_is_no_key_of_a_client(
    store: Store, tenant: Tenant, a_claim: Makes
) -> None:
    for number in range(2 * LIMIT):
        claim = a_claim(number, account_id=tenant.top.id, key_sha256=f"{number:064x}")
        claim = replace(claim, lease_until_ms=0)
        assert store.idempotency_records.add(claim, NOW) == claim


@pytest.mark.parametrize("add", [Quota.WAITING_EXECUTIONS], indirect=True)
def test_an_execution_is_refused_before_anything_of_it_is_stored(
    store: Store, tenant: Tenant, add: Makes
) -> None:
    for number in range(LIMIT):
        store.records.require_room(tenant.below.id, NOW)
        add(number)

    with pytest.raises(QuotaExceededError) as caught:
        store.records.require_room(tenant.below.id, NOW)

    assert caught.value.quota is Quota.WAITING_EXECUTIONS


@pytest.mark.parametrize("add", [Quota.WAITING_EXECUTIONS], indirect=True)
def test_executions_that_have_ended_are_recorded_however_many_wait(
    store: Store, tenant: Tenant, add: Makes, a_record: Makes
) -> None:
    for number in range(LIMIT):
        add(number)

    ended = a_record(50, account_id=tenant.top.id, status=Status.SUCCEEDED)
    store.records.add(ended, ExecutionPayload("1"))

    assert store.records.get(ended.account_id, ended.function_id, ended.id) == ended


def payload(characters: int) -> ExecutionPayload:
    """Return an input that no compression makes much shorter."""
    return ExecutionPayload(f'"{token_hex(characters)}"')


@pytest.fixture
def _few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    for quota, limit in ((Quota.RECORD_BYTES, 48_000), (Quota.WAITING_EXECUTIONS, 100)):
        monkeypatch.setitem(RULES, quota, replace(RULES[quota], limit=limit))


def kept(store: Store, account_id: str) -> list[int]:
    """Return the numbers of the records that an account has."""
    found = store.records.iterate(account_id, "f" * 32, descending=False, at_once=100)
    return [int(record.id[12:], 16) for record in found]


@pytest.mark.usefixtures("_few_bytes")
def test_the_oldest_records_of_a_tenant_make_room_for_new_ones(
    store: Store, tenant: Tenant, an_account: Makes, a_record: Makes
) -> None:
    other = an_account(9)
    store.accounts.add(other)
    for account_id in (other.id, tenant.top.id):
        for number in range(3):
            old = a_record(number, account_id=account_id, status=Status.SUCCEEDED)
            store.records.add(old, payload(9_000))

    for number in range(3, 15):
        at_ms = (NOW + number) * 1000
        new = a_record(number, at_ms, account_id=tenant.below.id, status=Status.FAILED)
        store.records.add(new, payload(9_000))

    assert kept(store, other.id) == [0, 1, 2]
    assert kept(store, tenant.below.id)[-1] == 14
    if isinstance(store, SqliteStore):
        assert kept(store, tenant.top.id) == []
        assert 1 <= len(kept(store, tenant.below.id)) <= 4
    else:  # DynamoDB has room until they expire
        assert kept(store, tenant.top.id) == [0, 1, 2]
        assert kept(store, tenant.below.id) == list(range(3, 15))


@pytest.mark.usefixtures("_few_bytes")
def test_what_waits_is_never_removed_and_refuses_more_that_waits(
    store: Store, tenant: Tenant, a_record: Makes
) -> None:
    for number in range(4):
        waiting = a_record(number, account_id=tenant.top.id, asynchronous=True)
        store.records.add(waiting, payload(9_000))
    more = a_record(9, account_id=tenant.below.id, asynchronous=True)

    with pytest.raises(StorageFullError) as caught:
        store.records.add(more, payload(9_000))

    assert kept(store, tenant.top.id) == [0, 1, 2, 3]
    assert kept(store, tenant.below.id) == []
    assert (caught.value.quota, caught.value.limit) == (Quota.RECORD_BYTES, 48_000)
    assert 40_000 < caught.value.used <= 48_000


@pytest.mark.usefixtures("_few_bytes")
def test_the_end_of_an_execution_is_told_whatever_room_there_is(
    store: Store, tenant: Tenant, a_record: Makes
) -> None:
    waiting = [a_record(each, account_id=tenant.top.id, asynchronous=True) for each in range(4)]
    for record in waiting:
        store.records.add(record, payload(9_000))

    for record in waiting[:2]:
        result = ExecutionResult(record.id, Outcome.OK, payload(20_000).input)
        store.records.replace(record.ended(result, NOW * 1000), 1, result)
        _, contents = store.records.get_whole(tenant.top.id, record.function_id, record.id)
        assert contents.result == result

    # In SQLite the first made room for the second; what waits did not.
    expected = [1, 2, 3] if isinstance(store, SqliteStore) else [0, 1, 2, 3]
    assert kept(store, tenant.top.id) == expected


@pytest.mark.usefixtures("_few_bytes")
def test_the_count_of_bytes_follows_records_that_go(
    store: Store, tenant: Tenant, a_record: Makes
) -> None:
    records = [a_record(number, account_id=tenant.top.id) for number in range(4)]
    for _ in range(3):
        for record in (*records[:3], records[0], records[3]):
            store.records.add(record, payload(9_000))
        with pytest.raises(StorageFullError):
            store.records.add(a_record(9, account_id=tenant.top.id), payload(9_000))

        store.records.remove_all(tenant.top.id, records[0].function_id)


@pytest.mark.parametrize("add", [Quota.WAITING_EXECUTIONS], indirect=True)
def test_an_execution_counts_once_however_often_its_record_is_written(
    store: Store, tenant: Tenant, add: Makes, a_record: Makes
) -> None:
    record = a_record(0, account_id=tenant.top.id, asynchronous=True)
    for _ in range(2):
        store.records.add(record, ExecutionPayload("1"))
    add(1)
    result = ExecutionResult(record.id, Outcome.OK, "1")
    ended = record.begun(1).ended(result, 2)
    store.records.replace(record.begun(1), 1)
    store.records.replace(ended, 2, result)
    store.records.replace(ended.called_back(Callback("https://example.org")), 3)
    add(2)
    add(3)

    with pytest.raises(QuotaExceededError):
        add(4)


@pytest.mark.parametrize("add", [Quota.WAITING_EXECUTIONS, Quota.IDEMPOTENCY_KEYS], indirect=True)
def test_what_belongs_to_a_function_counts_no_more_when_that_goes(
    store: Store, tenant: Tenant, quota: Quota, add: Makes, a_record: Makes
) -> None:
    keys = quota is Quota.IDEMPOTENCY_KEYS
    for _ in range(2):
        for number in range(LIMIT):
            add(number)
        with pytest.raises(QuotaExceededError):
            add(9)

        for account in tenant:
            belonging = store.idempotency_records if keys else store.records
            belonging.remove_all(account.id, a_record().function_id)


@pytest.mark.parametrize("add", [Quota.WAITING_EXECUTIONS], indirect=True)
def test_an_execution_that_never_ended_counts_until_its_record_expires(
    store: Store, tenant: Tenant, add: Makes, a_record: Makes
) -> None:
    for number in range(LIMIT):
        add(number)
    later_s = NOW + RECORD_S + 2 * 86_400
    later = partial(a_record, asked_at_ms=later_s * 1000, account_id=tenant.below.id)
    # SQLite removes what has expired with the next record that it gets.
    store.records.add(later(9, status=Status.SUCCEEDED), ExecutionPayload("1"))

    store.records.require_room(tenant.below.id, later_s)
    for number in range(LIMIT):
        store.records.add(later(number), ExecutionPayload("1"))

    with pytest.raises(QuotaExceededError):
        store.records.add(later(LIMIT), ExecutionPayload("1"))


@pytest.mark.parametrize("add", [Quota.IDEMPOTENCY_KEYS], indirect=True)
def test_keys_that_have_expired_make_room(
    store: Store, tenant: Tenant, add: Makes, a_claim: Makes
) -> None:
    for number in range(LIMIT):
        add(number)
    later = NOW + 2 * 3_600
    new = partial(a_claim, account_id=tenant.below.id, expires_at=later + 3_600)

    for number in range(LIMIT):
        claim = new(number + 20, key_sha256=f"{number:064x}")
        assert store.idempotency_records.add(claim, later) == claim

    with pytest.raises(QuotaExceededError):
        store.idempotency_records.add(new(30, key_sha256="f" * 64), later)


@pytest.mark.parametrize("add", [each for each in COUNTED if each in OF_ACCOUNTS], indirect=True)
def test_the_usage_of_an_account_is_what_it_has_with_all_below_it(
    store: Store, tenant: Tenant, quota: Quota, add: Makes, an_account: Makes
) -> None:
    other = an_account(9)
    store.accounts.add(other)
    before = {account.id: used(store, account)[quota] for account in (*tenant, other)}
    removals = [add(number) for number in (0, 1, 3)]

    # The one below the top has those with odd numbers.
    assert used(store, tenant.top)[quota] - before[tenant.top.id] == 3
    assert used(store, tenant.below)[quota] - before[tenant.below.id] == 2
    assert used(store, other)[quota] == 0

    removals[1]()

    assert used(store, tenant.top)[quota] - before[tenant.top.id] == 2
    assert used(store, tenant.below)[quota] - before[tenant.below.id] == 1


@pytest.mark.usefixtures("_few_bytes")
def test_the_usage_tells_the_bytes_of_what_waits(
    store: Store, tenant: Tenant, a_record: Makes
) -> None:
    store.records.add(a_record(account_id=tenant.below.id), payload(9_000))

    for account in tenant:
        assert 9_000 < used(store, account)[Quota.RECORD_BYTES] < 20_000
    assert used(store, tenant.top).keys() == set(OF_ACCOUNTS)


@pytest.mark.parametrize("add", [Quota.IDEMPOTENCY_KEYS], indirect=True)
def test_what_has_expired_is_not_in_the_usage(store: Store, tenant: Tenant, add: Makes) -> None:
    add(0)

    assert store.usage.used(tenant.top.id, NOW)[Quota.IDEMPOTENCY_KEYS] == 1
    assert store.usage.used(tenant.top.id, NOW + 7_200)[Quota.IDEMPOTENCY_KEYS] == 0


def used(store: Store, account: Account) -> Mapping[Quota, int]:
    return store.usage.used(account.id, NOW)


def limited(store: Store, account: Account, **quotas: int) -> Account:
    changed = account.changed({**account.document, "quotas": quotas}, NOW)
    store.accounts.replace(changed, account.revision)
    return changed


@pytest.mark.parametrize("add", [each for each in COUNTED if each in OF_ACCOUNTS], indirect=True)
def test_an_account_with_a_quota_of_its_own_has_no_more_while_those_above_it_have(
    store: Store, tenant: Tenant, quota: Quota, add: Makes
) -> None:
    below = limited(store, tenant.below, **{quota: 1})
    remove = add(1)

    for number in (3, 5):
        with pytest.raises(QuotaExceededError) as caught:
            add(number)
        assert (caught.value.quota, caught.value.limit, caught.value.used) == (quota, 1, 1)
    add(0)
    remove()
    add(3)
    with pytest.raises(QuotaExceededError):
        add(5)

    limited(store, below)
    add(5)
    with pytest.raises(QuotaExceededError) as caught:
        add(2)
    assert caught.value.limit == RULES[quota].limit


@pytest.mark.parametrize("add", [Quota.FUNCTIONS, Quota.WAITING_EXECUTIONS], indirect=True)
def test_of_many_who_add_at_once_below_a_quota_as_many_succeed_as_it_has_room_for(
    store: Store, tenant: Tenant, quota: Quota, add: Makes
) -> None:
    limited(store, tenant.below, **{quota: 2})

    assert admitted_at_once(add, range(1, 12, 2)) == 2
    assert used(store, tenant.top)[quota] == 2


def test_a_new_account_has_the_quotas_of_its_document_from_the_start(
    store: Store, tenant: Tenant, an_account: Makes, a_function: Makes, a_claim: Makes
) -> None:
    none = {"functions": 0, "idempotency_keys": 0}
    account = an_account(7, parent=tenant.below, quotas=none)
    store.accounts.add(account)

    with pytest.raises(QuotaExceededError):
        store.functions.add(a_function(account_id=account.id))
    with pytest.raises(QuotaExceededError):
        store.idempotency_records.add(a_claim(account_id=account.id), NOW)


UNCOUNTED = [
    Quota.FUNCTIONS,
    Quota.ACCOUNTS,
    Quota.TRIGGERS,
    Quota.EVENT_TRIGGERS,
    Quota.BUCKET_TRIGGERS,
    Quota.VERSIONS,
]


def forget_counts(store: Store) -> None:
    """Remove the counts of DynamoDB, as a table has none that was written by an earlier release."""
    if isinstance(store, SqliteStore):
        return
    table = store.functions.table
    for item in table.client.scan(TableName=table.name)["Items"]:
        if item["sk"]["S"].startswith("USAGE"):
            table.client.delete_item(TableName=table.name, Key={"pk": item["pk"], "sk": item["sk"]})


@pytest.mark.parametrize("add", UNCOUNTED, indirect=True)
def test_what_was_stored_before_there_were_counts_is_counted_once_by_many_who_add_at_once(
    store: Store, quota: Quota, add: Makes, a_function: Makes, tenant: Tenant
) -> None:
    if quota is not Quota.FUNCTIONS:  # under which the triggers are found
        store.functions.add(replace(a_function(account_id=tenant.top.id), id="f" * 32))
        store.functions.add(replace(a_function(account_id=tenant.below.id), id="f" * 32))
    for number in range(LIMIT - 1):
        add(number)
    forget_counts(store)

    assert admitted_at_once(add, range(LIMIT, LIMIT + 6)) == 1


@pytest.mark.parametrize("add", UNCOUNTED, indirect=True)
def test_what_was_stored_before_there_were_counts_is_counted_by_who_removes_it(
    store: Store, quota: Quota, add: Makes, a_function: Makes, tenant: Tenant
) -> None:
    if quota is not Quota.FUNCTIONS:
        store.functions.add(replace(a_function(account_id=tenant.top.id), id="f" * 32))
        store.functions.add(replace(a_function(account_id=tenant.below.id), id="f" * 32))
    removals = [add(number) for number in range(LIMIT)]
    forget_counts(store)

    removals[0]()
    add(LIMIT)

    with pytest.raises(QuotaExceededError):
        add(LIMIT + 1)


@pytest.mark.parametrize(
    ("total", "free", "is_full"),
    [
        (10_000_000_000, 499_000_000, True),
        (10_000_000_000, 501_000_000, False),
        (10**12, 999_000_000, True),
        (10**12, 1_001_000_000, False),
    ],
    ids=["5 %", "more than 5 %", "1 GB", "more than 1 GB"],
)
def test_a_database_takes_no_records_when_little_of_the_disk_is_left(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    a_record: Makes,
    a_function: Makes,
    total: int,
    free: int,
    *,
    is_full: bool,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=total, free=free))
    record = a_record(status=Status.SUCCEEDED)
    with closing(open_store(tmp_path / "isolambda.db")) as store:
        store.functions.add(a_function())
        with pytest.raises(StorageFullError) if is_full else nullcontext() as caught:
            store.records.add(record, ExecutionPayload("1"))
        with pytest.raises(StorageFullError) if is_full else nullcontext():
            store.records.require_room(record.account_id, NOW)

        if caught is not None:
            reserved = min(10**9, total // 20)
            error = caught.value
            assert (error.quota, error.limit) == (Quota.DISK_BYTES, total - reserved)
            assert error.used == total - free
