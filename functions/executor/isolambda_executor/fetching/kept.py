"""Connections that are kept for further requests, each for the account that it was made for."""

import threading
from collections import OrderedDict
from time import monotonic
from typing import NamedTuple

from isolambda_core.domain.limits import (
    FETCH_CONNECTIONS,
    FETCH_CONNECTIONS_OF_ACCOUNT,
    FETCH_IDLE_S,
)
from isolambda_core.net.connection import Connection


class Route(NamedTuple):
    """Who is connected to where: to that very address, over TLS for that very name, if at all."""

    account_id: str
    origin: str
    address: tuple[object, ...]


class KeptConnections:
    """Idle connections, those that were used last at the end. Safe for threads.

    There is no thread that closes them: it is done when another is taken or kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: OrderedDict[Connection, tuple[Route, float]] = OrderedDict()

    def take(self, route: Route) -> Connection | None:
        """Return a connection on which the server has sent nothing since its last answer."""
        with self._lock:
            self._close_old(monotonic())
            found = [each for each, (of, _) in self._idle.items() if of == route]
            for connection in reversed(found):
                del self._idle[connection]
                if not connection.has_arrived():
                    return connection
                connection.close()
        return None

    def keep(self, route: Route, connection: Connection) -> None:
        """Keep a connection whose last answer was read to its end."""
        with self._lock:
            self._idle[connection] = (route, monotonic())
            self._close_old(monotonic())
            same = [each for each, (of, _) in self._idle.items() if of[0] == route[0]]
            if len(same) > FETCH_CONNECTIONS_OF_ACCOUNT:
                self._close(same[0])
            elif len(self._idle) > FETCH_CONNECTIONS:
                self._close(next(iter(self._idle)))

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for connection in list(self._idle):
                self._close(connection)

    def _close_old(self, now: float) -> None:
        for connection, (_, since) in list(self._idle.items()):
            if now - since > FETCH_IDLE_S:
                self._close(connection)

    def _close(self, connection: Connection) -> None:
        del self._idle[connection]
        connection.close()
