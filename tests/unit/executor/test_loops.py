"""A loop goes on reading the socket of a worker, and leaves it when something else happens."""

import asyncio
import os
import resource
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from contextvars import Context
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvloop
from typing_extensions import override

from isolambda_executor.connection import Connection
from isolambda_executor.frames import FRAME_BYTES_MAX, BrokenPeerError, Frame, encode_frame
from isolambda_executor.loops import Loops, OnLoop
from tests.support.waiting import WAIT_S

FRAME: Frame = (b"reply", b"", b"")
REPLY = encode_frame(b"reply")

Ends = tuple[socket.socket, socket.socket]
Story = Callable[[OnLoop, Ends], Coroutine[Any, Any, None]]


@pytest.fixture
def ends() -> Iterator[Ends]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def name_of(end: socket.socket) -> str:
    return str(Path(f"/proc/self/fd/{end.fileno()}").readlink())


def descriptors(name: str) -> set[str]:
    """Return the descriptors of one socket; other threads open and close others meanwhile."""
    found = set()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            if str(each.readlink()) == name:
                found.add(each.name)
    return found


def on_uvloop(story: Story) -> Callable[[Ends], None]:
    def test(ends: Ends) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            waits = OnLoop(runner.get_loop())
            try:
                runner.run(story(waits, ends))
            finally:
                waits.close()

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


def later(seconds: float = WAIT_S) -> float:
    return time.monotonic() + seconds


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def frame_of(waits: OnLoop, end: Connection, seconds: float = WAIT_S) -> asyncio.Future[Frame]:
    return waits.frame(end, later(seconds), FRAME_BYTES_MAX)


@on_uvloop
async def test_a_socket_that_is_read_again_and_again_takes_one_descriptor(
    waits: OnLoop, ends: Ends
) -> None:
    held, connection = [], Connection(ends[0])
    for _ in range(3):
        ends[1].send(REPLY)
        assert await frame_of(waits, connection) == FRAME
        held.append(descriptors(name_of(ends[0])))

    assert held[0] == held[1] == held[2]


@on_uvloop
async def test_what_waits_wakes_once_when_its_frame_is_whole(waits: OnLoop, ends: Ends) -> None:
    waiting = frame_of(waits, Connection(ends[0]))
    for at in range(len(REPLY) - 1):
        ends[1].send(REPLY[at : at + 1])
        await settled()
        assert not waiting.done()

    ends[1].send(REPLY[-1:])

    assert await waiting == FRAME


@on_uvloop
async def test_what_comes_while_nothing_waits_is_left_to_who_receives_it_next(
    waits: OnLoop, ends: Ends
) -> None:
    connection = Connection(ends[0])
    ends[1].send(REPLY)
    await frame_of(waits, connection)

    ends[1].send(encode_frame(b"more"))
    while len(descriptors(name_of(ends[0]))) > 1:  # the loop gives its own up
        await asyncio.sleep(0)

    assert await frame_of(waits, connection) == (b"more", b"", b"")


@on_uvloop
async def test_a_socket_that_another_thread_closes_is_no_other_one_of_its_number(
    waits: OnLoop, ends: Ends
) -> None:
    here, there = socket.socketpair()
    closed = name_of(here)
    there.send(REPLY)
    await frame_of(waits, Connection(here))
    number = here.fileno()

    def close() -> None:
        there.close()
        here.close()

    closing = Thread(target=close)
    closing.start()
    closing.join()
    os.dup2(ends[0].fileno(), number)
    try:
        ends[1].send(REPLY)
        other = socket.socket(fileno=os.dup(number))
        with other:
            assert await frame_of(waits, Connection(other)) == FRAME
            while descriptors(closed):  # what read the one that is closed
                await asyncio.sleep(0)
    finally:
        os.close(number)


@on_uvloop
async def test_what_another_thread_received_before_is_waited_for_again(
    waits: OnLoop, ends: Ends
) -> None:
    class Early(Connection):
        """Finds nothing at first: another thread has received it."""

        is_early = True

        @override
        def receive_part(self, bytes_max: int) -> Frame | None:
            if self.is_early:
                self.is_early = False
                ends[0].recv(8)
            return super().receive_part(bytes_max)

    waiting = frame_of(waits, Early(ends[0]))
    ends[1].send(b"another")
    await settled()
    assert not waiting.done()

    ends[1].send(REPLY)

    assert await waiting == FRAME


