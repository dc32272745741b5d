"""Budgets: how much an account may use in a day and in a month, with all accounts below it.

What is used is counted in meters: one for each account with a budget, and each period.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_schema import Path, Schema, check


class Measure(StrEnum):
    """What a budget bounds in a period; a closed set, whose words are those of the answers."""

    EXECUTIONS = "executions"
    CPU_MS = "cpu_ms"
    FETCH_BYTES = "fetch_bytes"


class Period(StrEnum):
    """For how long a budget is; both are of UTC."""

    DAY = "day"
    MONTH = "month"


STORED_BYTES: Final = "stored_bytes"
"""The budget of what is kept, which has no period."""
MOST: Final = "most"
"""What stands in the place of a period there."""
PER_UNIT: Final[Mapping[Measure, int]] = {
    Measure.EXECUTIONS: 1,
    Measure.CPU_MS: 1_000,
    Measure.FETCH_BYTES: 1,
}
"""How many of what a meter counts are one of what a document says: processor time in µs."""
_SHARES: Final[Mapping[Measure, int]] = {
    Measure.EXECUTIONS: limits.BUDGET_SHARE_EXECUTIONS,
    Measure.CPU_MS: limits.BUDGET_SHARE_CPU_MS * PER_UNIT[Measure.CPU_MS],
    Measure.FETCH_BYTES: limits.BUDGET_SHARE_FETCH_BYTES,
}
_OF_BUDGET, _OF_REST = 200, 100
NOTIFIED_AT: Final = (50, 80, 100)
"""At what percentages of a budget its callback goes out."""

_AMOUNT: Schema = {"type": "integer", "minimum": 0, "maximum": limits.BUDGET_MAX}
_OF_PERIODS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {period.value: _AMOUNT for period in Period},
}
BUDGET_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{measure.value: _OF_PERIODS for measure in Measure},
        STORED_BYTES: {
            "type": "object",
            "additionalProperties": False,
            "properties": {MOST: _AMOUNT},
        },
    },
    "description": "How much the account may use with all accounts below it, in a day and in a "
    "month of UTC. An account above or an operator sets it.",
    "examples": [{"executions": {"day": 10_000, "month": 200_000}}],
}
"""What ``budget`` of an account's document may be."""
INTEGERS: Final[tuple[Path, ...]] = (
    *((measure.value, period.value) for measure in Measure for period in Period),
    (STORED_BYTES, MOST),
)
"""The paths of the integers in a budget."""

Amounts = Mapping[Measure, int]
"""How much of each measure, as meters count it."""


@dataclass(frozen=True, slots=True)
class Meter:
    """What counts an account's use in one period; ``name`` is its date or month, as 2026-11.

    ``ends_at`` is when the period ends, in Unix seconds.
    """

    account_id: str
    period: Period
    name: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of an account, in the units of meters, by period; what has no limit is absent."""

    account_id: str
    periods: Mapping[Period, Amounts]
    stored_bytes: int | None = None
    callback: str | None = None

    def meters(self, now: int) -> Iterator[tuple[Meter, Amounts]]:
        """Yield the meters that count at a time, in Unix seconds, and the limits of each."""
        for period, amounts in self.periods.items():
            yield meter_of(self.account_id, period, now), amounts


Budgets = Sequence[Budget]
"""The budgets that count for an account: its own, and those of the accounts above it."""
Ticket = Sequence[tuple[Meter, Amounts]]
"""An execution that was let in: what was set aside for it of each meter."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the store has of a meter after something was taken from it.

    ``used`` is all that was used or is lent, and ``shares`` what was lent just now.
    """

    used: Amounts
    shares: Amounts


def budget_of(account_id: str, document: Document) -> Budget | None:
    """Return the budget in an account's document; None for anything that is none.

    Documents of earlier releases may have anything there.
    """
    found = document.get("budget")
    if found is None or any(check(found, BUDGET_SCHEMA)):
        return None
    budget = cast("Mapping[str, Mapping[str, int]]", found)
    periods = {
        period: {
            measure: budget[measure][period] * PER_UNIT[measure]
            for measure in Measure
            if period in budget.get(measure, {})
        }
        for period in Period
    }
    stored, url = budget.get(STORED_BYTES, {}).get(MOST), document.get("budget_callback")
    kept = {period: amounts for period, amounts in periods.items() if amounts}
    if not kept and stored is None:
        return None
    return Budget(account_id, kept, stored, url if isinstance(url, str) else None)


def meter_of(account_id: str, period: Period, now: int) -> Meter:
    """Return the meter of an account that counts at a time, in Unix seconds."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0)
    if period is Period.DAY:
        return Meter(account_id, period, f"{day:%Y-%m-%d}", _seconds(day + timedelta(1)))
    first = day.replace(day=1)
    following = (first + timedelta(32)).replace(day=1)
    return Meter(account_id, period, f"{first:%Y-%m}", _seconds(following))


def share_of(measure: Measure, limit: int, used: int) -> int:
    """Return how much one process takes at a time of what is left of a budget, which may be all.

    It is 0.5 % of the budget at most, and 1 % of what is left: the fewer are left, the fewer wait
    in processes that do not need them.
    """
    left = limit - used
    if left <= 0:
        return 0
    return max(1, min(limit // _OF_BUDGET, left // _OF_REST, _SHARES[measure]))


def shown(measure: Measure, amount: int) -> int | float:
    """Return an amount of a meter in the unit of documents."""
    unit = PER_UNIT[measure]
    return amount / unit if amount % unit else amount // unit


def utc_text(at: int) -> str:
    """Return a time in Unix seconds as RFC 3339 writes it, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
