"""The load generator in a process of its own, so that nothing of the benchmark's slows it."""

import gc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.bench.load import Block, Load
from tests.support.frequent_requests import HttpRequest


class Client:
    """A process with connections to one server at a time; close it."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(1, get_context("spawn"), gc.freeze)

    def close(self) -> None:
        """End the process."""
        self._process.shutdown()

    def connect(self, port: int, request: HttpRequest, connections: int) -> None:
        """Connect to a server, close the connections to another, and ask once on each new one."""
        self._process.submit(_connect, port, request, connections).result()

    def ask(self, seconds: float) -> Block:
        """Ask for some seconds on the connections that are open."""
        return self._process.submit(_ask, seconds).result()


# In the process of the client:

_open: list[Load] = []


def _connect(port: int, request: HttpRequest, connections: int) -> None:
    while _open:
        _open.pop().close()
    _open.append(Load(port, request, connections))
    _open[0].run(connections)


def _ask(seconds: float) -> Block:
    return _open[0].run_for(seconds)
