"""Names and their addresses."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Final

from isolambda_core.domain.addresses import is_public
from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.net.cutoff import Cutoff, CutOffError

Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
Resolve = Callable[..., Sequence[Found]]
"""The signature of ``socket.getaddrinfo``."""


_IPV4: Final = 4


class PrivateAddressError(Exception):
    """A host has an address that is not public; ``address`` is that."""

    def __init__(self, address: str) -> None:
        super().__init__("the host has an address that is not public")
        self.address = address


def addresses_of(
    endpoint: Endpoint,
    cutoff: Cutoff,
    resolve: Resolve = socket.getaddrinfo,
    *,
    private: bool = False,
) -> Sequence[Found]:
    """Resolve a host once, on a thread of its own: ``getaddrinfo`` takes no timeout.

    The caller connects to what is returned, which was checked. The thread ends when the system's
    resolver gives up, usually within half a minute, so few of them are left at a time.

    Raises:
        PrivateAddressError: an address is not public, and ``private`` does not permit that.
        socket.gaierror: the name has no address.
        TimeoutError: there was no answer in time.
        CutOffError: the cutoff was cut.
    """
    addresses = _written(endpoint) or _looked_up(endpoint, cutoff, resolve)
    for *_, address in addresses:
        if not private and not is_public(address[0]):
            raise PrivateAddressError(address[0])
    return addresses


def _written(endpoint: Endpoint) -> Sequence[Found]:
    """Return the address that a host is itself, if it is one."""
    try:
        version = ip_address(endpoint.host).version
    except ValueError:
        return ()
    family = socket.AF_INET if version == _IPV4 else socket.AF_INET6
    rest = () if version == _IPV4 else (0, 0)
    address = (endpoint.host, endpoint.port, *rest)
    return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]


def _looked_up(endpoint: Endpoint, cutoff: Cutoff, resolve: Resolve) -> Sequence[Found]:
    found: Future[Sequence[Found]] = Future()

    def ask() -> None:
        try:
            addresses = resolve(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer: Sequence[Found] | OSError = _unknown(error)
        else:
            answer = addresses or _unknown(None)
        with suppress(InvalidStateError):  # it is not waited for any more
            if isinstance(answer, OSError):
                found.set_exception(answer)
            else:
                found.set_result(answer)

    def cut() -> None:
        with suppress(InvalidStateError):
            found.set_exception(CutOffError())

    with cutoff.calling(cut):
        threading.Thread(target=ask, name="resolver", daemon=True).start()
        return found.result(cutoff.left())


def _unknown(error: Exception | None) -> OSError:
    if isinstance(error, OSError):
        return error
    return socket.gaierror(socket.EAI_NONAME, "the name has no address")
