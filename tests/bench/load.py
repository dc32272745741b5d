"""The load generator: keep-alive connections that each ask again as soon as they are answered.

One thread, plain sockets, and as little Python for each request as will do; the same for every
server. It measures its own processor time, which shows that it is not the bottleneck.
"""

import re
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from types import TracebackType
from typing import Final, Self

from tests.bench.figures import Samples
from tests.support.frequent_requests import HttpRequest

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CHUNK: Final = 65_536
_ANSWER_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Block:
    """Requests that were made one after the other on some connections.

    ``samples`` is how long each answer took, ``seconds`` how long all of them, and
    ``client_cpu_s`` the processor time of the load generator.
    """

    samples: Samples
    seconds: float
    client_cpu_s: float

    @property
    def rate(self) -> float:
        """The requests a second."""
        return len(self.samples) / self.seconds


class Load:
    """Connections to one server, kept open from one block of requests to the next; close it."""

    def __init__(self, port: int, request: HttpRequest, connections: int) -> None:
        self._message, self._expected = request.encode(), request.expected.encode()
        self._poll = select.epoll()
        self._connections: dict[int, socket.socket] = {}
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(connection, select.EPOLLIN)
            self._connections[connection.fileno()] = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._poll.close()
        for connection in self._connections.values():
            connection.close()

    def run(self, requests: int) -> Block:
        """Ask ``requests`` times in all."""
        left = repeat(True, requests)
        return self._measure(lambda: next(left, False))

    def run_for(self, seconds: float) -> Block:
        """Ask for some seconds, and await the answers to what was asked by then."""
        ends_at = time.perf_counter() + seconds
        return self._measure(lambda: time.perf_counter() < ends_at)

    def _measure(self, asks_again: Callable[[], bool]) -> Block:
        began, cpu_began = time.perf_counter(), time.process_time()
        samples = self._run(asks_again)
        return Block(
            samples, time.perf_counter() - began, client_cpu_s=time.process_time() - cpu_began
        )

    def _run(self, asks_again: Callable[[], bool]) -> list[float]:
        samples: list[float] = []
        asked_at: dict[int, float] = {}
        arrived: dict[int, bytes] = {}
        for number, connection in self._connections.items():
            if asks_again():
                arrived[number], asked_at[number] = b"", time.perf_counter()
                connection.sendall(self._message)
        while asked_at:
            events = self._poll.poll(_ANSWER_S)
            assert events, "the server does not answer"
            for number, _ in events:
                connection = self._connections[number]
                arrived[number] += connection.recv(_CHUNK)
                if self._is_whole(arrived[number]):
                    samples.append(time.perf_counter() - asked_at.pop(number))
                    if asks_again():
                        arrived[number], asked_at[number] = b"", time.perf_counter()
                        connection.sendall(self._message)
        return samples

    def _is_whole(self, answer: bytes) -> bool:
        assert answer, "the server closed a connection"
        head = answer.find(b"\r\n\r\n")
        if head < 0:
            return False
        length = _LENGTH.search(answer, 0, head + 2)
        assert length is not None, answer
        if len(answer) < head + 4 + int(length[1]):
            return False
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        assert self._expected in answer, answer
        return True