@on_uvloop
async def test_frames_that_come_together_are_waited_for_one_by_one(
    waits: OnLoop, ends: Ends
) -> None:
    connection = Connection(ends[0])
    ends[1].send(REPLY + encode_frame(b"more"))

    assert await frame_of(waits, connection) == FRAME
    assert await frame_of(waits, connection) == (b"more", b"", b"")


@on_uvloop
async def test_a_peer_that_is_gone_ends_the_wait(waits: OnLoop, ends: Ends) -> None:
    waiting = frame_of(waits, Connection(ends[0]))

    ends[1].close()

    with pytest.raises(BrokenPeerError):
        await waiting


@on_uvloop
async def test_a_frame_that_is_longer_than_what_waits_takes_ends_the_wait(
    waits: OnLoop, ends: Ends
) -> None:
    waiting = waits.frame(Connection(ends[0]), later(), len(REPLY) - 1)

    ends[1].send(REPLY)

    with pytest.raises(BrokenPeerError):
        await waiting


@on_uvloop
async def test_a_process_without_a_descriptor_left_gives_up_the_peer(
    waits: OnLoop, ends: Ends
) -> None:
    connection = Connection(ends[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(BrokenPeerError):
            frame_of(waits, connection)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@on_uvloop
async def test_each_wait_ends_at_its_own_deadline(waits: OnLoop, ends: Ends) -> None:
    order = []

    async def wait(end: socket.socket, seconds: float, name: str) -> None:
        with pytest.raises(TimeoutError):
            await frame_of(waits, Connection(end), seconds)
        order.append(name)

    other, peer = socket.socketpair()
    with other, peer:
        await asyncio.gather(wait(ends[0], 0.2, "longer"), wait(other, 0.01, "shorter"))

    assert order == ["shorter", "longer"]


@on_uvloop
async def test_a_wait_that_is_over_does_not_end_the_next_one(waits: OnLoop, ends: Ends) -> None:
    connection = Connection(ends[0])
    ends[1].send(REPLY)
    assert await frame_of(waits, connection, 0.02) == FRAME
    long = frame_of(waits, connection)

    other, peer = socket.socketpair()
    with other, peer, pytest.raises(TimeoutError):
        await frame_of(waits, Connection(other), 0.05)

    assert not long.done()
    ends[1].send(REPLY)
    assert await long == FRAME


class CountsWakes(asyncio.SelectorEventLoop):
    """Counts how often it is woken as another thread wakes it."""

    def __init__(self) -> None:
        super().__init__()
        self.wakes = 0

    @override
    def call_soon_threadsafe(  # type: ignore[override]  # of as many arguments as the callback has
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        self.wakes += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


@pytest.mark.parametrize("from_a_thread", [False, True])
def test_a_loop_is_woken_only_for_what_happens_in_another_thread(from_a_thread: bool) -> None:
    loop = CountsWakes()

    async def wait() -> bool:
        def happens(wake: Callable[[], None]) -> None:
            if from_a_thread:
                Thread(target=wake).start()
            else:
                loop.call_soon(wake)

        return await OnLoop(loop).happened(happens, WAIT_S)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(wait())
        assert loop.wakes == from_a_thread


def test_loops_that_ended_hold_no_descriptors(ends: Ends) -> None:
    loops, held, connection = Loops(), [], Connection(ends[0])

    async def read() -> None:
        ends[1].send(REPLY)
        assert await frame_of(loops.running(), connection) == FRAME

    for new_loop in (asyncio.new_event_loop, uvloop.new_event_loop) * 2:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(read())
        held.append(len(descriptors(name_of(ends[0]))))
    loops.close()

    assert max(held) == 2
    assert len(descriptors(name_of(ends[0]))) == 1


def test_a_loop_has_the_same_waits_as_long_as_it_runs() -> None:
    loops = Loops()

    async def find() -> tuple[OnLoop, OnLoop]:
        return loops.running(), loops.running()

    first, second = asyncio.run(find()), asyncio.run(find())
    loops.close()

    assert first[0] is first[1]
    assert second[0] is second[1]
    assert first[0] is not second[0]
