"""A thread that adds what a process executed to the counts of days, and settles its budgets."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from isolambda_core.domain.limits import DAILY_COUNTS_FLUSH_S
from isolambda_core.services.accounts.budget_spending import BudgetSpending
from isolambda_core.services.executions.daily_counts import DailyCountService

_log = logging.getLogger(__name__)


@contextmanager
def flushing(counts: DailyCountService, spending: BudgetSpending) -> Iterator[None]:
    """Flush both every ``limits.DAILY_COUNTS_FLUSH_S``, and at the end.

    Raises:
        RuntimeError: the system has no room for the thread.
    """
    ended = Event()

    def work() -> None:
        while not ended.wait(DAILY_COUNTS_FLUSH_S):
            try:
                counts.flush()
                spending.flush()
            except Exception:  # whatever it is, it is tried again
                _log.exception("counts of executions could not be added")

    counts.flush()  # from here on, no execution is asked to
    thread = Thread(target=work, name="counting")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        counts.flush()
        spending.flush(all_of_it=True)
