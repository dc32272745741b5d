"""A server that ends waits for requests, and those that wait for something do so no longer."""

import socket
import subprocess
import sys
from contextlib import closing

import pytest
from starlette.types import Receive, Scope, Send

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

    server = LocalServer(app, Connections(1), bounds, end)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server.run([listener])

    assert seen == [False, True]


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
