"""``python -m tests.bench.loopback``: a server in a process of its own, which answers with bytes.

It prints its port. The path is how many bytes the answer has; connections are kept.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import IO, Final, cast

_PIECE: Final = bytes(65_536)


@contextmanager
def loopback() -> Iterator[str]:
    """Start the server, and give its URL, without a slash at its end."""
    command = [sys.executable, "-m", "tests.bench.loopback"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            yield f"http://127.0.0.1:{int(cast('IO[bytes]', server.stdout).readline())}"
        finally:
            cast("IO[bytes]", server.stdin).close()


def _serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    received = b""
    with connection, suppress(OSError):
        while True:
            while b"\r\n\r\n" not in received:
                piece = connection.recv(65_536)
                if not piece:
                    return
                received += piece
            head, _, received = received.partition(b"\r\n\r\n")
            size = int(head.split(b" ", 2)[1][1:])
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
            while size > 0:
                connection.sendall(_PIECE[:size])
                size -= len(_PIECE)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        Thread(target=_serve, args=(listening,), daemon=True).start()
        sys.stdin.buffer.read()  # until the parent closes it, or ends
        os._exit(0)
