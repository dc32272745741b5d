"""One supervisor executes on event loops and in threads, and its workers serve both in turn."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import uvloop

from isolambda_core.domain.executions.execution import ExecutionRequest, Outcome
from isolambda_core.domain.limits import Limits
from isolambda_executor.supervisor import Supervisor
from tests.support.waiting import eventually
from tests.unit.executor.supervised import UNSTOPPABLE, asked, request

COUNT = "return globalThis.n = (globalThis.n || 0) + 1"


def executed(supervisor: Supervisor, *requests: ExecutionRequest) -> list[bytes | None]:
    """Execute on a loop of their own, one after the other, and return the results."""

    async def run() -> list[bytes | None]:
        return [(await supervisor.execute_async(each)).result for each in requests]

    return uvloop.run(run())


def test_a_worker_serves_loops_and_threads_in_turn(supervisor: Supervisor) -> None:
    count, results = request(COUNT), []

    for _ in range(2):
        results += executed(supervisor, count, count)
        results.append(supervisor.execute(count).result)

    assert results == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_a_thread_executes_in_a_worker_that_a_running_loop_reads(supervisor: Supervisor) -> None:
    count = request(COUNT)

    async def in_turn() -> list[bytes | None]:
        loop, results = asyncio.get_running_loop(), []
        for _ in range(3):
            results.append((await supervisor.execute_async(count)).result)
            in_thread = await loop.run_in_executor(None, supervisor.execute, count)
            results.append(in_thread.result)
        return results

    assert uvloop.run(in_turn()) == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_loops_in_two_threads_share_the_workers(supervisor: Supervisor) -> None:
    count = request(COUNT)

    with ThreadPoolExecutor(2) as threads:
        halves = [threads.submit(executed, supervisor, *[count] * 20) for _ in range(2)]

    results = [int(result or 0) for half in halves for result in half.result()]
    assert sorted(results) == list(range(1, 41))


def test_a_worker_that_cannot_be_stopped_is_replaced_on_the_loop(supervisor: Supervisor) -> None:
    [before] = asked(supervisor)

    async def run() -> tuple[Outcome, bytes | None]:
        hung = await supervisor.execute_async(request(UNSTOPPABLE, Limits(wall_time_ms=100)))
        return hung.outcome, (await supervisor.execute_async(request("return 1"))).result

    assert uvloop.run(run()) == (Outcome.EXCEEDED_WALL_TIME, b"1")
    assert eventually(lambda: before not in asked(supervisor))


def test_an_execution_that_is_cancelled_leaves_the_next_one_a_worker(
    supervisor: Supervisor,
) -> None:
    async def run() -> bytes | None:
        endless = asyncio.ensure_future(supervisor.execute_async(request("while (true);")))
        await asyncio.sleep(0)
        endless.cancel()
        await asyncio.wait([endless])
        assert endless.cancelled()
        return (await supervisor.execute_async(request("return 1"))).result

    assert uvloop.run(run()) == b"1"


def sockets() -> list[str]:
    """Return the sockets that this process has open."""
    held = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # of the list itself
            held.append(str(descriptor.readlink()))
    return sorted(each for each in held if each.startswith("socket:"))


def test_a_supervisor_that_is_closed_leaves_no_socket_open() -> None:
    before = sockets()

    with Supervisor(workers=1) as supervisor:
        executed(supervisor, request(UNSTOPPABLE, Limits(wall_time_ms=100)), request("return 1"))
        supervisor.execute(request("return 1"))
        assert sockets() != before

    assert sockets() == before
