"""A server that ends waits for requests, and those that wait for something do so no longer."""

import socket
from contextlib import closing

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
