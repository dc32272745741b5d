"""Bound the connections of a server: how many there are, in all and from one address.

A connection waits while its next request is not complete. Where there are too many, the one that
has waited longest is closed, so that silent connections keep nobody out.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Protocol

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.limits import CONNECTIONS_OF_ADDRESS
from isolambda_core.ports.counts import Counts, MemoryCounts
from isolambda_core.services.accounts.rate_limits import client_of
from isolambda_local.slow_readers import SlowReaders

Refuse = Callable[[int | None], None]
"""Receives the status of each request that is answered before the app has it, None of a connection
that is closed without an answer, as there are too many."""


def no_refusal_observer(_status: int | None) -> None:
    """Observe nothing."""


class TooManyConnectionsError(IsolambdaError):
    """There are as many connections as may be, from an address or in all."""


class Connection(Protocol):
    """A connection that can be closed in favour of another."""

    @property
    def address(self) -> str:
        """The address of the client."""

    @property
    def waits(self) -> bool:
        """Whether it is open, and its next request not complete."""

    @property
    def waits_since(self) -> float:
        """When it connected, or when its last answer was complete, by the clock of the loop."""

    def abort(self) -> None:
        """Close it at once, with whatever it has not sent."""


class Connections:
    """The connections of a server, ``at_most`` at a time.

    ``of_addresses`` counts those from an address, of IPv6 from its /64, in this process unless
    others are given. A connection from an address that ``is_proxy`` is of many clients: no bound of
    an address holds for it, and each request under way on it counts as a connection from its
    client's address. They belong to the thread of the server's event loop. ``refused`` is called
    with what is refused.
    """

    def __init__(
        self,
        at_most: int,
        from_one_address: int = CONNECTIONS_OF_ADDRESS,
        of_addresses: Counts | None = None,
        is_proxy: Callable[[str], bool] = lambda _: False,
        refused: Refuse = no_refusal_observer,
    ) -> None:
        self.refused = refused
        self.slow_readers = SlowReaders()
        self._of_addresses = of_addresses or MemoryCounts()
        self._at_most = at_most
        self._from_one_address = from_one_address
        self._is_proxy = is_proxy
        # In the order in which they came: several may have waited since the same millisecond.
        self._by_address: dict[str, dict[Connection, None]] = {}
        self._count = 0

    def add(self, connection: Connection) -> None:
        """Count a new connection, and close one if there are too many."""
        client = self._client_of(connection.address)
        neighbours = self._by_address.setdefault(client, {})
        neighbours[connection] = None
        self._count += 1
        count = self._of_addresses.add(client, 1)
        if count > self._from_one_address and not self._is_proxy(connection.address):
            self._close_one(neighbours, connection)
        elif self._count > self._at_most:
            self._close_one(chain.from_iterable(self._by_address.values()), connection)

    def remove(self, connection: Connection) -> None:
        """Count a connection no more."""
        client = self._client_of(connection.address)
        neighbours = self._by_address[client]
        del neighbours[connection]
        if not neighbours:
            del self._by_address[client]
        self._count -= 1
        self._of_addresses.add(client, -1)

    def begin(self, address: str) -> bool:
        """Count a request that came through a proxy; return whether its client may have one more.

        The client may be a proxy itself where it does not say for whom it asks.
        """
        count = self._of_addresses.add(self._client_of(address), 1)
        return count <= self._from_one_address or self._is_proxy(address)

    def end(self, address: str) -> None:
        """Count a request that came through a proxy no more."""
        self._of_addresses.add(self._client_of(address), -1)

    def _client_of(self, address: str) -> str:
        # Of a proxy, its neighbours in a network are no part.
        return address if self._is_proxy(address) else client_of(address)

    def _close_one(self, connections: Iterable[Connection], newest: Connection) -> None:
        waiting = [one for one in connections if one.waits and one is not newest]
        min(waiting, key=lambda one: one.waits_since, default=newest).abort()
        self.refused(None)
