"""Fetch short documents over HTTPS. A client chooses the URL: its server may be hostile."""

import socket
import ssl
from contextlib import closing
from functools import cached_property
from time import monotonic
from typing import Final

from isolambda_core.domain import limits
from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.domain.executions.callbacks import callback_endpoint
from isolambda_core.domain.triggers.errors import DocumentUnavailableError
from isolambda_core.net.bodies import read_body
from isolambda_core.net.connection import connected, tls_context
from isolambda_core.net.cutoff import Cutoff
from isolambda_core.net.errors import ProtocolError, TooLargeError
from isolambda_core.net.heads import read_head, request_head
from isolambda_core.net.incoming import Incoming
from isolambda_core.net.resolving import PrivateAddressError, Resolve, addresses_of

_OK: Final = 200


class HttpsDocuments:
    """The port ``DocumentFetcher``; many threads may use one.

    Only with ``private`` may a URL be plain HTTP, or lead to an address that is not public.
    ``bytes_max`` is the longest document, and ``timeout_s`` is for all of it.
    """

    def __init__(
        self,
        bytes_max: int,
        timeout_s: float,
        *,
        private: bool = False,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        self._bytes_max = bytes_max
        self._timeout_s = timeout_s
        self._private = private
        self._resolve = resolve

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context()  # at the first document, as it takes a while

    def get(self, url: str) -> bytes:
        """Fetch a document; see ``DocumentFetcher.get``."""
        endpoint = callback_endpoint(url, private=self._private)
        if endpoint is None:
            raise DocumentUnavailableError
        try:
            return self._fetch(endpoint)
        except (OSError, PrivateAddressError, ProtocolError, TooLargeError) as error:
            raise DocumentUnavailableError from error

    def _fetch(self, endpoint: Endpoint) -> bytes:
        cutoff = Cutoff(monotonic() + self._timeout_s)
        found = addresses_of(endpoint, cutoff, self._resolve, private=self._private)
        own = {"host": endpoint.authority, "connection": "close", "accept": "application/json"}
        with closing(connected(found, cutoff)) as connection:
            if endpoint.secure:
                connection.secure(self._tls, endpoint.host)
            connection.send(request_head("GET", endpoint.target, own.items()))
            incoming = Incoming(connection)
            head = read_head(incoming, "GET", limits.ANSWER_HEAD_BYTES, limits.ANSWER_HEADERS)
            if head.status != _OK:
                raise DocumentUnavailableError
            return b"".join(read_body(incoming, head, self._bytes_max))
