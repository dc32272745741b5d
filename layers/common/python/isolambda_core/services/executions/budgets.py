"""Execute what is within the budgets of its account and of all accounts above it, and no more."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.budgets import Budget, Budgets
from isolambda_core.domain.accounts.errors import AccountNotFoundError
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import BUDGET_ACCOUNTS, BUDGET_KNOWN_S
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.ports.blocking import Blocking, directly
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.ports.store import Store

if TYPE_CHECKING:
    from isolambda_core.services.accounts.budget_spending import BudgetSpending


@dataclass(slots=True)
class _Known:
    """What this process knows of an account, as of a time in Unix seconds."""

    account: Account
    budgets: tuple[Budget, ...]
    at: int


@dataclass(slots=True)
class BudgetService:
    """Knows which budgets count for an account, for any thread.

    Most have none, and that costs nothing: who authorizes a request has read the account, and calls
    :meth:`note`. Accounts above are read again after ``limits.BUDGET_KNOWN_S``. ``free`` are
    accounts at the top that have no budget, as of the last request that read them.
    """

    accounts: AccountRepository
    spending: "BudgetSpending"
    clock: Clock
    free: set[str] = field(default_factory=set)
    _known: dict[str, _Known] = field(default_factory=dict)

    def note(self, account: Account) -> None:
        """Know an account, as it was just read."""
        self._note(account)

    def known(self, account_id: str) -> Budgets | None:
        """Return the budgets that count for an account; None where some have to be read."""
        known = self._current(account_id)
        if known is None or not known.account.ancestor_ids:
            return None if known is None else known.budgets
        found = list(known.budgets)
        for each in known.account.ancestor_ids:
            above = self._current(each)
            if above is None:
                return None
            found += above.budgets
        return found

    def find(self, account_id: str) -> Budgets:
        """Return the same, by a read of each account that is not known.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        try:
            known = self._read(account_id)
            path = [known, *map(self._read, known.account.ancestor_ids)]
        except AccountNotFoundError:  # another request deletes it now
            return ()
        return [budget for each in path for budget in each.budgets]

    def require(self, account_id: str) -> None:
        """Let pass what will execute later, while something is left of each budget.

        Raises:
            BudgetExhaustedError: nothing is left of one.
            StoreUnavailableError: the store does not answer.
        """
        if budgets := self.find(account_id):
            self.spending.require(budgets)

    def _read(self, account_id: str) -> _Known:
        return self._current(account_id) or self._note(self.accounts.get(account_id))

    def _current(self, account_id: str) -> _Known | None:
        known = self._known.get(account_id)
        if known is None or not 0 <= self.clock.now() - known.at < BUDGET_KNOWN_S:
            return None
        return known

    def _note(self, account: Account) -> _Known:
        known, now = self._known.get(account.id), self.clock.now()
        if known is not None and known.account is account:
            known.at = now
            return known
        current = self._current(account.id)
        if current is not None and current.account.revision > account.revision:
            # Another thread read it before it changed, and notes it only now.
            self.free.discard(account.id)
            return current
        if len(self._known) >= BUDGET_ACCOUNTS:
            self._known.clear()
            self.free.clear()
        budget = account.budget if "budget" in account.document else None
        if budget is None and not account.ancestor_ids:
            self.free.add(account.id)
        else:
            self.free.discard(account.id)
        known = _Known(account, () if budget is None else (budget,), now)
        self._known[account.id] = known
        return known


@dataclass(frozen=True, slots=True)
class BudgetedExecutor:
    """The port ``Executor`` over another one, which executes what is within budgets.

    Every door comes through here; it raises ``BudgetExhaustedError`` as one that is busy.
    """

    executor: Executor
    budgets: BudgetService
    blocking: Blocking = directly

    @property
    def confinement(self) -> Confinement | None:
        """See ``Executor.confinement``."""
        return self.executor.confinement

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Execute within budgets; see ``Executor.execute``."""
        known = self.budgets.known(request.account_id)
        budgets = self.budgets.find(request.account_id) if known is None else known
        if not budgets:
            return self.executor.execute(request)
        spending = self.budgets.spending
        ticket = spending.enter(budgets)
        if ticket is None:
            ticket = spending.ask(budgets)
        result = None
        try:
            result = self.executor.execute(request)
        except ExecutorBusyError:
            spending.give_back(ticket)
            ticket = ()
            raise
        finally:
            spending.charge(ticket, result)
        return result

    def execute_async(self, request: ExecutionRequest) -> Coroutine[Any, Any, ExecutionResult]:
        """Execute within budgets; see ``Executor.execute_async``."""
        if request.account_id in self.budgets.free:
            return self.executor.execute_async(request)
        return self._execute_async(request)

    async def _execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        budgets = self.budgets.known(request.account_id)
        if budgets is None:
            budgets = await self.blocking(self.budgets.find, request.account_id)
        if not budgets:
            return await self.executor.execute_async(request)
        spending = self.budgets.spending
        ticket = spending.enter(budgets)
        if ticket is None:
            ticket = await self.blocking(spending.ask, budgets)
        result = None
        try:
            result = await self.executor.execute_async(request)
        except ExecutorBusyError:
            spending.give_back(ticket)
            ticket = ()
            raise
        finally:
            spending.charge(ticket, result)
        return result


def open_budgets(store: Store, queue: ExecutionQueue, clock: Clock) -> BudgetService:
    """Return the service of a process on a store; ``queue`` gets its callbacks."""
    spending = late(partial(_open_spending, store, queue, clock))
    return BudgetService(store.accounts, spending, clock)


def _open_spending(store: Store, queue: ExecutionQueue, clock: Clock) -> "BudgetSpending":
    # Few accounts have a budget, and a cold start does without what counts it.
    from isolambda_core.services.accounts.budget_spending import (  # noqa: PLC0415
        BudgetSpending,
    )

    return BudgetSpending(store.budgets, store.usage, queue, clock)
