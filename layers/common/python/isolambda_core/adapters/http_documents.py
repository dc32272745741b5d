"""Fetch short documents over HTTPS. A client chooses the URL: its server may be hostile."""

import socket
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Final

from isolambda_core.adapters.http_callbacks import (
    HttpsCallbacks,
    Resolve,
    _connected,
    _cut_off,
)
from isolambda_core.domain.executions.callbacks import Endpoint, endpoint_of, is_public
from isolambda_core.domain.limits import JWKS_BYTES, JWKS_FETCH_S
from isolambda_core.domain.triggers.errors import DocumentUnavailableError

_OK: Final = 200


class HttpsDocuments(HttpsCallbacks):
    """The port ``DocumentFetcher``; many threads may use one.

    Only with ``private`` may a URL be plain HTTP, or lead to an address that is not public.
    """

    def __init__(self, *, private: bool = False, resolve: Resolve = socket.getaddrinfo) -> None:
        super().__init__(private=private, timeout_s=JWKS_FETCH_S, resolve=resolve)

    def get(self, url: str) -> bytes:
        """Fetch a document; see ``DocumentFetcher.get``."""
        endpoint = endpoint_of(url, private=self._private)
        if endpoint is None:
            raise DocumentUnavailableError
        try:
            return self._body(endpoint)
        except (OSError, HTTPException) as error:
            raise DocumentUnavailableError from error

    def _body(self, endpoint: Endpoint) -> bytes:
        deadline = monotonic() + self._timeout_s
        # Resolved once: the connection is to the address that was checked.
        found = self._addresses(endpoint, deadline)
        if not self._private and not all(is_public(address[0]) for *_, address in found):
            raise DocumentUnavailableError
        with _connected(found, deadline) as plain, _cut_off(plain, deadline):
            if not endpoint.secure:
                return _get(plain, endpoint)
            with self._tls.wrap_socket(plain, server_hostname=endpoint.host) as secured:
                return _get(secured, endpoint)


def _get(connection: socket.socket, endpoint: Endpoint) -> bytes:
    client = HTTPConnection(endpoint.authority)
    client.sock = connection
    own = {"host": endpoint.authority, "connection": "close", "accept": "application/json"}
    client.request("GET", endpoint.target, headers=own)
    with client.getresponse() as response:
        body = response.read(JWKS_BYTES + 1)
        if response.status != _OK or len(body) > JWKS_BYTES:
            raise DocumentUnavailableError
    return body
