"""What all fetches of an executor share: the way to servers, and the connections to them."""

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from isolambda_core.domain.endpoints import Endpoint
from isolambda_core.domain.limits import FETCH_LOOKUPS, FETCH_LOOKUPS_OF_ACCOUNT
from isolambda_core.net.connection import Connection, connected, tls_context
from isolambda_core.net.cutoff import Cutoff
from isolambda_core.net.resolving import Found, Resolve, addresses_of
from isolambda_executor.fetching.kept import KeptConnections, Route


class Lease:
    """A connection while one request uses it; ``keep`` says to keep it after that."""

    def __init__(self, connection: Connection, *, is_reused: bool) -> None:
        self.connection = connection
        self.is_reused = is_reused
        self.keep = False


class Network:
    """Leads to public addresses alone, unless ``private``. Safe for threads."""

    def __init__(self, *, private: bool = False, resolve: Resolve = socket.getaddrinfo) -> None:
        self._private = private
        self._resolve = resolve
        self._kept = KeptConnections()
        self._lock = threading.Lock()
        self._lookups: Counter[str] = Counter()

    @contextmanager
    def leased(
        self, account_id: str, endpoint: Endpoint, cutoff: Cutoff, *, fresh: bool = False
    ) -> Iterator[Lease]:
        """Give a connection to a host for one request; with ``fresh`` never a kept one.

        Raises:
            PrivateAddressError: an address of the host is not public.
            OSError: there is no way to it; see ``Connection`` and ``addresses_of``.
            FetchError: too many names are looked up.
        """
        found = self._addresses(account_id, endpoint, cutoff)
        routes = [Route(account_id, endpoint.origin, address) for *_, address in found]
        kept = None if fresh else next(filter(None, map(self._kept.take, routes)), None)
        if kept is not None:
            kept.cutoff = cutoff
        connection = kept or connected(found, cutoff)
        lease = Lease(connection, is_reused=kept is not None)
        try:
            with cutoff.calling(connection.shut):
                if endpoint.secure and kept is None:
                    connection.secure(self._tls, endpoint.host)
                yield lease
        except BaseException:
            lease.keep = False
            raise
        finally:
            if lease.keep and not cutoff.is_cut:
                self._kept.keep(Route(account_id, endpoint.origin, connection.address), connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close what is kept."""
        self._kept.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context()

    def _addresses(self, account_id: str, endpoint: Endpoint, cutoff: Cutoff) -> Sequence[Found]:
        def resolve(*name: object, **kind: object) -> Sequence[Found]:
            with self._lookup(account_id):
                return self._resolve(*name, **kind)

        return addresses_of(endpoint, cutoff, resolve, private=self._private)

    @contextmanager
    def _lookup(self, account_id: str) -> Iterator[None]:
        """Count a lookup: one that no name server answers lasts longer than its execution."""
        with self._lock:
            in_all, of_account = self._lookups.total(), self._lookups[account_id]
            if in_all >= FETCH_LOOKUPS or of_account >= FETCH_LOOKUPS_OF_ACCOUNT:
                raise socket.gaierror(socket.EAI_AGAIN, "too many names are being looked up")
            self._lookups[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._lookups[account_id] -= 1
                self._lookups += Counter()  # without those of 0
