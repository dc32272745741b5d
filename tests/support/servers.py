"""Real servers: the command that a user types, on a port of its own, over real HTTP."""

import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, cast

from typing_extensions import override

from isolambda_local.greeting import READY
from tests.support.commands import COMMAND, Forked
from tests.support.hosts import Host
from tests.support.waiting import WAIT_S

ONE_WORKER = ("--workers", "1")
"""For who executes one thing at a time: each worker takes a sixth of a second to start."""

UNFORKED = ("env",)
"""What servers are started ``under`` that are to import everything, as a user's."""


@dataclass
class Server(Host):
    """A server under test; its output is read at once, so that the pipe never fills, and kept."""

    process: subprocess.Popen[str]
    data_dir: Path
    output: list[str]
    reader: Thread

    @property
    @override
    def credentials(self) -> dict[str, str]:
        text = (self.data_dir / "credentials.json").read_text(encoding="utf-8")
        return cast("dict[str, str]", json.loads(text))

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> str:
        """End the server and return all that it wrote."""
        self.process.send_signal(with_signal)
        self.process.wait(WAIT_S)
        self.close()
        return "".join(self.output)

    def close(self) -> None:
        """Read the rest of what a server that ended wrote."""
        if self.reader.is_alive():
            self.reader.join(WAIT_S)
        cast("IO[str]", self.process.stdout).close()


_HELD: list[socket.socket] = []


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens, and no other test does from now on.

    It stays bound: the kernel gives it to no program that takes any port, and still lets one listen
    there that names it, as long as that sets ``SO_REUSEADDR``, which servers do.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return cast("int", held.getsockname()[1])


@contextmanager
def starting(data_dir: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on one data directory, ``under`` a program if given; all end with the block."""
    servers: list[Server] = []

    def start_one(*options: str, under: tuple[str, ...] = ()) -> Server:
        command = [
            *under,
            str(COMMAND),
            "serve",
            "--port",
            str(free_port()),
            "--data-dir",
            str(data_dir),
        ]
        start_process = subprocess.Popen if under else Forked
        process = start_process(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        output: list[str] = []
        server = Server(
            process, data_dir, output, Thread(target=output.extend, args=(process.stdout,))
        )
        servers.append(server)
        for line in cast("IO[str]", process.stdout):
            output.append(line)
            if READY in line:
                server.reader.start()
                return server
        raise AssertionError("".join(server.output))

    try:
        yield start_one
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.end()
            server.close()
