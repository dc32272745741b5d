"""The processes of a server grant turns as one process does, and take back those of one that ended.

What holds in one process alone is in ``tests/unit/executor/test_turns.py``.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Lock

import pytest
import uvloop

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.errors import ExecutorBusyError, TooManyExecutionsError
from isolambda_core.domain.limits import EXECUTIONS_WAITING_MAX
from isolambda_executor.loops import OnLoop
from isolambda_executor.turns import FairQueue, Turns
from isolambda_executor.waits import BLOCKING
from isolambda_local.processes.event import SharedEvent
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.processes.turn_table import TurnTable
from isolambda_local.processes.turns import SharedTurns
from tests.support.waiting import WAIT_S

LONG_S = 60.0
RINGS = 50


def on_loop() -> OnLoop:
    return OnLoop(asyncio.get_running_loop())


class Machine:
    """Processes, and the turns that they were granted, in order."""

    def __init__(self, *processes: FairQueue) -> None:
        self.processes = processes
        self.granted: list[str] = []
        self.running: list[tuple[FairQueue, str]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, process: int, *tenants: str, is_call: bool = False) -> None:
        """Ask for turns in a process, one after the other, and wait for none."""
        for tenant in tenants:
            turns = self.processes[process]
            self.tasks.append(asyncio.create_task(self.take(turns, tenant, is_call=is_call)))
            await self.settled()

    async def take(self, turns: FairQueue, tenant: str, *, is_call: bool) -> None:
        await turns.take(tenant, LONG_S, on_loop(), is_call=is_call)
        self.granted.append(tenant)
        self.running.append((turns, tenant))

    async def end(self, number: int = 0) -> None:
        """End the execution that began as the first of those that run, or as a later one."""
        turns, tenant = self.running.pop(number)
        turns.give_back(tenant)
        await self.settled()

    async def settled(self) -> None:
        for turns in self.processes:
            if isinstance(turns, SharedTurns):
                turns.look()  # as the bell makes it do
        for _ in range(5):
            await asyncio.sleep(0)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def shared(at_once: int, share: int, processes: int = 2) -> Sequence[SharedTurns]:
    memory = SharedMemory(processes)
    return [SharedTurns(memory.of_process(each), at_once, share) for each in range(processes)]


def test_a_tenant_has_its_share_over_all_processes() -> None:
    async def story() -> list[str]:
        machine = Machine(*shared(at_once=4, share=2))
        await machine.ask(0, "a", "a")
        await machine.ask(1, "a", "b", "b")
        begun = machine.granted.copy()
        await machine.end()
        await machine.close()
        return [*begun, "|", *machine.granted[len(begun) :]]

    assert asyncio.run(story()) == ["a", "a", "b", "b", "|", "a"]


def test_more_than_may_wait_in_all_processes_are_refused_with_limit_and_use() -> None:
    async def story() -> None:
        first, second = shared(at_once=2, share=1)
        machine = Machine(first, second)
        await machine.ask(0, "a", *["a"] * (EXECUTIONS_WAITING_MAX // 2))
        await machine.ask(1, *["a"] * (EXECUTIONS_WAITING_MAX // 2))
        for process in (first, second):
            with pytest.raises(TooManyExecutionsError) as refused:
                await process.take("a", LONG_S, on_loop(), is_call=False)
            assert (refused.value.limit, refused.value.used) == (1, 1)
        await machine.close()

    asyncio.run(story())


def test_where_other_processes_keep_all_busy_that_is_what_the_refusal_says() -> None:
    async def story() -> None:
        first, second = shared(at_once=1, share=1)
        machine = Machine(first, second)
        await machine.ask(0, "a")
        with pytest.raises(ExecutorBusyError) as refused:
            await second.take("b", 0.0, on_loop(), is_call=False)
        assert not isinstance(refused.value, TooManyExecutionsError)
        await machine.close()

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(20))
def test_turns_are_granted_in_the_same_order_as_in_one_process(seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - only for variety
    script = [
        ("ask", choice.randrange(3), choice.choice("abcd"), choice.random() < 0.2)
        if choice.random() < 0.6
        else ("end", choice.random())
        for _ in range(80)
    ]

    async def play(machine: Machine) -> list[str]:
        for step in script:
            match step:
                case ("ask", process, tenant, is_call):
                    await machine.ask(process % len(machine.processes), tenant, is_call=is_call)
                case ("end", which) if machine.running:
                    await machine.end(int(which * len(machine.running)))
        while machine.running:
            await machine.end()
        await machine.close()
        return machine.granted

    assert asyncio.run(play(Machine(*shared(3, 2, 3)))) == asyncio.run(play(Machine(Turns(3, 2))))


def test_a_process_that_ended_gives_back_what_ran_and_what_waited() -> None:
    async def story() -> list[str]:
        memory = SharedMemory(2)
        first, second = (SharedTurns(memory.of_process(each), 2, 2) for each in range(2))
        machine = Machine(first, second)
        await machine.ask(1, "a", "a", "a")
        await machine.ask(0, "b")
        SharedTurns(memory, 2, 2).forget(1)
        machine.processes = (first,)
        await machine.settled()
        await machine.ask(0, "a", "b")
        await machine.close()
        return machine.granted

    assert asyncio.run(story()) == ["a", "a", "b", "a"]


def test_a_turn_that_stays_in_its_process_disturbs_no_other() -> None:
    async def story() -> None:
        memory = SharedMemory(2)
        ours, theirs = (memory.of_process(each) for each in range(2))
        first, second = (SharedTurns(each, 1, 1) for each in (ours, theirs))
        rung: list[int] = []
        theirs.listen(lambda: rung.append(1), asyncio.get_running_loop())
        machine = Machine(first, second)
        for process in (0, 1, 0):
            await machine.ask(process, "a")

        await machine.end()
        assert [turns for turns, _ in machine.running] == [first]
        assert not rung

        await machine.end()
        assert [turns for turns, _ in machine.running] == [second]
        assert rung
        await machine.close()

    asyncio.run(story())


def test_a_turn_that_stays_in_its_process_takes_no_lock_of_the_others() -> None:
    async def story() -> None:
        memory = SharedMemory(2)
        turns = SharedTurns(memory.of_process(0), 1, 1)
        machine = Machine(turns)
        await machine.ask(0, "a", "a")

        with memory.of_process(1):
            give_back = asyncio.to_thread(turns.give_back, "a")
            await asyncio.wait_for(give_back, WAIT_S)  # else it waits for that lock

        await machine.tasks[1]
        assert machine.granted == ["a", "a"]
        await machine.close()

    asyncio.run(story())


def test_what_waits_behind_others_of_its_process_takes_no_lock_of_the_others() -> None:
    async def wait_for_a_moment(turns: SharedTurns) -> None:
        waiting = asyncio.create_task(turns.take("a", LONG_S, on_loop(), is_call=False))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async def story() -> None:
        memory = SharedMemory(2)
        turns = SharedTurns(memory.of_process(0), 1, 1)
        machine = Machine(turns)
        await machine.ask(0, "a", "a")

        with memory.of_process(1):
            waiting = asyncio.to_thread(asyncio.run, wait_for_a_moment(turns))
            await asyncio.wait_for(waiting, WAIT_S)  # else it waits for that lock

        await machine.close()

    asyncio.run(story())


def test_what_comes_after_all_before_it_have_a_turn_is_behind_other_tenants() -> None:
    async def story() -> list[str]:
        first, second = shared(at_once=1, share=1)
        machine = Machine(first, second)
        await machine.ask(0, "a")
        await machine.ask(1, "a")
        first.give_back("a")  # it is granted to the second process, which has not looked yet
        machine.running.clear()
        for turns, tenant in ((first, "b"), (second, "a")):
            asking = machine.take(turns, tenant, is_call=False)
            machine.tasks.append(asyncio.create_task(asking))
            await asyncio.sleep(0)
        await machine.settled()
        while machine.running:
            await machine.end()
        return machine.granted

    assert asyncio.run(story()) == ["a", "a", "b", "a"]


def test_a_turn_for_one_that_waits_no_more_goes_on_to_the_next() -> None:
    async def story() -> list[str]:
        first, second = shared(at_once=1, share=1)
        machine = Machine(first, second)
        await machine.ask(0, "a")
        await machine.ask(1, "a")
        await machine.ask(0, "b")
        first.give_back("a")  # it is granted to the second process, which has not looked yet
        machine.tasks[1].cancel()
        await machine.settled()
        await machine.settled()
        await machine.close()
        return machine.granted

    assert asyncio.run(story()) == ["a", "b"]


def test_what_a_process_granted_before_it_ended_begins_though_it_did_not_ring() -> None:
    async def story() -> None:
        memory = SharedMemory(2)
        ended, ours = TurnTable(memory.of_process(0), 1, 1), memory.of_process(1)
        key = memory.key_of("a")
        assert ended.begin(key) == 0
        turns = SharedTurns(ours, 1, 1)
        ours.listen(turns.look, asyncio.get_running_loop())
        waiting = asyncio.create_task(turns.take("a", LONG_S, on_loop(), is_call=False))
        await asyncio.sleep(0)
        ended.end(0)
        assert ended.grant(0) == ours.me

        SharedTurns(memory, 1, 1).forget(0)

        await waiting  # else it takes too long

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(4))
def test_shares_hold_and_no_turn_is_lost_while_processes_and_threads_race(seed: int) -> None:
    at_once, share, processes, threads = 2 + seed % 2, 1 + seed % 2, 3, 4
    memory = SharedMemory(processes)
    running: Counter[str] = Counter()
    lock, most = Lock(), []

    def execute(turns: SharedTurns, choice: random.Random) -> None:
        for _ in range(100):
            tenant, wait_s = choice.choice("aab"), choice.choice((LONG_S, LONG_S, 0.001))
            try:
                is_call = choice.random() < 0.2
                complete(turns.take(tenant, wait_s, BLOCKING, is_call=is_call))
            except ExecutorBusyError:
                assert wait_s < LONG_S
                continue
            with lock:
                running[tenant] += 1
                most.append((running[tenant], running.total()))
            with lock:
                running[tenant] -= 1
            turns.give_back(tenant)

    with ThreadPoolExecutor(processes * threads) as pool:
        asked = []
        for number in range(processes):
            ours = memory.of_process(number)
            turns = SharedTurns(ours, at_once, share)
            ours.listen(turns.look)
            asked += [
                pool.submit(execute, turns, random.Random(f"{seed} {number} {each}"))  # noqa: S311
                for each in range(threads)
            ]
        for each in asked:
            each.result()

    assert max(of_tenant for of_tenant, _ in most) <= share
    assert max(in_all for _, in_all in most) <= at_once
    table = TurnTable(memory.of_process(0), at_once, share)
    assert [table.begin(place + 1) for place in range(at_once)] == [*range(at_once)]


def test_the_bell_wakes_what_waits_in_another_process() -> None:
    async def story() -> None:
        memory = SharedMemory(2)
        ours, other = memory.of_process(0), SharedTurns(memory.of_process(1), 1, 1)
        turns = SharedTurns(ours, 1, 1)
        ours.listen(turns.look)
        await other.take("a", LONG_S, on_loop(), is_call=False)
        waiting = asyncio.create_task(turns.take("b", LONG_S, on_loop(), is_call=False))
        await asyncio.sleep(0)

        other.give_back("a")

        await waiting  # else it takes too long

    asyncio.run(story())


def test_the_bell_is_heard_in_a_thread_once_a_loop_has_heard_it() -> None:
    memory = SharedMemory(2)
    ours, theirs = (memory.of_process(each) for each in range(2))
    heard: Queue[str] = Queue()

    async def hear() -> None:
        ours.listen(lambda: heard.put("on the loop"), asyncio.get_running_loop())
        theirs.ring(0)
        while heard.empty():
            await asyncio.sleep(0)
        ours.listen(lambda: heard.put("in a thread"))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(hear())

    assert heard.get() == "on the loop"
    for _ in range(RINGS):  # of which the thread mostly waits for the next one
        theirs.ring(0)
        assert heard.get(timeout=WAIT_S) == "in a thread"


def test_an_event_that_is_set_in_a_process_is_set_in_all() -> None:
    memory = SharedMemory(2)
    ours = memory.of_process(0)
    here, there = SharedEvent(ours), SharedEvent(memory.of_process(1))
    ours.listen(here.hear)

    there.set()

    assert there.is_set()
    assert here.wait(WAIT_S)


def test_a_process_that_rings_for_something_else_sets_no_event() -> None:
    memory = SharedMemory(2)
    ours, theirs = (memory.of_process(each) for each in range(2))
    here, other = (SharedEvent(ours) for _ in range(2))
    SharedEvent(theirs).set()

    for event in (here, other):
        event.hear()
    assert (here.is_set(), other.is_set()) == (True, False)

    here.clear()
    here.hear()
    assert not here.is_set()
