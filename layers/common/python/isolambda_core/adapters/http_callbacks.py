"""Callbacks over HTTPS. A client chooses the URL: its name and its server may be hostile."""

import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cached_property
from time import monotonic

from isolambda_core.domain import limits
from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.domain.executions.callbacks import callback_endpoint
from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.net.connection import connected, tls_context
from isolambda_core.net.cutoff import Cutoff
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.heads import read_head, request_head
from isolambda_core.net.incoming import Incoming
from isolambda_core.net.resolving import PrivateAddressError, Resolve, addresses_of

_SUCCESS = range(200, 300)
_NO_HTTP = "the answer is not HTTP"

# Most specific first.
_REASONS: Sequence[tuple[type[Exception], str]] = (
    (PrivateAddressError, "the host has an address that is not public"),
    (TimeoutError, "timed out"),
    (socket.gaierror, "the host cannot be resolved"),
    (ssl.SSLCertVerificationError, "the certificate is not good for the host"),
    (ssl.SSLError, "TLS failed"),
    (OSError, "the connection failed"),
    (ProtocolError, _NO_HTTP),
    (TooLargeError, _NO_HTTP),
)


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
        return tls_context()  # at the first callback, as it takes a while

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a POST; see ``Callbacks.post``."""
        endpoint = callback_endpoint(url, private=self._private)
        if endpoint is None:
            raise CallbackFailedError("the URL is not allowed")
        try:
            status = self._status(endpoint, headers, body)
        except tuple(kind for kind, _ in _REASONS) as error:
            reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
            raise CallbackFailedError(reason) from error
        if status not in _SUCCESS:
            raise CallbackFailedError(f"HTTP status {status}")

    def _status(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> int:
        cutoff = Cutoff(monotonic() + self._timeout_s)
        found = addresses_of(endpoint, cutoff, self._resolve, private=self._private)
        own = {
            "host": endpoint.authority,
            "connection": "close",
            "content-length": str(len(body)),
        }
        head = request_head("POST", endpoint.target, {**headers, **own}.items())
        with closing(connected(found, cutoff)) as connection:
            if endpoint.secure:
                connection.secure(self._tls, endpoint.host)
            connection.send(head + body)
            incoming = Incoming(connection)
            return read_head(
                incoming, "POST", limits.ANSWER_HEAD_BYTES, limits.ANSWER_HEADERS
            ).status
