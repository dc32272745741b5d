"""What a warm execution costs the supervisor, counted in its own process.

The bounds are what Python 3.11 makes, and a twentieth more; later Pythons make less.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from types import FrameType

import pytest
import uvloop

from isolambda_core.domain.executions.execution import Outcome
from isolambda_executor.loops import OnLoop
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.turns import Turns
from tests.support.waiting import WAIT_S
from tests.unit.executor.supervised import request

CALLS_MAX = 110
"""Of Python functions and of C functions, as cProfile counts them."""
CALLS_OF_A_WAIT_MAX = 52
"""Of an execution that waits for its turn, and of the one that it waits for."""
WARM_UP = 10
COUNTED = 20


class Calls:
    """Counts calls in this thread."""

    def __init__(self) -> None:
        self._calls = 0

    def start(self) -> None:
        """Count from zero."""
        self._calls = 0
        sys.setprofile(self._count)

    def stop(self) -> int:
        """Count no more, and return what was counted."""
        sys.setprofile(None)
        return self._calls

    def _count(self, _frame: FrameType, event: str, _argument: object) -> None:
        self._calls += event in ("call", "c_call")


def fewest(supervisor: Supervisor, start: Callable[[], None], stop: Callable[[], int]) -> int:
    """Return the least that is counted while a loop executes, of several executions."""

    async def execute() -> int:
        warm, counted = request("return {hi: call.name};"), []
        for _ in range(WARM_UP + COUNTED):
            start()
            result = await supervisor.execute_async(warm)
            counted.append(stop())
            assert result.outcome is Outcome.OK
        return min(counted[WARM_UP:])

    return uvloop.run(execute())


def test_a_warm_execution_makes_no_more_calls(supervisor: Supervisor) -> None:
    calls = Calls()

    assert 0 < fewest(supervisor, calls.start, calls.stop) <= CALLS_MAX


def test_an_execution_that_waits_for_its_turn_makes_few_calls() -> None:
    turns, calls, counted = Turns(at_once=2, share=1), Calls(), []

    async def wait_for_turns() -> None:
        waits = OnLoop(asyncio.get_running_loop())
        for _ in range(WARM_UP + COUNTED):
            await turns.take("a", WAIT_S, waits, is_call=False)
            calls.start()
            waiting = asyncio.create_task(turns.take("a", WAIT_S, waits, is_call=False))
            await asyncio.sleep(0)
            turns.give_back("a")
            await waiting
            counted.append(calls.stop())
            turns.give_back("a")

    uvloop.run(wait_for_turns())

    assert 0 < min(counted[WARM_UP:]) <= CALLS_OF_A_WAIT_MAX


def test_a_warm_execution_adds_no_reader_to_the_loop(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    duplicate, duplicates = os.dup, []

    def counted(descriptor: int) -> int:
        duplicates.append(descriptor)
        return duplicate(descriptor)

    monkeypatch.setattr(os, "dup", counted)

    assert fewest(supervisor, duplicates.clear, duplicates.__len__) == 0


def test_an_execution_on_the_loop_holds_no_thread(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def execute() -> bytes | None:
        loop = asyncio.get_running_loop()
        await supervisor.execute_async(request("return 1"))
        monkeypatch.setattr(loop, "run_in_executor", None)
        return (await supervisor.execute_async(request("return 1"))).result

    assert asyncio.run(execute()) == b"1"
