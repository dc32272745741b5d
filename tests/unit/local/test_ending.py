"""A server that ends waits for requests, and those that wait for something do so no longer."""

import asyncio
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from starlette.types import Receive, Scope, Send

from isolambda_local.calls_on_loop import CallsOnLoop
from isolambda_local.connections import Connections
from isolambda_local.processes.bounds import of_one_process
from isolambda_local.serve import LocalServer


def test_a_server_says_that_it_is_ending_before_it_waits_for_requests() -> None:
    bounds = of_one_process(1, 1)
    seen: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        for _ in range(2):
            phase = (await receive())["type"]
            seen.append(bounds.ending.is_set())
            await send({"type": f"{phase}.complete"})

    def end() -> None:
        server.should_exit = True

    server = LocalServer(app, Connections(1), bounds, CallsOnLoop(), end)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server.run([listener])

    assert seen == [False, True]


def test_a_server_waits_for_what_code_has_called_before_its_loop_ends() -> None:
    calls, seen = CallsOnLoop(), list[str]()

    async def call() -> None:
        while "shutdown" not in seen:
            await asyncio.sleep(0)
        seen.append("called")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        for _ in range(2):
            phase = (await receive())["type"].removeprefix("lifespan.")
            if phase == "startup":
                start = calls.start()
                assert start is not None
                start(call)
            seen.append(phase)
            await send({"type": f"lifespan.{phase}.complete"})

    def end() -> None:
        server.should_exit = True

    server = LocalServer(app, Connections(1), of_one_process(1, 1), calls, end)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server.run([listener])

    assert seen == ["startup", "shutdown", "called"]


@pytest.mark.slow
@pytest.mark.parametrize("signal", ["SIGTERM", "SIGINT"])
def test_a_signal_that_comes_in_a_finalizer_ends_the_process_all_the_same(signal: str) -> None:
    program = f"""
import signal, weakref
from isolambda_local.ending import end_by_signals
end_by_signals()
class Item: pass
item = Item()
kept = weakref.ref(item, lambda _: signal.raise_signal(signal.{signal}))
del item
while True: signal.pause()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
