"""Let executions in while something is left of each budget, by shares that a process takes."""

from contextlib import suppress
from dataclasses import InitVar, dataclass, field
from threading import Lock
from typing import Final

from isolambda_core.domain.accounts.budgets import (
    MOST,
    STORED_BYTES,
    Amounts,
    Budget,
    Budgets,
    Measure,
    Meter,
    Ticket,
    shown,
    utc_text,
)
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import BudgetExhaustedError
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.limits import BUDGET_IDLE_S, BUDGET_KNOWN_S
from isolambda_core.ports.accounts import UsageRepository
from isolambda_core.ports.budgets import BudgetRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.services.accounts.budget_leases import Lease
from isolambda_core.services.accounts.budget_notices import BudgetNotices
from isolambda_core.services.accounts.budget_usage import stored_bytes

_STORED_RETRY_S: Final = 60


@dataclass(slots=True)
class BudgetSpending:
    """Lets executions in, and charges what they used, for any thread.

    Of each budget this process takes shares, so that few executions ask the store. What a killed
    process had of them counts as used.
    """

    meters: BudgetRepository
    usages: UsageRepository
    queue: InitVar[ExecutionQueue]
    clock: Clock
    _notices: BudgetNotices = field(init=False)
    _stored: dict[str, tuple[int, int]] = field(default_factory=dict)
    _leases: dict[Meter, Lease] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _asking: Lock = field(default_factory=Lock)
    _flushed_at: int = 0

    def __post_init__(self, queue: ExecutionQueue) -> None:
        self._notices = BudgetNotices(self.meters, queue, self.clock)

    def enter(self, budgets: Budgets) -> Ticket | None:
        """Let an execution in from memory; return None where the store has to be asked.

        Raises:
            BudgetExhaustedError: nothing is left of a budget.
        """
        now = self.clock.now()
        parts = [part for budget in budgets for part in budget.meters(now)]
        with self._lock:
            for budget in budgets:
                self._require_stored(budget, now)
            lacking = [part for part in parts if self._lacks(*part, now)]
            if lacking or not all(self._knows_stored(budget, now) for budget in budgets):
                return None
            return [(meter, self._set_aside(meter, limits, now)) for meter, limits in parts]

    def ask(self, budgets: Budgets) -> Ticket:
        """Let an execution in as :meth:`enter`, with shares of the store where they are missing.

        Raises:
            BudgetExhaustedError: nothing is left of a budget.
            StoreUnavailableError: the store does not answer.
        """
        with self._asking:  # one thread of a process, so that it takes no more than it needs
            if not 0 <= self.clock.now() - self._flushed_at < BUDGET_IDLE_S:
                self.flush()  # a Lambda has no thread for that
            while True:
                ticket = self.enter(budgets)
                if ticket is not None:
                    return ticket
                now = self.clock.now()
                for budget in budgets:
                    self._look_at_stored(budget, now)
                    for meter, limits in budget.meters(now):
                        self._borrow(budget, meter, limits, now)

    def require(self, budgets: Budgets) -> None:
        """Let pass what will execute later, while something is left; it takes nothing.

        Raises:
            BudgetExhaustedError: nothing is left of a budget.
            StoreUnavailableError: the store does not answer.
        """
        now = self.clock.now()
        for budget in budgets:
            self._look_at_stored(budget, now)
            with self._lock:
                self._require_stored(budget, now)
            for meter, limits in budget.meters(now):
                self._look(meter, limits, now)

    def give_back(self, ticket: Ticket) -> None:
        """Take back what was set aside for an execution that did not begin."""
        self._settle(ticket, {})

    def charge(self, ticket: Ticket, result: ExecutionResult | None) -> None:
        """Charge what an execution used; where it has no result, only that it was one."""
        used = {Measure.EXECUTIONS: 1}
        if result is not None:
            used[Measure.CPU_MS] = round(result.usage.cpu_ms * 1000)
            used[Measure.FETCH_BYTES] = sum(
                each.sent_bytes + each.received_bytes for each in result.fetches
            )
        self._settle(ticket, used)

    def flush(self, *, all_of_it: bool = False) -> None:
        """Give back what is idle, or ``all_of_it``, and add what was used beyond shares.

        What the store does not take stays for another time.
        """
        now = self._flushed_at = self.clock.now()
        with self._lock:
            idle = [
                meter
                for meter, lease in self._leases.items()
                if all_of_it
                or meter.ends_at <= now
                or not 0 <= now - lease.touched_at < BUDGET_IDLE_S
            ]
            taken = [(meter, self._leases.pop(meter)) for meter in idle]
        for meter, lease in taken:
            try:
                self.meters.add(meter, {each: -left for each, left in lease.left.items()})
            except StoreUnavailableError:
                self._keep(meter, lease)
            else:
                self._notify_of_debts(meter, lease)

    def unused(self, meter: Meter, measure: Measure) -> int:
        """Return what this process took of a meter and has not used yet."""
        with self._lock:
            lease = self._leases.get(meter)
            return 0 if lease is None else lease.left.get(measure, 0)

    def _knows_stored(self, budget: Budget, now: int) -> bool:
        if budget.stored_bytes is None:
            return True
        found = self._stored.get(budget.account_id)
        return found is not None and 0 <= now - found[1] < BUDGET_KNOWN_S

    def _look_at_stored(self, budget: Budget, now: int) -> None:
        if not self._knows_stored(budget, now):
            used = stored_bytes(self.usages, budget.account_id, now)
            self._stored[budget.account_id] = (used, now)

    def _require_stored(self, budget: Budget, now: int) -> None:
        if budget.stored_bytes is None or not self._knows_stored(budget, now):
            return
        used, _ = self._stored[budget.account_id]
        if used >= budget.stored_bytes:
            most = budget.stored_bytes
            raise BudgetExhaustedError(STORED_BYTES, MOST, most, used, None, _STORED_RETRY_S)

    def _lacks(self, meter: Meter, limits: Amounts, now: int) -> bool:
        """Return whether shares are missing; refuse where the store had none a moment ago."""
        lease = self._leases.get(meter)
        if lease is None:
            return True
        lacking = lease.lacks(limits)
        # A clock that was set back is not to put it off.
        if not 0 < lease.refused_until - now <= BUDGET_KNOWN_S:
            return bool(lacking)
        for measure, limit in lacking.items():
            if lease.limits.get(measure) == limit:
                raise _exhausted(meter, measure, limit, lease.used.get(measure, 0), now)
        return bool(lacking)

    def _look(self, meter: Meter, limits: Amounts, now: int) -> None:
        """Refuse where nothing is left of a meter, by what the store had a moment ago."""
        with self._lock:
            if not self._lacks(meter, limits, now):
                return
            lease = self._leases.setdefault(meter, Lease(now))
            is_known = 0 <= now - lease.seen_at < BUDGET_KNOWN_S
        if not is_known:
            used = self.meters.used(meter)
            with self._lock:
                lease.used, lease.seen_at = used, now
        for measure, limit in lease.lacks(limits).items():
            used_by_all = lease.used.get(measure, 0) + max(0, -lease.left.get(measure, 0))
            if used_by_all >= limit:
                raise _exhausted(meter, measure, limit, used_by_all, now)

    def _set_aside(self, meter: Meter, limits: Amounts, now: int) -> Amounts:
        lease = self._leases[meter]
        lease.touched_at = now
        amounts = {measure: lease.typical(measure) for measure in limits}
        for measure, amount in amounts.items():
            lease.left[measure] -= amount
        return amounts

    def _settle(self, ticket: Ticket, used: Amounts) -> None:
        with self._lock:
            for meter, amounts in ticket:
                # It may have been given back meanwhile.
                lease = self._leases.setdefault(meter, Lease(self.clock.now()))
                for measure, amount in amounts.items():
                    spent = used.get(measure, 0)
                    lease.left[measure] = lease.left.get(measure, 0) + amount - spent
                    lease.spent[measure] = lease.spent.get(measure, 0) + spent
                lease.ended += 1 if used else 0

    def _borrow(self, budget: Budget, meter: Meter, limits: Amounts, now: int) -> None:
        """Take shares where some are missing, and pay what is owed."""
        with self._lock:
            lease = self._leases.setdefault(meter, Lease(now))
            lease.touched_at = now
            wanted = lease.lacks(limits)
            owed = {each: -lease.left.get(each, 0) for each in wanted}
        if not wanted:
            return
        spent = self.meters.take(meter, wanted, owed, lease.used)
        with self._lock:
            lease.used = {**lease.used, **spent.used}
            for each, limit in wanted.items():
                lease.left[each] = lease.left.get(each, 0) + owed[each] + spent.shares.get(each, 0)
                lease.limits[each] = limit
            is_refused = bool(lease.lacks(limits))
            lease.refused_until = min(now + BUDGET_KNOWN_S, meter.ends_at) if is_refused else 0
        lease.has_callback = budget.callback is not None
        if lease.has_callback:
            self._notices.queue_reached(meter, limits, lease)

    def _keep(self, meter: Meter, lease: Lease) -> None:
        with self._lock:
            kept = self._leases.setdefault(meter, lease)
            if kept is not lease:
                for each, left in lease.left.items():
                    kept.left[each] = kept.left.get(each, 0) + left

    def _notify_of_debts(self, meter: Meter, lease: Lease) -> None:
        """Queue the callbacks of what the last executions used beyond shares."""
        if not lease.has_callback or all(left >= 0 for left in lease.left.values()):
            return
        with suppress(StoreUnavailableError):
            lease.used = self.meters.used(meter)
            self._notices.queue_reached(meter, lease.limits, lease)


def _exhausted(
    meter: Meter, measure: Measure, limit: int, used: int, now: int
) -> BudgetExhaustedError:
    value, used_of = shown(measure, limit), shown(measure, used)
    of = (measure.value, meter.period.value, value, used_of)
    return BudgetExhaustedError(*of, utc_text(meter.ends_at), max(1, meter.ends_at - now))
