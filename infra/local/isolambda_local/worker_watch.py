"""See whether the workers of a server still start."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from isolambda_api.http.readiness import Check
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.ids import new_id
from isolambda_core.ports.executions import Executor

_WAIT_S: Final = 0.5


@dataclass(slots=True)
class WorkerWatch:
    """Learns from executions, and tries by itself only once one had no worker that starts.

    The workers that accounts have still execute then, so that an execution which succeeds tells
    nothing. ``execute`` is that of the supervisor, with the seconds to wait for a worker.
    """

    execute: Callable[[ExecutionRequest, float], object]
    has_failed: bool = False

    def over(self, executor: Executor) -> Executor:
        """Return an executor with the same workers, from which this one learns."""
        return _WatchedExecutor(executor, self)

    def check(self) -> Check:
        """Compile an empty source in a new worker, if one did not start.

        Raises:
            ExecutorUnavailableError: no worker starts.
        """
        if self.has_failed:
            self._try()
            self.has_failed = False
        return Check(ok=True)

    def _try(self) -> None:
        account = new_id()  # which has no worker yet
        empty = ExecutionRequest(
            new_id(), account, new_id(), "$LATEST", "", b"{}", compile_only=True
        )
        with suppress(ExecutorBusyError):  # there are workers, and all of them execute
            self.execute(empty, _WAIT_S)


@dataclass(frozen=True, slots=True)
class _WatchedExecutor(Executor):
    executor: Executor
    watch: WorkerWatch

    @property
    @override
    def confinement(self) -> Confinement | None:
        return self.executor.confinement

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        try:
            return self.executor.execute(request)
        except ExecutorUnavailableError:
            self.watch.has_failed = True
            raise

    @override
    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        try:
            return await self.executor.execute_async(request)
        except ExecutorUnavailableError:
            self.watch.has_failed = True
            raise
