"""Calls of tools as parts of the trace of the execution whose code makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.traces import Trace, span_id_of, under_way
from isolambda_core.ports.executions import Executor


@dataclass(slots=True)
class TracedCalls:
    """The traces of executions that may call tools, for as long as they execute.

    A call comes by a thread of its own, which knows the execution and not its request.
    """

    _traces: dict[str, Trace] = field(default_factory=dict)

    def known_by(self, executor: Executor) -> Executor:
        """Return an executor whose executions are known here."""
        return _TracedExecutor(executor, self)

    @contextmanager
    def of(self, request: ExecutionRequest) -> Iterator[None]:
        """Know an execution of the request under way."""
        trace = under_way.get()
        if trace is None:
            yield
            return
        execution_id = request.execution_id
        self._traces[execution_id] = Trace(
            trace.id_for(request.request_id),
            trace.span_id,
            is_sampled=trace.is_sampled,
            span_id=span_id_of(execution_id),
        )
        try:
            yield
        finally:
            del self._traces[execution_id]

    @contextmanager
    def below(self, execution_id: str) -> Iterator[None]:
        """Do what an execution calls, as a part of its trace."""
        token = under_way.set(self._traces.get(execution_id))
        try:
            yield
        finally:
            under_way.reset(token)


@dataclass(frozen=True, slots=True)
class _TracedExecutor:
    executor: Executor
    calls: TracedCalls

    @property
    def confinement(self) -> Confinement | None:
        return self.executor.confinement

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if request.tools is None:
            return self.executor.execute(request)
        with self.calls.of(request):
            return self.executor.execute(request)

    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        if request.tools is None:
            return await self.executor.execute_async(request)
        with self.calls.of(request):
            return await self.executor.execute_async(request)
