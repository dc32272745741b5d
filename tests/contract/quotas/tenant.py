"""A tenant of two accounts, and how much of what it stores is admitted."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, NamedTuple

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from tests.support.stores import Store

LIMIT = 3
NOW = 1_800_000_000
Makes = Callable[..., Any]


class Tenant(NamedTuple):
    top: Account
    below: Account


_OTHERS = (Quota.RECORD_BYTES, Quota.KV_BYTES, Quota.APPROVALS, Quota.AUDIT_ENTRIES)
COUNTED = [quota for quota in RULES if quota not in _OTHERS]


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


def used(store: Store, account: Account) -> Mapping[Quota, int]:
    return store.usage.used(account.id, NOW)
