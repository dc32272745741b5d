"""A worker that is taken over asks for operations that no intact one asks for."""

import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
)
from isolambda_core.domain.limits import (
    INPUT_DEPTH,
    OPERATION_CHARACTERS,
    OPERATION_MESSAGE_CHARACTERS,
    OPERATION_MESSAGES,
    REPLY_BYTES,
    Limits,
)
from isolambda_executor.channel import Channel
from isolambda_executor.connection import Connection
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.messages import CHARACTER_BYTES, STATE, write_reply
from isolambda_executor.operations import Fields
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.worker_channel import WorkerChannel
from tests.support.waiting import WAIT_S
from tests.unit.executor.operations.operating import BOTH_WAYS, PART, Double, Executes
from tests.unit.executor.programs import (
    ABORT,
    END,
    HANG,
    ID,
    READ,
    READY_FRAME,
    RESIDENT,
    frame,
    ready_and,
    says,
)

REQUEST = ExecutionRequest(
    "e" * 32, "a" * 32, "f" * 32, "1", "", b"{}", limits=Limits(wall_time_ms=25_000)
)
GOOD = b'{"id":1,"kind":"test"}'
HEAD, RESULT, ERROR = write_reply(Outcome.OK, b"1", None, Usage())
REPLY_FRAME = frame(STATE.pack(ID, RESIDENT, 0, True) + HEAD, RESULT, ERROR)
OUT_OF_MEMORY = "sys.stderr.write('# Fatal process out of memory'); sys.stderr.flush(); os.abort()"
LONG = b"x" * CHARACTER_BYTES * OPERATION_MESSAGE_CHARACTERS


def asks(messages: bytes, request_id: bytes = ID, rest: bytes = b"") -> bytes:
    return frame(request_id, messages, rest)


def message(number: str = "1", kind: str = '"test"', more: str = "") -> bytes:
    return f'{{"id":{number},"kind":{kind}{more}}}'.encode()


@pytest.fixture
def double() -> Iterator[Double]:
    """Perform nothing, and note what is asked for."""
    double = Double(lambda _message, _reply: None)
    yield double
    double.threads.shutdown()


@pytest.fixture
def channel(double: Double) -> Iterator[Channel]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(Connection(ours), ID, 0.0)
        channel.open(double, REQUEST)
        yield channel


NOT_JSON, OF_NO_OPERATION, OF_NO_KIND = "not JSON", "of no operation", "of no kind"
REFUSED: list[tuple[bytes, str]] = [
    (b"", NOT_JSON),
    (b" ", NOT_JSON),
    (b"\x00", NOT_JSON),
    (b"nonsense", NOT_JSON),
    (b"{", NOT_JSON),
    (GOOD[:-1], NOT_JSON),
    (GOOD + b"}", NOT_JSON),
    (GOOD + GOOD, NOT_JSON),
    (GOOD + b"//", NOT_JSON),
    (GOOD.replace(b'"', b"'"), NOT_JSON),
    (b"\xff" + GOOD, NOT_JSON),
    (GOOD.replace(b"test", b"\xff"), NOT_JSON),
    (GOOD.replace(b"test", b"\x00"), NOT_JSON),
    (GOOD.replace(b"test", b"\xc0\xaf"), NOT_JSON),
    (GOOD.decode().encode("utf-16"), NOT_JSON),
    (message("NaN"), NOT_JSON),
    (message("Infinity"), NOT_JSON),
    (message("01"), NOT_JSON),
    (message("0x1"), NOT_JSON),
    (message(more=',"n":1e999'), NOT_JSON),
    (message(more=',"n":' + "9" * 400), NOT_JSON),
    (message(more=',"n":' + "9" * 100_000), NOT_JSON),
    (message(more=',"n":' + "[" * INPUT_DEPTH + "]" * INPUT_DEPTH), NOT_JSON),
    (message(more=',"n":' + "[" * 500_000), NOT_JSON),
    (message(more=',"n":' + '{"n":' * 100_000 + "1" + "}" * 100_000), NOT_JSON),
    (b"[" + GOOD + b"]", OF_NO_OPERATION),
    (b"[]", OF_NO_OPERATION),
    (b"{}", OF_NO_OPERATION),
    (b"1", OF_NO_OPERATION),
    (b"null", OF_NO_OPERATION),
    (b'"id"', OF_NO_OPERATION),
    (b'{"kind":"test"}', OF_NO_OPERATION),
    (b'{"ID":1,"kind":"test"}', OF_NO_OPERATION),
    (message("0"), OF_NO_OPERATION),
    (message("-1"), OF_NO_OPERATION),
    (message("1.0"), OF_NO_OPERATION),
    (message("1e0"), OF_NO_OPERATION),
    (message("true"), OF_NO_OPERATION),
    (message("null"), OF_NO_OPERATION),
    (message('"1"'), OF_NO_OPERATION),
    (message("[1]"), OF_NO_OPERATION),
    (message("{}"), OF_NO_OPERATION),
    (message("2147483648"), OF_NO_OPERATION),
    (message("4294967297"), OF_NO_OPERATION),
    (message("9" * 30), OF_NO_OPERATION),
    (message(more=',"id":0'), OF_NO_OPERATION),
    (b'{"id":1}', OF_NO_KIND),
    (message(kind="1"), OF_NO_KIND),
    (message(kind="null"), OF_NO_KIND),
    (message(kind="true"), OF_NO_KIND),
    (message(kind='["test"]'), OF_NO_KIND),
    (message(kind="{}"), OF_NO_KIND),
    (message(more=',"kind":1'), OF_NO_KIND),
    (b"\n" * OPERATION_MESSAGES, "more messages"),
    (b"\n".join([GOOD] * (OPERATION_MESSAGES + 1)), "more messages"),
]


