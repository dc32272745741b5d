"""What has ended, is removed or has expired counts no more."""

from collections.abc import Callable
from functools import partial

import pytest

from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    Status,
)
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.limits import RECORD_S
from tests.contract.quotas.tenant import LIMIT, NOW, Makes, Tenant
from tests.support.stores import Store


@pytest.mark.parametrize("add", [Quota.FUNCTIONS], indirect=True)
def test_a_function_that_is_deleted_counts_no_more_even_if_it_is_kept(
    store: Store, tenant: Tenant, add: Makes
) -> None:
    for number in range(LIMIT):
        add(number)
    kept = store.functions.get(tenant.top.id, f"{0:032x}")

    store.functions.replace(kept.removed(NOW), kept)
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
    store.records.add(later(9, status=Status.SUCCEEDED), ExecutionPayload(b"1"))

    store.records.require_room(tenant.below.id, later_s)
    for number in range(LIMIT):
        store.records.add(later(number), ExecutionPayload(b"1"))

    with pytest.raises(QuotaExceededError):
        store.records.add(later(LIMIT), ExecutionPayload(b"1"))


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


@pytest.mark.parametrize("add", [Quota.WAITING_EXECUTIONS], indirect=True)
def test_an_execution_counts_once_however_often_its_record_is_written(
    store: Store, tenant: Tenant, add: Makes, a_record: Makes
) -> None:
    record = a_record(0, account_id=tenant.top.id, asynchronous=True)
    for _ in range(2):
        store.records.add(record, ExecutionPayload(b"1"))
    add(1)
    result = ExecutionResult(record.id, Outcome.OK, b"1")
    ended = record.begun(1).ended(result, 2)
    store.records.replace(record.begun(1), 1)
    store.records.replace(ended, 2, result)
    store.records.replace(ended.called_back(Callback("https://example.org")), 3)
    add(2)
    add(3)

    with pytest.raises(QuotaExceededError):
        add(4)
