"""What a tenant may store: each store counts it exactly, however many write at the same time."""

from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    Status,
)
from tests.contract.quotas.tenant import COUNTED, LIMIT, NOW, Makes, Tenant, admitted_at_once
from tests.support.stores import Store


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
    store.records.add(ended, ExecutionPayload(b"1"))

    assert store.records.get(ended.account_id, ended.function_id, ended.id) == ended
