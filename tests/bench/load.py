"""The load generator: keep-alive connections that each ask again as soon as they are answered.

One thread, plain sockets, and as little Python for each request as will do; the same for every
server. It tells what it took itself, so that it can be seen not to be the bottleneck.
"""

import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self, cast

from tests.bench.figures import Samples

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CHUNK: Final = 65_536
_ANSWER_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and what must stand in every answer to it."""

    port: int
    path: str
    body: bytes
    expected: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the request as it goes over the wire."""
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


class Load:
    """Connections to one server, kept open from one block of requests to the next."""

    def __init__(self, ask: Ask, connections: int) -> None:
        self._message, self._expected = ask.encode(), ask.expected
        self._selector = selectors.EpollSelector()
        self._connections = []
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", ask.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ)
            self._connections.append(connection)
        self.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._selector.close()
        for connection in self._connections:
            connection.close()

    def run(self, requests: int) -> Samples:
        """Ask ``requests`` times in all, and return how long each answer took."""
        began, cpu = time.perf_counter(), time.process_time()
        samples = self._run(requests)
        self._seconds += time.perf_counter() - began
        self._own_cpu_s += time.process_time() - cpu
        self._requests += requests
        return samples

    def forget(self) -> None:
        """Set the counts to zero."""
        self._seconds = self._own_cpu_s = 0.0
        self._requests = 0

    def rate(self) -> float:
        """Return the requests a second."""
        return self._requests / self._seconds

    def own_share(self) -> float:
        """Return how much of one processor this generator took."""
        return self._own_cpu_s / self._seconds

    def _run(self, requests: int) -> list[float]:
        samples: list[float] = []
        asked_at: dict[socket.socket, float] = {}
        arrived: dict[socket.socket, bytes] = {}
        unasked = requests

        def ask(connection: socket.socket) -> None:
            nonlocal unasked
            unasked -= 1
            arrived[connection] = b""
            asked_at[connection] = time.perf_counter()
            connection.sendall(self._message)

        for connection in self._connections[:requests]:
            ask(connection)
        while len(samples) < requests:
            events = self._selector.select(_ANSWER_S)
            assert events, "the server does not answer"
            for key, _ in events:
                connection = cast("socket.socket", key.fileobj)
                arrived[connection] += connection.recv(_CHUNK)
                if self._whole(arrived[connection]):
                    samples.append(time.perf_counter() - asked_at[connection])
                    if unasked:
                        ask(connection)
        return samples

    def _whole(self, answer: bytes) -> bool:
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
