"""The thread that adds what a process executed to the counts of days."""

from collections.abc import Callable, Iterator
from contextlib import closing
from math import inf
from queue import Queue
from threading import current_thread

import pytest
from typing_extensions import override

from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.services.accounts.budget_spending import BudgetSpending
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_local import counting
from isolambda_local.counting import flushing
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import SetClock

ACCOUNT = "a" * 32
INVOCATION = Invocation(ACCOUNT, "f" * 32, b"")
OK = ExecutionResult("", Outcome.OK)


class ObservedCounts(DailyCountService):
    """Notes which thread flushes, and raises what is left of ``faults`` there."""

    flushed: Queue[str]
    faults: list[Exception]

    @override
    def flush(self) -> None:
        self.flushed.put(current_thread().name)
        if self.faults and current_thread().name == "counting":
            raise self.faults.pop()
        super().flush()


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


@pytest.fixture
def counts(store: SqliteStore) -> ObservedCounts:
    observed = ObservedCounts(store.daily_counts, SetClock(), inf)
    observed.flushed, observed.faults = Queue(), []
    return observed


@pytest.fixture
def spending(store: SqliteStore) -> BudgetSpending:
    return BudgetSpending(store.budgets, store.usage, store.queue, SetClock())


@pytest.fixture
def stored(store: SqliteStore) -> Callable[[], int]:
    """Returns how many executions are in the store."""
    found = store.daily_counts.iterate
    return lambda: sum(each.executions for each in found(ACCOUNT, "~", at_once=10))


def test_no_execution_writes_and_the_end_does(
    counts: ObservedCounts, spending: BudgetSpending, stored: Callable[[], int]
) -> None:
    with flushing(counts, spending):
        assert [counts.add(INVOCATION, OK) for _ in range(3)] == [False] * 3
        assert stored() == 0

    assert stored() == 3


def test_what_is_counted_is_written_after_a_while_whatever_happened_before(
    counts: ObservedCounts,
    spending: BudgetSpending,
    stored: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "DAILY_COUNTS_FLUSH_S", 0.001)
    counts.faults.append(RuntimeError("it is tried again"))

    with flushing(counts, spending):
        assert counts.flushed.get(timeout=30) == current_thread().name
        counts.add(INVOCATION, OK)
        # One more begins after this, and another when that has ended.
        for _ in range(counts.flushed.qsize() + 2):
            assert counts.flushed.get(timeout=30) == "counting"
        assert (counts.faults, stored()) == ([], 1)
