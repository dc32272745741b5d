"""The bytes of records have a quota, and the disk has a reserve."""

import shutil
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes, token_hex
from types import SimpleNamespace

import pytest

from isolambda_core.domain.accounts.errors import StorageFullError
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, RULES, Quota
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    Status,
)
from isolambda_local.sqlite import SqliteStore, open_store
from tests.contract.quotas.tenant import NOW, Makes, Tenant, used
from tests.support.stores import Store


def payload(characters: int) -> ExecutionPayload:
    """Return an input that no compression makes much shorter."""
    return ExecutionPayload(f'"{token_hex(characters)}"'.encode())


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


@pytest.mark.usefixtures("_few_bytes")
def test_the_usage_tells_the_bytes_of_what_waits(
    store: Store, tenant: Tenant, a_record: Makes
) -> None:
    store.records.add(a_record(account_id=tenant.below.id), payload(9_000))

    for account in tenant:
        assert 9_000 < used(store, account)[Quota.RECORD_BYTES] < 20_000
    assert used(store, tenant.top).keys() == set(OF_ACCOUNTS)


@pytest.mark.usefixtures("_few_bytes")
def test_recorded_operations_are_bytes_of_records(
    store: Store, tenant: Tenant, a_record: Makes
) -> None:
    replies = (RecordedReply('{"end":true}', token_bytes(9_000)),)
    recorded = RecordedOperations((RecordedOperation("fetch", "{}", replies),))
    result = ExecutionResult("1" * 32, Outcome.OK, b"1", recorded=recorded)

    store.records.add(a_record(account_id=tenant.below.id), ExecutionPayload(b"1", result=result))

    for account in tenant:
        assert 9_000 < used(store, account)[Quota.RECORD_BYTES] < 20_000


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
            store.records.add(record, ExecutionPayload(b"1"))
        with pytest.raises(StorageFullError) if is_full else nullcontext():
            store.records.require_room(record.account_id, NOW)

        if caught is not None:
            reserved = min(10**9, total // 20)
            error = caught.value
            assert (error.quota, error.limit) == (Quota.DISK_BYTES, total - reserved)
            assert error.used == total - free
