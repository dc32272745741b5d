"""What an account has used of its budget, as clients see it."""

from collections.abc import Callable
from typing import Final

from isolambda_core.domain.accounts.budgets import (
    MOST,
    STORED_BYTES,
    Budget,
    Measure,
    Meter,
    shown,
    utc_text,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.documents import Document
from isolambda_core.ports.accounts import UsageRepository
from isolambda_core.ports.budgets import BudgetRepository

_STORED: Final = (Quota.RECORD_BYTES, Quota.KV_BYTES)

Unused = Callable[[Meter, Measure], int]
"""Returns what a process took of a meter, and has not used yet."""


def usage_of(
    budget: Budget, meters: BudgetRepository, usages: UsageRepository, now: int, unused: Unused
) -> Document:
    """Return what is used of a budget, by measure and period.

    What other processes took and have not used yet counts as used.

    Raises:
        StoreUnavailableError: the store does not answer.
    """
    found: dict[str, dict[str, Document]] = {}
    for meter, limits in budget.meters(now):
        used = meters.used(meter)
        for measure, limit in limits.items():
            count = used.get(measure, 0) - unused(meter, measure)
            found.setdefault(measure.value, {})[meter.period.value] = {
                "value": shown(measure, limit),
                "used": shown(measure, count),
                "ends_at": utc_text(meter.ends_at),
            }
    if budget.stored_bytes is not None:
        used_bytes = stored_bytes(usages, budget.account_id, now)
        found[STORED_BYTES] = {MOST: {"value": budget.stored_bytes, "used": used_bytes}}
    return found


def stored_bytes(usages: UsageRepository, account_id: str, now: int) -> int:
    """Return how many bytes an account keeps, with all accounts below it: records and values.

    Raises:
        StoreUnavailableError: the store does not answer.
    """
    used = usages.used(account_id, now)
    return sum(used.get(each, 0) for each in _STORED)
