"""Port: what accounts have used of their budgets."""

from typing import Protocol

from isolambda_core.domain.accounts.budgets import Amounts, Measure, Meter, Spent


class BudgetRepository(Protocol):
    """Stores meters for some months; every method also raises ``StoreUnavailableError``."""

    def take(self, meter: Meter, limits: Amounts, owed: Amounts, known: Amounts) -> Spent:
        """Add what is ``owed``, and lend a share of what is left of each limit.

        All processes together are never lent more than a limit. ``known`` is what the caller saw
        last of what was used, which saves a request where it is true.
        """
        ...

    def add(self, meter: Meter, amounts: Amounts) -> None:
        """Add to what is used; what is less than 0 gives back."""
        ...

    def used(self, meter: Meter) -> Amounts:
        """Return what is used or lent; nothing of what was never counted."""
        ...

    def mark(self, meter: Meter, measure: Measure, percent: int) -> bool:
        """Note that a percentage was reached, and return whether it was not noted before."""
        ...
