"""Connections that are kept, within their bounds, for the account and the address they are to."""

from typing import Any, cast

import pytest

from isolambda_core.domain.limits import (
    FETCH_CONNECTIONS,
    FETCH_CONNECTIONS_OF_ACCOUNT,
    FETCH_IDLE_S,
)
from isolambda_core.net.connection import Connection
from isolambda_executor.fetching import kept
from isolambda_executor.fetching.kept import KeptConnections, Route

ROUTE = Route("a" * 32, "https://api.test", ("192.0.2.1", 443))


class FakeConnection:
    """An idle connection."""

    def __init__(self) -> None:
        self.is_open = True
        self.arrived = False

    def has_arrived(self) -> bool:
        return self.arrived

    def close(self) -> None:
        self.is_open = False


class Connections(KeptConnections):
    """Keeps fakes."""

    def keep_one(self, route: Route = ROUTE) -> FakeConnection:
        connection = FakeConnection()
        self.keep(route, cast("Connection", connection))
        return connection

    def taken(self, route: Route = ROUTE) -> Any:
        return self.take(route)


def test_the_latest_is_taken_and_once() -> None:
    connections = Connections()
    first, second = connections.keep_one(), connections.keep_one()

    assert [connections.taken() for _ in range(3)] == [second, first, None]


@pytest.mark.parametrize(
    "other",
    [
        ROUTE._replace(account_id="b" * 32),
        ROUTE._replace(origin="http://api.test"),
        ROUTE._replace(origin="https://api.test:8443"),
        ROUTE._replace(address=("192.0.2.2", 443)),
    ],
)
def test_a_connection_is_for_its_route_alone(other: Route) -> None:
    connections = Connections()
    connections.keep_one()

    assert connections.taken(other) is None


def test_one_on_which_something_has_arrived_is_closed() -> None:
    connections = Connections()
    usable, closed_by_server = connections.keep_one(), connections.keep_one()
    closed_by_server.arrived = True

    assert connections.taken() is usable
    assert not closed_by_server.is_open


def test_an_old_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    connections = Connections()
    monkeypatch.setattr(kept, "monotonic", lambda: 100.0)
    old = connections.keep_one()
    monkeypatch.setattr(kept, "monotonic", lambda: 100.1 + FETCH_IDLE_S)

    assert connections.taken() is None
    assert not old.is_open


def test_an_account_keeps_so_many_and_all_keep_so_many() -> None:
    connections = Connections()
    kept_ones = [
        connections.keep_one(ROUTE._replace(account_id=f"{number // 10:032}"))
        for number in range(100)
    ]

    still = [number for number, each in enumerate(kept_ones) if each.is_open]
    assert len(still) == FETCH_CONNECTIONS
    assert still[-FETCH_CONNECTIONS_OF_ACCOUNT:] == list(range(92, 100))
    connections.close()
    assert not any(each.is_open for each in kept_ones)
