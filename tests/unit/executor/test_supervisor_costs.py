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
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import request

CALLS_MAX = 116
"""Of Python functions and of C functions, as cProfile counts them."""
WARM_UP = 10
COUNTED = 20


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
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    def start() -> None:
        nonlocal calls
        calls = 0
        sys.setprofile(count)

    def stop() -> int:
        sys.setprofile(None)
        return calls

    assert 0 < fewest(supervisor, start, stop) <= CALLS_MAX


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
