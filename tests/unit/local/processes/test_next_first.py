"""Where several processes serve, what begins next is sent off before what ended is answered."""

import asyncio
from dataclasses import dataclass, field

from typing_extensions import override

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.ports.executions import Executor
from isolambda_executor.loops import OnLoop
from isolambda_local.processes.bounds import SharedBounds, of_one_process
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turns import SharedTurns
from tests.support.samples import OK
from tests.unit.executor.supervised import request

LONG_S = 60.0


@dataclass
class Workers(Executor):
    """Workers that execute in turn, as many executions to their end as ``ends`` is released."""

    turns: SharedTurns
    log: list[str] = field(default_factory=list)
    ends: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    @override
    def confinement(self) -> Confinement:
        return Confinement.SYSTEM_CALLS

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        raise NotImplementedError

    @override
    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        waits = OnLoop(asyncio.get_running_loop())
        await self.turns.take("a", LONG_S, waits, is_call=False)
        try:
            self.log.append(f"{request.source} is sent")
            await self.ends.acquire()
            return OK
        finally:
            self.turns.give_back("a")


def a_process() -> tuple[Workers, Executor]:
    """Return the workers of one of two processes with one turn, and the executor over them."""
    process = SharedBounds.of(SharedMemory(2), workers=1, share=1).of_process(0)
    workers = Workers(process.turns)
    return workers, process.bounds().answering(workers)


def test_what_begins_next_is_sent_before_what_ended_is_answered() -> None:
    async def story() -> list[str]:
        workers, executor = a_process()

        async def ask(name: str) -> None:
            await executor.execute_async(request(name))
            workers.log.append(f"{name} is answered")

        asked = [asyncio.create_task(ask(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        workers.ends.release()
        await asked[0]
        workers.ends.release()
        await asked[1]
        return workers.log

    assert asyncio.run(story()) == [
        *("first is sent", "second is sent"),
        *("first is answered", "second is answered"),
    ]


def test_where_nothing_waits_an_execution_is_answered_at_once() -> None:
    async def story() -> list[str]:
        workers, executor = a_process()

        async def ask() -> None:
            await executor.execute_async(request("it"))
            workers.log.append("it is answered")

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        workers.ends.release()
        await asyncio.sleep(0)
        assert asking.done()
        return workers.log

    assert asyncio.run(story()) == ["it is sent", "it is answered"]


def test_one_process_that_has_all_turns_answers_at_once() -> None:
    workers = Workers(SharedTurns(SharedMemory(1).of_process(0), 1, 1))

    assert of_one_process(1, 1).answering(workers) is workers
