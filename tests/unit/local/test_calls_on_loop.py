"""Calls of tools are tasks of the loop that executes, and a server waits for them when it ends."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import uvloop

from isolambda_local.calls_on_loop import CallsOnLoop


def on_loop(test: Callable[[CallsOnLoop], Any]) -> Any:
    return uvloop.run(test(CallsOnLoop()))


def test_a_thread_without_a_loop_starts_none() -> None:
    assert CallsOnLoop().start() is None


def test_a_call_from_any_thread_is_a_task_of_the_loop() -> None:
    async def begun(calls: CallsOnLoop) -> list[int]:
        threads = list[int]()

        async def call() -> None:
            threads.append(threading.get_ident())

        start = calls.start()
        assert start is not None
        start(call)
        await asyncio.to_thread(start, call)
        while len(threads) < 2:
            await asyncio.sleep(0)
        return threads

    assert on_loop(begun) == [threading.get_ident()] * 2


def test_it_returns_at_once() -> None:
    async def begun(calls: CallsOnLoop) -> list[str]:
        seen = list[str]()

        async def call() -> None:
            seen.append("call")

        start = calls.start()
        assert start is not None
        start(call)
        seen.append("started")
        await calls.ended()
        return seen

    assert on_loop(begun) == ["started", "call"]


def test_all_have_ended_when_those_have_that_others_made() -> None:
    async def ended(calls: CallsOnLoop) -> list[int]:
        seen = list[int]()
        start = calls.start()
        assert start is not None

        def at(depth: int) -> Callable[[], Any]:
            async def call() -> None:
                await asyncio.sleep(0)
                if depth < 4:
                    start(at(depth + 1))
                await asyncio.sleep(0)
                seen.append(depth)

            return call

        start(at(0))
        await calls.ended()
        return seen

    assert sorted(on_loop(ended)) == [0, 1, 2, 3, 4]
