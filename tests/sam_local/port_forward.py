"""A port by which containers reach a server on this machine's loopback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

_IP_FREEBIND = 15  # Linux; the address may come up only with the engine's first container
_BYTES = 65_536


@contextmanager
def forwarded(address: str, port: int) -> Iterator[str]:
    """Pass connections to ``address`` on to a port of 127.0.0.1, and yield the URL."""
    with socket.socket() as listening:
        listening.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        listening.bind((address, 0))
        listening.listen()
        Thread(target=_accept, args=(listening, port), daemon=True).start()
        try:
            yield f"http://{address}:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, port: int) -> None:
    with suppress(OSError):  # the port was closed
        while True:
            outer, _ = listening.accept()
            Thread(target=_serve, args=(outer, port), daemon=True).start()


def _serve(outer: socket.socket, port: int) -> None:
    with outer, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as inner:
        back = Thread(target=_pass_on, args=(inner, outer), daemon=True)
        back.start()
        _pass_on(outer, inner)
        back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either side may be gone
        while data := source.recv(_BYTES):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
