"""Queue the callbacks of budgets: one for each percentage that is reached, by all processes."""

import logging
from dataclasses import dataclass

from isolambda_core.domain.accounts.budgets import NOTIFIED_AT, Amounts, Measure, Meter
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.queue.messages import QueuedBudgetCallback
from isolambda_core.ports.budgets import BudgetRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.services.accounts.budget_leases import Lease

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BudgetNotices:
    """Marks what was reached of a meter, so that one process queues the callback of it."""

    meters: BudgetRepository
    queue: ExecutionQueue
    clock: Clock

    def queue_reached(self, meter: Meter, limits: Amounts, lease: Lease) -> None:
        """Queue a callback for each percentage of ``limits`` that ``lease.used`` has reached.

        What the store cannot mark now is tried again with the next share.
        """
        reached = [
            (measure, percent)
            for measure, limit in limits.items()
            for percent in NOTIFIED_AT
            if limit and lease.used.get(measure, 0) * 100 >= limit * percent
        ]
        for measure, percent in reached:
            if (measure, percent) in lease.notified:
                continue
            try:
                is_first = self.meters.mark(meter, measure, percent)
            except StoreUnavailableError:
                return
            lease.notified.add((measure, percent))
            if is_first:
                self._send(meter, measure, percent)

    def _send(self, meter: Meter, measure: Measure, percent: int) -> None:
        now_ms = self.clock.now_ms()
        message = QueuedBudgetCallback(meter.account_id, meter, measure, percent, now_ms)
        try:
            self.queue.send(message)
        except StoreUnavailableError:
            line = {"account_id": meter.account_id, "percent": percent}
            _log.warning("%(account_id)s gets no callback for %(percent)d %% of a budget", line)