@pytest.mark.parametrize(("messages", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_message_is_refused(
    channel: Channel, double: Double, messages: bytes, reason: str
) -> None:
    with pytest.raises(BrokenPeerError, match=reason):
        channel.take(messages)

    assert double.opened[0].taken == []


def test_messages_are_counted_over_all_frames(channel: Channel, double: Double) -> None:
    for _ in range(2):
        channel.take(b"\n".join([GOOD] * (OPERATION_MESSAGES // 2)))

    with pytest.raises(BrokenPeerError, match="more messages"):
        channel.take(GOOD)
    assert len(double.opened[0].taken) == OPERATION_MESSAGES


def test_bytes_are_counted_over_all_frames(channel: Channel) -> None:
    long = message(more=f',"text":"{LONG.decode()}"')
    for _ in range(OPERATION_CHARACTERS // OPERATION_MESSAGE_CHARACTERS - 1):
        channel.take(long)

    with pytest.raises(BrokenPeerError, match="more messages"):
        channel.take(long)


def test_a_worker_that_reads_no_reply_keeps_no_event_loop_waiting(double: Double) -> None:
    reply: Fields = {"id": 1, "text": "x" * 10_000}
    sent = 0
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(Connection(ours), ID, time.monotonic() + WAIT_S)
        channel.open(double, REQUEST)
        with suppress(BlockingIOError):  # in the thread that opened it, as a loop does
            while True:
                channel.send(reply, b"")
                sent += 1
        with pytest.raises(BlockingIOError):
            channel.send({"id": 2}, bytes(REPLY_BYTES))

        with ThreadPoolExecutor(1) as threads:
            last = threads.submit(channel.send, {"id": 3}, b"")
            worker = WorkerChannel(Connection(theirs))
            worker._request_id = ID
            operations = [worker.next_reply() for _ in range(sent)]
            last.result(WAIT_S)
            operations.append(worker.next_reply())

    assert [each and each.operation for each in operations] == [1] * sent + [3]
    assert sent > 1


def test_nothing_is_performed_once_it_has_ended(channel: Channel, double: Double) -> None:
    channel.close()
    channel.take(GOOD)

    assert double.opened[0].taken == []


def executed(
    double: Double | None, *steps: str, execute: Executes = Supervisor.execute, times: int = 1
) -> list[ExecutionResult]:
    """Execute in workers that take these steps."""
    workers = ready_and(*steps)
    with Supervisor(workers=1, fork_server=workers, operations=double) as supervisor:
        return [execute(supervisor, REQUEST) for _ in range(times)]


def error_of(result: ExecutionResult) -> str:
    assert result.outcome is Outcome.INTERNAL_ERROR
    assert result.error is not None
    return result.error.name


MISBEHAVES = {
    "no JSON": asks(b"nonsense"),
    "no message": asks(b""),
    "a message that is none behind one": asks(GOOD + b"\n1"),
    "a rest": asks(GOOD, rest=b"x"),
    "more messages": asks(b"\n" * OPERATION_MESSAGES),
    "what lies in the memory of large parts": struct.pack("!III", len(ID), 1 << 31 | 70_000, 0)
    + ID,
}


@BOTH_WAYS
@pytest.mark.parametrize("answer", MISBEHAVES.values(), ids=MISBEHAVES.keys())
def test_a_worker_that_asks_for_what_is_no_operation_is_ended(
    double: Double, answer: bytes, execute: Executes
) -> None:
    [result] = executed(double, READ, says(answer), says(REPLY_FRAME), HANG, execute=execute)

    assert error_of(result) == "WorkerMisbehaved"
    assert all(opened.closed.is_set() for opened in double.opened)
    assert all(
        each == {"id": 1, "kind": "test"} for opened in double.opened for each in opened.taken
    )


def test_a_worker_may_not_ask_where_nothing_is_performed() -> None:
    [result] = executed(None, READ, says(asks(GOOD)), says(REPLY_FRAME), HANG)

    assert error_of(result) == "WorkerMisbehaved"


def test_a_worker_may_not_ask_where_it_only_compiles(double: Double) -> None:
    workers = ready_and(READ, says(asks(GOOD)), says(REPLY_FRAME), HANG)

    with Supervisor(workers=1, fork_server=workers, operations=double) as supervisor:
        result = supervisor.execute(replace(REQUEST, compile_only=True))

    assert error_of(result) == "WorkerMisbehaved"
    assert double.opened == []


DIES = {
    "another id": asks(GOOD, ID[:-1] + b"\x00"),
    "no id": asks(GOOD, b""),
    "the id that is none": asks(GOOD, bytes(len(ID))),
    "half of the id": asks(GOOD, ID[:4]),
    "the id and more": asks(GOOD, ID + b"\x00"),
    "a frame that is too long": struct.pack("!III", len(ID), 12 << 20, 0) + ID,
    "a frame without an end": struct.pack("!III", len(ID), 1_000, 0) + ID + GOOD,
}


@pytest.mark.parametrize("answer", DIES.values(), ids=DIES.keys())
def test_a_worker_that_asks_in_the_name_of_another_request_is_ended(
    double: Double, answer: bytes
) -> None:
    [result] = executed(double, READ, says(answer), END)

    assert error_of(result) in {"WorkerDied", "WorkerMisbehaved"}
    assert double.opened == []


def test_the_id_of_an_earlier_request_asks_for_nothing_in_a_later_one(double: Double) -> None:
    first, second = executed(
        double,
        *(READ, "old = id", says(REPLY_FRAME), READ, "id = old", says(asks(GOOD)), HANG),
        times=2,
    )

    assert first.result == b"1"
    assert error_of(second) == "WorkerDied"
    assert double.opened == []


BEHIND = {
    "a message": REPLY_FRAME + asks(GOOD),
    "messages": REPLY_FRAME + asks(GOOD) * 1_000,
    "half a frame": REPLY_FRAME + asks(GOOD)[:-3],
    "the lengths of a frame": REPLY_FRAME + asks(GOOD)[:12],
}


@BOTH_WAYS
@pytest.mark.parametrize("answer", BEHIND.values(), ids=BEHIND.keys())
def test_nothing_is_asked_for_behind_the_reply(
    double: Double, answer: bytes, execute: Executes
) -> None:
    first, second = executed(double, READ, says(answer), HANG, execute=execute, times=2)

    assert first.result == b"1"
    assert second.outcome in {Outcome.OK, Outcome.INTERNAL_ERROR}
    assert double.opened == []


def test_nothing_is_asked_for_without_a_request(double: Double) -> None:
    first = ready_and(f"s.sendall({asks(GOOD)!r})", HANG).start()
    others = ready_and(READ, says(REPLY_FRAME), HANG)

    with Supervisor(workers=1, first=first, fork_server=others, operations=double) as supervisor:
        result = supervisor.execute(REQUEST)

    assert result.outcome in {Outcome.OK, Outcome.INTERNAL_ERROR}
    assert double.opened == []


@BOTH_WAYS
@pytest.mark.parametrize("then", [END, ABORT, says(b"\xff" * 12), says(READY_FRAME)])
def test_a_worker_that_breaks_after_it_asked_is_not_replaced(
    double: Double, then: str, execute: Executes
) -> None:
    [result] = executed(double, READ, says(asks(GOOD)), then, HANG, execute=execute)

    assert error_of(result) == "WorkerDied"
    assert [len(opened.taken) for opened in double.opened] == [1]
    assert double.opened[0].closed.is_set()


FULL = frame(
    STATE.pack(ID, RESIDENT, 0, True)
    + write_reply(Outcome.EXCEEDED_MEMORY, None, None, Usage())[0],
    b"",
    b"",
)


@BOTH_WAYS
@pytest.mark.parametrize("then", [OUT_OF_MEMORY, says(FULL)])
def test_what_memory_ends_after_it_asked_is_not_done_again(
    double: Double, then: str, execute: Executes
) -> None:
    first, second = executed(
        double,
        *(READ, says(REPLY_FRAME), READ, says(asks(GOOD)), then, HANG),
        execute=execute,
        times=2,
    )

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.EXCEEDED_MEMORY)
    assert [len(opened.taken) for opened in double.opened] == [1]
    assert second.usage.fetches == 1


def test_a_second_attempt_that_asked_is_reported_as_it_is(double: Double) -> None:
    first = ready_and(READ, says(REPLY_FRAME), READ, OUT_OF_MEMORY).start()
    others = ready_and(READ, says(asks(GOOD)), HANG)
    request = replace(REQUEST, limits=Limits(wall_time_ms=1_000))

    with Supervisor(workers=1, first=first, fork_server=others, operations=double) as supervisor:
        supervisor.execute(request)
        result = supervisor.execute(request)

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert result.usage.fetches == 1


@BOTH_WAYS
def test_a_worker_that_reads_no_reply_keeps_its_time_and_no_other(
    double: Double, execute: Executes
) -> None:
    def flood(_message: object, reply: object) -> None:
        assert callable(reply)
        while True:
            reply(PART)

    double.performs = flood
    workers = ready_and(READ, says(asks(GOOD)), HANG)

    with Supervisor(workers=1, fork_server=workers, operations=double) as supervisor:
        result = execute(supervisor, replace(REQUEST, limits=Limits(wall_time_ms=200)))

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
    assert double.opened[0].ended.wait(WAIT_S)


def test_half_of_a_reply_that_was_not_read_comes_before_the_next_request(double: Double) -> None:
    def flood(_message: object, reply: object) -> None:
        assert callable(reply)
        while True:
            reply(PART)

    double.performs = flood
    counts = """
def frame():
    head, first, second = struct.unpack("!III", s.recv(12, socket.MSG_WAITALL))
    return [s.recv(size, socket.MSG_WAITALL) for size in (head, first, second)]
answered = b'{"id":1,"kind":"test"}'
"""
    waits = "import select; select.select([s], [], []); import time"
    skips = f"""
head = b""
while len(head) <= {len(ID) + 5}:
    head = frame()[0]
id = head[:{len(ID)}]
"""
    first, second = executed(
        double,
        counts,
        READ,
        says(asks(GOOD)),
        waits,
        says(REPLY_FRAME),
        skips,
        says(REPLY_FRAME),
        HANG,
        times=2,
    )

    assert (first.result, second.result) == (b"1", b"1")
    assert len(double.opened) == 1
    assert double.opened[0].ended.wait(WAIT_S)
