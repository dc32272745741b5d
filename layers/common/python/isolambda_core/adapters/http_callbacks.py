"""Callbacks over HTTPS. The URL is somebody's wish: its name and its server may be hostile.

No redirect is followed, no proxy asked, no cookie kept; none of it is in ``http.client``.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread, Timer
from time import monotonic
from typing import Any

from isolambda_core.domain import limits
from isolambda_core.domain.executions.callbacks import (
    Endpoint,
    endpoint_of,
    is_public,
)
from isolambda_core.domain.executions.errors import CallbackFailedError

_ADDRESSES_TRIED = 4  # whoever owns a name may give it a thousand, to have us scan them
_SUCCESS = range(200, 300)

# Most specific first: but for the last, all of them are OSErrors.
_REASONS: Sequence[tuple[type[Exception], str]] = (
    (TimeoutError, "timed out"),
    (socket.gaierror, "the host cannot be resolved"),
    (ssl.SSLCertVerificationError, "the certificate is not good for the host"),
    (ssl.SSLError, "TLS failed"),
    (OSError, "the connection failed"),
    (HTTPException, "the answer is not HTTP"),
)

_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
Resolve = Callable[..., Sequence[_Found]]
"""What ``socket.getaddrinfo`` does."""


class HttpsCallbacks:
    """The port ``Callbacks``; many threads may use one.

    Only with ``private`` may a URL lead to an address that is not of the internet, and be plain
    HTTP. ``timeout_s`` seconds are for everything, from the name to the head of the answer.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        timeout_s: float = limits.CALLBACK_S,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        self._private = private
        self._timeout_s = timeout_s
        self._resolve = resolve

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Made for the first callback: to read the certificates of all authorities takes 30 ms.
        tls = ssl.create_default_context()
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        return tls

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a POST; see ``Callbacks.post``."""
        endpoint = endpoint_of(url, private=self._private)
        if endpoint is None:
            raise CallbackFailedError("the URL is not allowed")
        try:
            status = self._status(endpoint, headers, body)
        except (OSError, HTTPException) as error:
            reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
            raise CallbackFailedError(reason) from error
        if status not in _SUCCESS:
            raise CallbackFailedError(f"HTTP status {status}")

    def _status(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> int:
        deadline = monotonic() + self._timeout_s
        # Asked once: what is connected to is what was checked, whatever the name says next.
        found = self._addresses(endpoint, deadline)
        if not self._private and not all(is_public(address[0]) for *_, address in found):
            raise CallbackFailedError("the host has an address that is not public")
        with _connected(found, deadline) as plain, _cut_off(plain, deadline):
            if not endpoint.secure:
                return _exchange(plain, endpoint, headers, body)
            with self._tls.wrap_socket(plain, server_hostname=endpoint.host) as secured:
                return _exchange(secured, endpoint, headers, body)

    def _addresses(self, endpoint: Endpoint, deadline: float) -> Sequence[_Found]:
        """Resolve a host, on a thread of its own: ``getaddrinfo`` takes no timeout.

        The thread ends when the system's resolver gives up, usually within half a minute, so that
        none of our threads can leave more than a few of them behind.
        """
        found: Future[Sequence[_Found]] = Future()

        def resolve() -> None:
            try:
                kind = socket.SOCK_STREAM
                found.set_result(self._resolve(endpoint.host, endpoint.port, type=kind))
            except OSError as error:
                found.set_exception(error)

        Thread(target=resolve, name="callback-resolver", daemon=True).start()
        return found.result(_left(deadline))


def _connected(found: Sequence[_Found], deadline: float) -> socket.socket:
    """Return a connection to the first address that takes one, each having its share of time."""
    tried = found[:_ADDRESSES_TRIED]
    failure = OSError("no address")
    for index, (family, kind, protocol, _, address) in enumerate(tried):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(_left(deadline) / (len(tried) - index))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            connection.settimeout(None)
            return connection
    raise failure


@contextmanager
def _cut_off(connection: socket.socket, deadline: float) -> Iterator[None]:
    """Shut a connection down at the deadline, whatever it is busy with.

    Its own timeout would start again with every byte that trickles in, and would never come while
    OpenSSL is kept busy with records that carry nothing.

    Raises:
        TimeoutError: it was shut down.
    """
    expired = Event()

    def cut() -> None:
        expired.set()
        with suppress(OSError):  # the other side was faster
            same.shutdown(socket.SHUT_RDWR)

    with connection.dup() as same:  # TLS takes the descriptor of the connection itself
        timer = Timer(deadline - monotonic(), cut)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            if expired.is_set():
                raise TimeoutError


def _exchange(
    connection: socket.socket, endpoint: Endpoint, headers: Mapping[str, str], body: bytes
) -> int:
    """Send the request, and return the status of an answer whose body is not read."""
    client = HTTPConnection(endpoint.authority)
    client.sock = connection
    own = {"host": endpoint.authority, "connection": "close"}
    client.request("POST", endpoint.target, body, {**headers, **own})
    with client.getresponse() as response:
        return response.status


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
