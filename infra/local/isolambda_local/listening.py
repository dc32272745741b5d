"""The sockets of a server, bound before anything is written.

They listen at once: of two servers that start together only one gets the port, and a client that
comes before the server is ready waits for its answer rather than being refused.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT
from typing import Any

from isolambda_local.start_error import StartError

_BACKLOG = 2048
"""How many clients may wait to be accepted."""
_ABSENT = (EADDRNOTAVAIL, EAFNOSUPPORT)
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a client asks instead

_Address = tuple[Any, ...]
"""Address and port, and for IPv6 what else belongs to them."""


@contextmanager
def listening(
    host: str, port: int, option: str = "--port"
) -> Iterator[tuple[list[socket.socket], str]]:
    """Listen on every address of ``host``; yield the sockets, and the URL that leads there.

    Port 0 is any that is free. ``option`` chooses the port, as errors say.

    Raises:
        StartError: the host has no address here, or the port is taken or not allowed.
    """
    absent: StartError | None = None
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, (address, _, *scope) in _addresses(host, port):
            try:
                sockets.append(stack.enter_context(_listen(family, (address, port, *scope))))
            except OSError as error:
                fault = _fault(host, port, option, error)
                # A name may have an address of a kind that this machine does not use.
                if error.errno not in _ABSENT:
                    raise fault from error
                absent = fault
            else:
                port = sockets[0].getsockname()[1]
        if not sockets:
            raise absent or StartError(f"the host {host!r} has no address; choose another --host")
        yield sockets, _url(host, port)


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, _Address]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a host"
        raise StartError(
            f"the host {host!r} cannot be found: {reason}; choose another --host, such as 127.0.0.1"
        ) from error
    return list(dict.fromkeys((family, address) for family, *_, address in found))


def _listen(family: socket.AddressFamily, address: _Address) -> socket.socket:
    with ExitStack() as undo:
        bound = undo.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
        # The port of a server that has just ended can be used again at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        undo.pop_all()
    return bound


def _fault(host: str, port: int, option: str, error: OSError) -> StartError:
    place = _url(host, port).removeprefix("http://")
    if error.errno == EADDRINUSE:
        return StartError(
            f"{place} is in use by another program; end that one, or choose another {option}"
        )
    if error.errno == EACCES:
        return StartError(f"port {port} is not allowed to this user; choose a {option} above 1023")
    if error.errno in _ABSENT:
        return StartError(
            f"{host} is no address of this machine; choose another --host, such as 127.0.0.1"
        )
    return StartError(f"cannot listen on {place}: {error.strerror}; try another --host or {option}")


def _url(host: str, port: int) -> str:
    name = _LOOPBACK.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
