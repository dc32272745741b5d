"""Count what is executed, in memory first, and show the counts of days."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from threading import Lock

from isolambda_core.domain.executions.daily_counts import DAY_S, DailyCount, Days, day_of
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.limits import (
    DAILY_COUNTS_FLUSH_S,
    DAILY_COUNTS_ROWS,
    PAGE_SIZE_MAX,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import DailyCountRepository
from isolambda_core.services.paging import Page, fill_page

_KEPT = 16
"""So many times as many rows are kept while the store takes none, as one tenant has of them."""
_EXAMINED_ROWS = 20_000
"""After so many counts a page of sums ends with their day."""
_BEHIND_DAY = "~"

_Key = tuple[str, str, int]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Row:
    """What was counted of one function on one day."""

    tenant: str
    executions: int = 0
    failures: int = 0
    cpu_ms: float = 0.0


@dataclass(slots=True)
class DailyCountService:
    """Counts the executions of a process, by any thread, and shows what was counted by all.

    ``every_s`` is after how many seconds :meth:`add` asks for a flush, and ``rows_max`` for how
    many functions it asks sooner. While the store takes nothing, a tenant has so many rows in
    memory, and displaces nothing of others.
    """

    counts: DailyCountRepository
    clock: Clock
    every_s: float = DAILY_COUNTS_FLUSH_S
    rows_max: int = DAILY_COUNTS_ROWS
    _lock: Lock = field(default_factory=Lock)
    _flushing: Lock = field(default_factory=Lock)
    _rows: dict[_Key, _Row] = field(default_factory=dict)
    _of_tenants: dict[str, int] = field(default_factory=dict)
    _due_at: float = 0
    _is_failing: bool = False
    _dropped: int = 0

    def add(self, invocation: Invocation, result: ExecutionResult) -> bool:
        """Count an execution that has ended; return whether to call :meth:`flush` now."""
        now = self.clock.now()
        key = (invocation.account_id, invocation.function_id, now // DAY_S)
        with self._lock:
            if key in self._rows:
                row = self._rows[key]
            else:
                row = self._begin(key, invocation.tenant or invocation.account_id)
            row.executions += 1
            row.cpu_ms += result.usage.cpu_ms
            if result.outcome is not Outcome.OK:
                row.failures += 1
            # A clock that was set back is not to put it off.
            return now >= self._due_at or now < self._due_at - self.every_s

    def count_of(self, invocation: Invocation, result: ExecutionResult) -> DailyCount:
        """Return what an execution that has ended counts, for a store that adds it itself."""
        row = _Row("", 1, int(result.outcome is not Outcome.OK), result.usage.cpu_ms)
        days = self.clock.now() // DAY_S
        return _count_of((invocation.account_id, invocation.function_id, days), row)

    def flush(self) -> None:
        """Add to the store what was counted; what it does not take waits for another time.

        What another thread is adding has been added, or waits too, when this returns.
        """
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            rows = list(self._rows.items())
            self._rows, self._of_tenants = {}, {}
            self._due_at = self.clock.now() + self.every_s
        added = self.counts.add([_count_of(key, row) for key, row in rows]) if rows else 0
        with self._lock:
            self._is_failing = added < len(rows)
            for key, row in rows[added:]:
                kept = self._rows.get(key) or self._begin(key, row.tenant, row.executions)
                kept.executions += row.executions
                kept.failures += row.failures
                kept.cpu_ms += row.cpu_ms
        if self._is_failing:
            _log.warning("the store takes no counts of executions")
        if self._dropped:
            line = {"executions": self._dropped}
            message = "%(executions)d executions were not counted: there is no room"
            _log.warning(message, line, extra=line)
            self._dropped = 0

    def list(
        self, account_id: str, days: Days, limit: int, after: str, *, descending: bool
    ) -> Page[DailyCount]:
        """Return a page of counts of functions, in the order of days, and of functions in a day.

        ``after`` is the id to start behind, or any text before or behind all of them.
        """
        found = self._iterate(account_id, days, after, limit + 1, descending=descending)
        return fill_page(found, limit)

    def of_function(
        self,
        account_id: str,
        days: Days,
        limit: int,
        after: str,
        *,
        function_id: str,
        descending: bool,
    ) -> Page[DailyCount]:
        """Return a page of counts of one function, as :meth:`list` returns those of all."""
        self.flush()
        ids = (f"{day}#{function_id}" for day in days.dates)
        wanted = sorted(each for each in ids if (each < after if descending else each > after))
        found = self.counts.find(account_id, wanted[::-1] if descending else wanted)
        return fill_page(found, limit)

    def sums(
        self, account_id: str, days: Days, limit: int, after: str, *, descending: bool
    ) -> Page[DailyCount]:
        """Return a page of counts of all functions together, in the order of days.

        ``after`` is as for :meth:`list`. With many functions a page has fewer than ``limit``.
        """
        found = self._iterate(account_id, days, after, PAGE_SIZE_MAX, descending=descending)
        page: list[DailyCount] = []
        examined = 0
        for day, of_day in groupby(found, lambda count: count.day):
            if page and (len(page) == limit or examined >= _EXAMINED_ROWS):
                last = page[-1].day
                return Page(page, last if descending else last + _BEHIND_DAY)
            total, rows = _sum_of(account_id, day, of_day)
            examined += rows
            page.append(total)
        return Page(page, next_after=None)

    def _iterate(
        self, account_id: str, days: Days, after: str, at_once: int, *, descending: bool
    ) -> Iterator[DailyCount]:
        self.flush()  # what this process counted is to be seen
        nearer, bound = (min, days.behind) if descending else (max, days.before)
        found = self.counts.iterate(
            account_id, nearer(after, bound), descending=descending, at_once=at_once
        )
        return takewhile(lambda count: days.first <= count.day <= days.last, found)

    def _begin(self, key: _Key, tenant: str, executions: int = 1) -> _Row:
        """Return the row of a function that is not counted yet.

        It has no effect where there is no room for it; ``executions`` are what it is for.
        """
        row, of_tenant = _Row(tenant), self._of_tenants.get(tenant, 0)
        if self._is_failing:
            is_full = len(self._rows) >= self.rows_max * _KEPT
            if is_full or of_tenant >= self.rows_max:
                self._dropped += executions
                return row
        elif len(self._rows) + 1 >= self.rows_max:
            self._due_at = 0
        self._rows[key] = row
        self._of_tenants[tenant] = of_tenant + 1
        return row


def _count_of(key: _Key, row: _Row) -> DailyCount:
    account_id, function_id, days = key
    cpu_us = round(row.cpu_ms * 1000)
    return DailyCount(account_id, day_of(days), function_id, row.executions, row.failures, cpu_us)


def _sum_of(account_id: str, day: str, counts: Iterable[DailyCount]) -> tuple[DailyCount, int]:
    """Return the sum of the counts of a day, and how many they are."""
    rows = executions = failures = cpu_us = 0
    for count in counts:
        rows += 1
        executions += count.executions
        failures += count.failures
        cpu_us += count.cpu_us
    return DailyCount(account_id, day, None, executions, failures, cpu_us), rows
