"""The bounds of a server hold over all its processes, and come back from one that ended."""

import asyncio
import socket

import pytest
from typing_extensions import override

from isolambda_api.http.bodies_under_way import BodiesUnderWay
from isolambda_api.http.errors import OverloadedError
from isolambda_core.domain.limits import BODIES_BYTES, TENANT_BODIES_BYTES
from isolambda_local.accepting import Acceptor
from isolambda_local.connections import Connections
from isolambda_local.processes.bounds import SharedBounds, of_one_process
from isolambda_local.processes.shared_memory import SharedMemory
from tests.support.connections import FakeConnection


@pytest.fixture
def parent() -> SharedBounds:
    """The tables as the parent of two processes sees them."""
    return SharedBounds.of(SharedMemory(2), workers=5, share=2)


def test_bodies_of_a_tenant_are_bounded_over_all_processes(parent: SharedBounds) -> None:
    first, second = (BodiesUnderWay(parent.of_process(each).bodies) for each in range(2))
    first.take("a", TENANT_BODIES_BYTES - 1)
    second.take("a", 1)

    for bodies in (first, second):
        with pytest.raises(OverloadedError):
            bodies.take("a", 1)
    second.take("b", BODIES_BYTES - TENANT_BODIES_BYTES)
    with pytest.raises(OverloadedError):
        first.take("c", 1)

    parent.forget(1)
    first.take("c", 1)
    first.take("a", 1)


def test_connections_of_an_address_are_bounded_over_all_processes(parent: SharedBounds) -> None:
    first, second = (
        Connections(100, from_one_address=2, of_addresses=parent.of_process(each).addresses)
        for each in range(2)
    )
    made = [FakeConnection(number) for number in range(4)]

    first.add(made[0])
    second.add(made[1])
    first.add(made[2])

    assert [one.waits for one in made[:3]] == [False, True, True]
    first.remove(made[0])
    parent.forget(1)
    first.add(made[3])
    assert [one.waits for one in made[2:]] == [True, True]


def test_workers_stand_by_in_all_processes_together(parent: SharedBounds) -> None:
    first, second = (parent.of_process(each).bounds() for each in range(2))

    assert (first.standing, second.standing) == (3, 3)
    assert (of_one_process(5, 2).standing, of_one_process(5, 2).processes()) == (5, 1)


def test_a_connection_is_for_the_process_that_has_fewest(parent: SharedBounds) -> None:
    first, second = (parent.of_process(each) for each in range(2))
    bounds = first.bounds()
    first.addresses.add("a", 2)
    second.addresses.add("b", 1)
    assert bounds.accepts_next(0)  # the other one does not serve yet

    second.serving.begin()
    assert not bounds.accepts_next(0)
    second.addresses.add("b", 1)
    assert bounds.accepts_next(0)
    assert not bounds.accepts_next(1)

    first.serving.begin()
    assert bounds.processes() == 2
    parent.forget(1)
    assert bounds.processes() == 1
    assert bounds.accepts_next(1)


def test_a_connection_that_no_other_process_takes_is_accepted() -> None:
    async def connect() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            acceptor = Acceptor(listener, Greeter, lambda _: False)
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            greeted = await reader.read()
            writer.close()
            acceptor.close()
            return greeted

    assert asyncio.run(connect()) == b"hello"


class Greeter(asyncio.Protocol):
    """Says hello, and closes."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()
