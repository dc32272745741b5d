"""An account reads what it uses, and may have less than those above it."""

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, RULES, Quota
from tests.contract.quotas.tenant import COUNTED, NOW, Makes, Tenant, admitted_at_once, used
from tests.support.stores import Store


def limited(store: Store, account: Account, **quotas: int) -> Account:
    changed = account.changed({**account.document, "quotas": quotas}, NOW)
    store.accounts.replace(changed, account)
    return changed


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


@pytest.mark.parametrize("add", [Quota.IDEMPOTENCY_KEYS], indirect=True)
def test_what_has_expired_is_not_in_the_usage(store: Store, tenant: Tenant, add: Makes) -> None:
    add(0)

    assert store.usage.used(tenant.top.id, NOW)[Quota.IDEMPOTENCY_KEYS] == 1
    assert store.usage.used(tenant.top.id, NOW + 7_200)[Quota.IDEMPOTENCY_KEYS] == 0


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
