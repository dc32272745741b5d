"""What accounts executed on a day of UTC, as counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from isolambda_core.domain.documents import Document
from isolambda_core.domain.limits import DAILY_COUNTS_DAYS

DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_NEVER: Final = "~"  # in the order of characters, behind every day


@dataclass(frozen=True, slots=True)
class DailyCount:
    """What a function of an account executed on a day; of all functions if ``function_id`` is None.

    ``day`` is a date such as ``2026-11-30``. Each attempt of an execution counts. ``failures`` are
    those of ``executions`` with another outcome than ``ok``; ``cpu_us`` is the processor time of
    all, in microseconds.
    """

    account_id: str
    day: str
    function_id: str | None
    executions: int
    failures: int
    cpu_us: int

    @property
    def id(self) -> str:
        """What orders counts: the day, then the function."""
        return self.day if self.function_id is None else f"{self.day}#{self.function_id}"

    @property
    def document(self) -> Document:
        """The count as clients see it; the processor time in milliseconds."""
        function = {} if self.function_id is None else {"function_id": self.function_id}
        return {
            "day": self.day,
            **function,
            "executions": self.executions,
            "failures": self.failures,
            "cpu_ms": self.cpu_us / 1000,
        }

    @property
    def expires_at(self) -> int:
        """When the count expires, in Unix seconds."""
        day = date.fromisoformat(self.day) - _EPOCH
        return (day.days + 1 + DAILY_COUNTS_DAYS) * DAY_S


@dataclass(frozen=True, slots=True)
class Days:
    """Dates from ``first`` to ``last``, both of them included."""

    first: str
    last: str

    @property
    def before(self) -> str:
        """What is before the ids of all their counts."""
        return self.first

    @property
    def behind(self) -> str:
        """What is behind the ids of all their counts."""
        return self.last + _NEVER

    @property
    def dates(self) -> Iterator[str]:
        """All dates, in order."""
        first = date.fromisoformat(self.first).toordinal()
        last = date.fromisoformat(self.last).toordinal()
        return (date.fromordinal(each).isoformat() for each in range(first, last + 1))


def day_of(days: int) -> str:
    """Return the date that is so many days after the beginning of Unix time."""
    return (_EPOCH + timedelta(days)).isoformat()
