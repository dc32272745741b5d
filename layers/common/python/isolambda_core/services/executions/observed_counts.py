"""Counts of days that also tell others of each execution."""

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.services.executions.daily_counts import DailyCountService

ObserveExecution = Callable[[Invocation, ExecutionResult], None]
"""Receives each execution that has ended, with the result that its caller gets.

It is called by any thread, and on the event loop, so it takes microseconds and raises nothing.
"""


@dataclass(slots=True)
class ObservedCounts(DailyCountService):
    """Counts as a :class:`DailyCountService`, and calls ``observers`` for each execution."""

    observers: tuple[ObserveExecution, ...] = ()

    @override
    def add(self, invocation: Invocation, result: ExecutionResult) -> bool:
        self._observe(invocation, result)
        return DailyCountService.add(self, invocation, result)

    @override
    def count_of(self, invocation: Invocation, result: ExecutionResult) -> DailyCount:
        self._observe(invocation, result)
        return DailyCountService.count_of(self, invocation, result)

    def _observe(self, invocation: Invocation, result: ExecutionResult) -> None:
        for observe in self.observers:
            observe(invocation, result)
