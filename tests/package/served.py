"""A server that a command starts, in a folder of its own, on a port of its own."""

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, cast

from isolambda_local.greeting import READY
from tests.support.servers import Server


@contextmanager
def serving(command: Sequence[str | Path], folder: Path) -> Iterator[Server]:
    """Serve with a command, until the block ends; everything is kept in ``.isolambda``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output: list[str] = []
    reader = Thread(target=output.extend, args=(process.stdout,))
    server = Server(process, folder / ".isolambda", output, reader)
    try:
        for line in cast("IO[str]", process.stdout):
            output.append(line)
            if READY in line:
                break
        else:
            raise AssertionError("".join(output))
        reader.start()
        yield server
    finally:
        if process.poll() is None:
            server.end()
        server.close()
