"""Bound the connections of a server: how many there are, and how long one may ask for nothing.

A connection waits while its next request is not complete. Where there are too many, the one that
has waited longest is closed, so that silent connections keep nobody out.
"""

import asyncio
from typing import Any, ClassVar, Final

import h11
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from isolambda_core.domain.limits import CONNECTIONS_OF_ADDRESS, REQUEST_HEAD_S

ACCEPTED_AT_ONCE: Final = 16
"""Connections that the event loop accepts before it looks at them: more would take descriptors
that nobody has counted."""

_WAITING: Final = (h11.IDLE, h11.SEND_BODY)
"""What a client does whose request is not complete."""


class Connections:
    """The connections of a server, ``at_most`` at a time.

    It belongs to the thread of the server's event loop.
    """

    def __init__(self, at_most: int, from_one_address: int = CONNECTIONS_OF_ADDRESS) -> None:
        self._at_most = at_most
        self._from_one_address = from_one_address
        self._by_address: dict[str, set[BoundedConnection]] = {}
        self._count = 0

    def protocol(self) -> type[asyncio.Protocol]:
        """Return the class of these connections, for uvicorn."""
        return type("Connection", (BoundedConnection,), {"bounds": self})

    def add(self, connection: "BoundedConnection") -> None:
        """Count a new connection, and close one if there are too many."""
        neighbours = self._by_address.setdefault(connection.address, set())
        neighbours.add(connection)
        self._count += 1
        if len(neighbours) > self._from_one_address:
            _close_one(neighbours, connection)
        elif self._count > self._at_most:
            _close_one(set().union(*self._by_address.values()), connection)

    def remove(self, connection: "BoundedConnection") -> None:
        """Count a connection no more."""
        neighbours = self._by_address[connection.address]
        neighbours.remove(connection)
        if not neighbours:
            del self._by_address[connection.address]
        self._count -= 1


def _close_one(connections: "set[BoundedConnection]", newest: "BoundedConnection") -> None:
    waiting = [one for one in connections if one.waits and one is not newest]
    min(waiting, key=lambda one: one.waits_since, default=newest).abort()


class BoundedConnection(H11Protocol):
    """A connection that closes if the head of a request takes longer than ``REQUEST_HEAD_S``."""

    bounds: ClassVar[Connections]

    def __init__(self, **server: Any) -> None:
        super().__init__(**server)
        self._head_timer: asyncio.TimerHandle | None = None
        self.waits_since = 0.0
        """When it connected, or when its last answer was complete, by the clock of the loop."""

    @property
    def address(self) -> str:
        """The address of the client."""
        return self.client[0] if self.client else ""

    @property
    def waits(self) -> bool:
        """Whether it is open, and its next request not complete."""
        return self.conn.their_state in _WAITING and not self.transport.is_closing()

    def abort(self) -> None:
        """Close it at once, with whatever it has not sent."""
        self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.waits_since = self.loop.time()
        self._head_timer = self.loop.call_later(REQUEST_HEAD_S, self.abort)
        self.bounds.add(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.bounds.remove(self)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.waits_since = self.loop.time()
        self._watch_head()

    def _watch_head(self) -> None:
        """Give a head that has begun, and is not complete, its time."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._head_timer is None and self.conn.trailing_data[0]:
            self._head_timer = self.loop.call_later(REQUEST_HEAD_S, self.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
