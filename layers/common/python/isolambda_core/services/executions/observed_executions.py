"""Executions that others learn of when they have ended."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from typing_extensions import override

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.execution import ExecutionResult, Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.traces import under_way
from isolambda_core.services.executions.execution import ExecutionService, Resolved

ObserveExecution = Callable[[Invocation, ExecutionResult], None]
"""Receives each execution that has ended, with the result that its caller gets.

It is called by any thread, and on the event loop, so it takes microseconds and raises nothing.
"""

ObserveFallback = Callable[[IsolambdaError | ExecutionResult], None]
"""Receives why the fallback of a function answers a request."""


@dataclass(frozen=True, slots=True)
class ObservedExecutionService(ExecutionService):
    """Decides as an :class:`ExecutionService`, and calls ``observers`` for each result."""

    observers: tuple[ObserveExecution, ...] = ()
    observe_fallback: ObserveFallback | None = None

    @override
    def conclude(
        self, invocation: Invocation, resolved: Resolved, result: ExecutionResult
    ) -> ExecutionResult:
        concluded = ExecutionService.conclude(self, invocation, resolved, result)
        for observe in self.observers:
            observe(invocation, concluded)
        return concluded

    @override
    def note_fallback(self, function: Function, reason: IsolambdaError | ExecutionResult) -> None:
        ExecutionService.note_fallback(self, function, reason)
        if self.observe_fallback is not None:
            self.observe_fallback(reason)

    @override
    def kept_origin(self, invocation: Invocation) -> Origin:
        trace, origin = under_way.get(), invocation.origin
        if trace is None:
            return origin
        return replace(origin, trace_parent=trace.parent_for(origin.request_id))
