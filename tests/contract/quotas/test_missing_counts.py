"""What was stored before there were counts is counted once."""

from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_local.sqlite import SqliteStore
from tests.contract.quotas.tenant import LIMIT, Makes, Tenant, admitted_at_once
from tests.support.stores import Store

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
