"""What a process has of a budget."""

from dataclasses import dataclass, field

from isolambda_core.domain.accounts.budgets import Amounts, Measure


@dataclass(slots=True)
class Lease:
    """What this process may use of a meter without asking, and what it saw of it last.

    ``left`` is less than 0 where executions used more than was there. ``refused_until`` is how long
    the store is not asked again, in Unix seconds, where it had nothing left. ``limits`` are those
    that the shares were taken under. ``has_callback`` is whether their budget has one. ``seen_at``
    is when ``used`` was looked at without taking a share.
    """

    touched_at: int
    left: dict[Measure, int] = field(default_factory=dict)
    limits: dict[Measure, int] = field(default_factory=dict)
    used: Amounts = field(default_factory=dict)
    refused_until: int = 0
    seen_at: int = 0
    has_callback: bool = False
    notified: set[tuple[Measure, int]] = field(default_factory=set)
    ended: int = 0
    spent: dict[Measure, int] = field(default_factory=dict)

    def lacks(self, limits: Amounts) -> Amounts:
        """Return the limits of which nothing is left, or which are others by now."""
        return {
            measure: limit
            for measure, limit in limits.items()
            if self.left.get(measure, 0) <= 0 or self.limits.get(measure) != limit
        }

    def typical(self, measure: Measure) -> int:
        """Return what an execution uses of a measure, as far as this process has seen."""
        if measure is Measure.EXECUTIONS:
            return 1
        return self.spent.get(measure, 0) // self.ended if self.ended else 0
