"""The worker passes on what it does not read, and drops what is for another request."""

import socket
from collections.abc import Iterator

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_executor.connection import Connection
from isolambda_executor.frames import BrokenPeerError, encode_frame
from isolambda_executor.messages import REQUEST_ID_BYTES, encode_request, write_request
from isolambda_executor.operation_frames import OperationReply, encode_operation_reply
from isolambda_executor.worker_channel import WorkerChannel

MINE, OTHER = b"m" * REQUEST_ID_BYTES, b"o" * REQUEST_ID_BYTES
REQUEST = encode_request(
    MINE, 0, write_request(ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "", b"{}"))
)


def reply(request_id: bytes, number: int) -> OperationReply:
    return OperationReply(request_id, number, ends=True, fields=b"{}", content=b"\x00" * 70_000)


class Ends:
    """A worker's channel, and the supervisor's end of its socket."""

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        self.channel = WorkerChannel(Connection(ours))
        self.socket = theirs

    def send(self, *frames: bytes) -> None:
        """Send what the socket has room for."""
        self.socket.sendall(b"".join(frames))


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ends = Ends(ours, theirs)
        ends.send(REQUEST)
        ends.channel.next_request()
        yield ends


def test_replies_before_a_request_are_dropped(ends: Ends) -> None:
    ends.send(encode_operation_reply(reply(OTHER, 1)), REQUEST)

    assert ends.channel.next_request().request_id == MINE


def test_a_reply_to_another_request_is_dropped(ends: Ends) -> None:
    ends.send(*(encode_operation_reply(reply(who, 1)) for who in (OTHER, MINE)))

    assert ends.channel.next_reply() == reply(MINE, 1)
    assert ends.channel.next_reply() is None


def test_half_of_a_reply_is_not_waited_for(ends: Ends) -> None:
    frame = encode_operation_reply(reply(MINE, 2**31 - 1))

    ends.send(frame[:-1])
    assert ends.channel.next_reply() is None
    ends.send(frame[-1:])

    assert ends.channel.next_reply() == reply(MINE, 2**31 - 1)


def test_messages_are_passed_on_as_they_are_and_noted(ends: Ends) -> None:
    used = [ends.channel.is_used]
    ends.channel.send(b"any\nbytes\xff")
    used.append(ends.channel.is_used)

    assert ends.socket.recv(1_000) == encode_frame(MINE, b"any\nbytes\xff")
    ends.send(REQUEST)
    ends.channel.next_request()
    assert [*used, ends.channel.is_used] == [False, True, False]


def test_a_request_during_another_ends_the_worker(ends: Ends) -> None:
    ends.send(REQUEST)

    with pytest.raises(BrokenPeerError):
        ends.channel.next_reply()


def test_a_supervisor_that_is_gone_ends_the_worker(ends: Ends) -> None:
    ends.socket.close()

    with pytest.raises(BrokenPeerError):
        ends.channel.next_reply()
