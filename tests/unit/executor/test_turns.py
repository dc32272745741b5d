"""Tenants take turns, each with its share of what may run at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from isolambda_core.domain.executions.errors import ExecutorBusyError, TooManyExecutionsError
from isolambda_core.domain.limits import EXECUTIONS_WAITING_MAX
from isolambda_executor.loops import OnLoop
from isolambda_executor.turns import Turns
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turns import SharedTurns

LONG_S = 60.0


class Queue:
    """Turns, and the order in which they are granted."""

    def __init__(self, turns: Turns | SharedTurns) -> None:
        self.turns = turns
        self.granted: list[str] = []
        self.tasks: list[asyncio.Task[str]] = []

    async def ask(self, *tenants: str, wait_s: float = LONG_S, is_call: bool = False) -> None:
        """Ask for turns, one after the other, and wait for none."""
        for tenant in tenants:
            self.tasks.append(asyncio.create_task(self._take(tenant, wait_s, is_call=is_call)))
            await settled()

    async def _take(self, tenant: str, wait_s: float, *, is_call: bool) -> str:
        await self.turns.take(tenant, wait_s, OnLoop(asyncio.get_running_loop()), is_call=is_call)
        self.granted.append(tenant)
        return tenant

    async def end(self, tenant: str) -> None:
        """End an execution of a tenant."""
        running = [task for task in self.tasks if task.done() and not task.cancelled()]
        task = next(task for task in running if task.result() == tenant)
        self.tasks.remove(task)
        self.turns.give_back(tenant)
        await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def of_one_of_two_processes(at_once: int, share: int) -> SharedTurns:
    return SharedTurns(SharedMemory(2).of_process(0), at_once, share)


def with_queue(at_once: int, share: int) -> Callable[..., Callable[..., None]]:
    def decorate(story: Callable[[Queue], Coroutine[Any, Any, None]]) -> Callable[..., None]:
        async def run(turns: Turns | SharedTurns) -> None:
            queue = Queue(turns)
            try:
                await story(queue)
            finally:
                for task in queue.tasks:
                    task.cancel()
                await asyncio.gather(*queue.tasks, return_exceptions=True)

        @pytest.mark.parametrize("make", [Turns, of_one_of_two_processes])
        def test(make: Callable[[int, int], Turns | SharedTurns]) -> None:
            asyncio.run(run(make(at_once, share)))

        test.__name__, test.__doc__ = story.__name__, story.__doc__
        return test

    return decorate


@with_queue(at_once=4, share=2)
async def test_a_tenant_has_its_share_and_leaves_the_rest_to_others(queue: Queue) -> None:
    await queue.ask("a", "a", "a", "b")

    assert queue.granted == ["a", "a", "b"]
    await queue.end("a")
    assert queue.granted == ["a", "a", "b", "a"]


@with_queue(at_once=1, share=1)
async def test_tenants_that_wait_take_turns_however_many_executions_each_has(queue: Queue) -> None:
    await queue.ask("a", "a", "a", "a", "b", "b", "c")

    for _ in range(6):
        await queue.end(queue.granted[-1])

    assert queue.granted == ["a", "a", "b", "c", "a", "b", "a"]


@with_queue(at_once=1, share=1)
async def test_calls_begin_before_all_that_waits(queue: Queue) -> None:
    await queue.ask("a", "a", "b")
    await queue.ask("a", "c", is_call=True)

    for _ in range(4):
        await queue.end(queue.granted[-1])

    assert queue.granted == ["a", "a", "c", "a", "b"]


@with_queue(at_once=2, share=1)
async def test_a_call_of_a_tenant_with_its_share_keeps_no_one_else(queue: Queue) -> None:
    await queue.ask("a")
    await queue.ask("a", is_call=True)
    await queue.ask("b")

    assert queue.granted == ["a", "b"]


@with_queue(at_once=2, share=1)
async def test_more_than_may_wait_are_refused_at_once_with_limit_and_use(queue: Queue) -> None:
    await queue.ask("a", *["a"] * EXECUTIONS_WAITING_MAX)

    with pytest.raises(TooManyExecutionsError) as refused:
        await queue.turns.take("a", LONG_S, OnLoop(asyncio.get_running_loop()), is_call=False)

    assert (refused.value.limit, refused.value.used) == (1, 1)
    await queue.ask("b")
    assert queue.granted == ["a", "b"]


@with_queue(at_once=2, share=1)
async def test_who_waits_too_long_for_its_own_is_told_its_limit(queue: Queue) -> None:
    await queue.ask("a")

    with pytest.raises(TooManyExecutionsError):
        await queue.turns.take("a", 0.0, OnLoop(asyncio.get_running_loop()), is_call=False)
    await queue.end("a")
    await queue.ask("a")
    assert queue.granted == ["a", "a"]


@with_queue(at_once=1, share=1)
async def test_who_waits_too_long_for_others_is_told_that_all_is_busy(queue: Queue) -> None:
    await queue.ask("a")

    with pytest.raises(ExecutorBusyError) as refused:
        await queue.turns.take("b", 0.0, OnLoop(asyncio.get_running_loop()), is_call=False)

    assert not isinstance(refused.value, TooManyExecutionsError)


@with_queue(at_once=1, share=1)
async def test_one_that_is_cancelled_while_it_waits_leaves_no_gap(queue: Queue) -> None:
    await queue.ask("a", "b", "c")
    queue.tasks[1].cancel()
    await settled()

    await queue.end("a")

    assert queue.granted == ["a", "c"]


@with_queue(at_once=1, share=1)
async def test_one_that_is_cancelled_as_it_is_granted_gives_its_turn_on(queue: Queue) -> None:
    await queue.ask("a", "b", "c")
    first, second = queue.tasks[0].result(), queue.tasks[1]
    queue.turns.give_back(first)  # which grants it, before its task goes on
    second.cancel()
    await settled()

    assert queue.granted == ["a", "c"]


@with_queue(at_once=2, share=2)
async def test_closing_waits_for_what_is_under_way_and_lets_nothing_begin(queue: Queue) -> None:
    await queue.ask("a")
    closing = asyncio.create_task(asyncio.to_thread(queue.turns.close))
    await settled()
    assert not closing.done()

    await queue.end("a")
    await closing

    await queue.ask("b")
    assert queue.granted == ["a"]


def test_fewer_may_wait_where_that_is_said() -> None:
    async def play() -> None:
        queue = Queue(Turns(1, 1, waiting_max=2))
        await queue.ask("a", "a", "a")

        with pytest.raises(TooManyExecutionsError):
            await queue.turns.take("a", LONG_S, OnLoop(asyncio.get_running_loop()), is_call=False)

        await queue.end("a")
        await queue.end("a")
        assert queue.granted == ["a"] * 3

    asyncio.run(play())
