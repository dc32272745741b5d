"""Callbacks over HTTPS. A client chooses the URL: its name and its server may be hostile.

``http.client`` follows no redirect, asks no proxy and stores no cookie.
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

_ADDRESSES_TRIED = 4  # the owner of a name may give it a thousand, to have Isolambda scan them
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
"""The signature of ``socket.getaddrinfo``."""


class HttpsCallbacks:
    """The port ``Callbacks``; many threads may use one.

    Only with ``private`` may a URL be plain HTTP, or lead to an address that is not public.
    ``timeout_s`` is for all of it, from the name to the head of the response.
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
        # Made for the first callback: reading the certificates of all authorities takes 30 ms.
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
        # Resolved once: the connection is to the address that was checked.
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

        The thread ends when the system's resolver gives up, usually within half a minute, so few of
        them are left at a time.
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
    """Return a connection to the first address that accepts one; each has its share of the time."""
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
    """Shut a connection down at the deadline.

    The socket's own timeout starts again with every byte that arrives, and never ends while the
    server sends OpenSSL records that carry nothing.

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
    """Send the request, and return the status of the response; it does not read the body."""
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
