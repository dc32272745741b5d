"""Let the execution that begins next be on its way before the one that ended is answered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.ports.executions import Executor


@dataclass(frozen=True, slots=True)
class NextFirst(Executor):
    """An executor whose result waits until what begins in its place was sent to a worker.

    V8 then executes while this process answers. Else the process would answer while V8 waits, and
    wait while V8 executes, where a tenant has one turn in each process. ``begins`` returns whether
    an execution of this process was granted a turn since it was last asked.
    """

    executor: Executor
    begins: Callable[[], bool]

    @property
    @override
    def confinement(self) -> Confinement | None:
        return self.executor.confinement

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        return self.executor.execute(request)

    @override
    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        result = await self.executor.execute_async(request)
        if self.begins():
            await asyncio.sleep(0)  # a loop resumes first what was granted first
        return result
