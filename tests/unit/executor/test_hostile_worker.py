"""Whatever bytes a broken worker sends, the supervisor answers with an outcome."""

import struct
from dataclasses import replace
from errno import EMFILE
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.errors import ExecutorUnavailableError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
)
from isolambda_core.domain.limits import MIB, Limits
from isolambda_executor import process
from isolambda_executor.messages import (
    REQUEST_ID_BYTES,
    STATE,
    reply_bytes_max,
    write_reply,
    write_request,
)
from isolambda_executor.process import WorkerProcess
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.waits import BLOCKING
from tests.support.processes import (
    alive,
    cpu_ticks,
    is_stopped,
)
from tests.support.waiting import WAIT_S, eventually
from tests.unit.executor.programs import (
    ABORT,
    END,
    HANG,
    ID,
    READ,
    READY_FRAME,
    RESIDENT,
    TIDIED_FRAME,
    Programs,
    frame,
    ready_and,
    says,
)

REQUEST = ExecutionRequest(
    "e" * 32, "a" * 32, "f" * 32, "1", "return 1", b"{}", limits=Limits(wall_time_ms=50)
)
REQUEST_WITH_TIME = replace(REQUEST, limits=Limits(wall_time_ms=25_000))
HEAD, RESULT, ERROR = write_reply(Outcome.OK, b"1", None, Usage())
GOOD_REPLY = (STATE.pack(ID, RESIDENT, 0, True) + HEAD, RESULT, ERROR)
# It is in the memory that the worker shares with the supervisor, where there is no JSON.
RESULT_ELSEWHERE = (
    struct.pack("!III", STATE.size + len(HEAD), 1 << 31 | 70_000, 0)
    + STATE.pack(ID, RESIDENT, 0, True)
    + HEAD
)


FULL_REPLY = (
    STATE.pack(ID, RESIDENT, 0, False)
    + write_reply(Outcome.EXCEEDED_MEMORY, None, None, Usage())[0],
    b"",
    b"",
)
OUT_OF_MEMORY = "sys.stderr.write('# Fatal process out of memory'); sys.stderr.flush(); os.abort()"
TIDYING_REPLY = (STATE.pack(ID, RESIDENT, 0, False) + HEAD, RESULT, ERROR)


def broken_worker(answer: bytes, then: str) -> Supervisor:
    """Supervise workers that read a request, say something, and end or hang."""
    return Supervisor(workers=1, fork_server=ready_and(READ, says(answer), then))


@pytest.mark.parametrize(
    ("answer", "then", "outcome"),
    [
        (frame(*GOOD_REPLY), HANG, Outcome.OK),
        (b"", HANG, Outcome.EXCEEDED_WALL_TIME),
        (b"", END, Outcome.INTERNAL_ERROR),
        (b"", ABORT, Outcome.INTERNAL_ERROR),
        (b"\xff" * 12, HANG, Outcome.INTERNAL_ERROR),
        (b"\x00" * 12, HANG, Outcome.INTERNAL_ERROR),
        (b"\x00\x00", HANG, Outcome.EXCEEDED_WALL_TIME),
        (frame(*GOOD_REPLY)[:-1], HANG, Outcome.EXCEEDED_WALL_TIME),
        (frame(*GOOD_REPLY)[:-1], END, Outcome.INTERNAL_ERROR),
        (READY_FRAME, HANG, Outcome.INTERNAL_ERROR),
        (frame(STATE.pack(ID, RESIDENT, 0, True), b"", b""), HANG, Outcome.INTERNAL_ERROR),
        (RESULT_ELSEWHERE, HANG, Outcome.INTERNAL_ERROR),
    ],
)
def test_a_broken_worker_ends_in_an_outcome(answer: bytes, then: str, outcome: Outcome) -> None:
    # What waits for the end of its time gets little of it, and all else as much as it may take.
    request = REQUEST if outcome is Outcome.EXCEEDED_WALL_TIME else REQUEST_WITH_TIME

    with broken_worker(answer, then) as supervisor:
        result = supervisor.execute(request)

    assert result.outcome is outcome
    assert (result.error is None) == (outcome is Outcome.OK)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    answer=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: frame(tail, b"", b""))
)
def test_any_bytes_end_in_an_outcome(answer: bytes) -> None:
    with broken_worker(answer, END) as supervisor:
        assert isinstance(supervisor.execute(REQUEST), ExecutionResult)


def test_workers_that_cannot_start_are_reported_at_once() -> None:
    with pytest.raises(ExecutorUnavailableError):
        Supervisor(workers=1, fork_server=Programs((END,)))


def test_a_worker_that_never_reads_a_request_does_not_cost_the_request() -> None:
    first = ready_and(HANG).start()

    with Supervisor(workers=1, first=first) as supervisor:
        result = supervisor.execute(replace(REQUEST, limits=Limits(wall_time_ms=2_000)))

    assert (result.outcome, result.result) == (Outcome.OK, b"1")


@pytest.mark.parametrize("then", [HANG, END])
def test_a_worker_that_does_not_come_to_the_end_of_tidying_up_does_not_hold_up_the_next_request(
    then: str,
) -> None:
    first = ready_and(READ, says(frame(*TIDYING_REPLY)), then).start()

    with Supervisor(workers=1, first=first) as supervisor:
        results = [supervisor.execute(REQUEST_WITH_TIME) for _ in range(2)]

    assert [result.outcome for result in results] == [Outcome.OK] * 2


def test_a_request_is_not_sent_to_a_worker_that_still_tidies_up() -> None:
    workers = ready_and(
        *("import select", READ, says(frame(*TIDYING_REPLY))),
        *("select.select([s], [], [], 0.2)[0] and os._exit(1)", says(TIDIED_FRAME)),
        *(READ, says(frame(*GOOD_REPLY)), HANG),
    )

    with Supervisor(workers=1, first=workers.start()) as supervisor:
        results = [supervisor.execute(REQUEST_WITH_TIME) for _ in range(2)]

    assert [result.outcome for result in results] == [Outcome.OK] * 2


ANSWER_AND_WORK = (READ, says(frame(*GOOD_REPLY)), "while True: pass")


def test_a_worker_that_works_without_a_request_is_ended_or_stopped() -> None:
    workers = ready_and(*ANSWER_AND_WORK)

    with Supervisor(workers=1, fork_server=workers) as supervisor:
        supervisor.execute(REQUEST_WITH_TIME)

        # On a busy machine it may get as little processor time as an idle one uses: then it is
        # stopped. Any of those that were started may have been asked; the others only wait.
        assert eventually(
            lambda: [pid for pid in workers.started if not alive(pid) or is_stopped(pid)]
        )


def test_a_worker_that_used_processor_time_without_a_request_is_ended_and_not_stopped() -> None:
    worker = WorkerProcess(ready_and(*ANSWER_AND_WORK).start())
    try:
        complete(worker.await_ready(WAIT_S, BLOCKING))
        message = write_request(REQUEST)
        complete(worker.send(REQUEST.account_id, message, WAIT_S, MIB, BLOCKING))
        complete(worker.receive(reply_bytes_max(REQUEST.limits), BLOCKING))
        worker.rest()
        assert worker.stop_if_idle(after_s=0, cpu_max_s=0.05)
        before = cpu_ticks(worker.pid)
        eventually(lambda: cpu_ticks(worker.pid) >= before + 10)

        assert not worker.stop_if_idle(after_s=0, cpu_max_s=0.05)

        assert not is_stopped(worker.pid)
    finally:
        worker.reap()


@pytest.mark.parametrize("last", ["Console", "exchange_in"])
def test_a_worker_for_which_no_descriptor_is_left_leaves_none(
    monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    def too_many(_descriptor: int) -> None:
        raise OSError(EMFILE, "Too many open files")

    workers = ready_and(HANG)
    monkeypatch.setattr(process, last, too_many)
    before = sorted(Path("/proc/self/fd").iterdir())

    with pytest.raises(OSError, match="Too many open files"):
        WorkerProcess(workers.start())

    assert sorted(Path("/proc/self/fd").iterdir()) == before
    assert not [pid for pid in workers.started if alive(pid)]


def test_half_a_message_of_a_worker_that_cleans_up_is_not_waited_for() -> None:
    half = frame(*TIDYING_REPLY) + READY_FRAME[:3]
    worker = WorkerProcess(ready_and(READ, says(half), HANG).start())
    try:
        complete(worker.await_ready(WAIT_S, BLOCKING))
        message = write_request(REQUEST)
        complete(worker.send(REQUEST.account_id, message, WAIT_S, MIB, BLOCKING))
        complete(worker.receive(reply_bytes_max(REQUEST.limits), BLOCKING))
        worker.rest()
        eventually(worker._connection.is_readable)

        # It is let be for now, and would be ended if the look had waited in vain.
        assert worker.stop_if_idle(after_s=0, cpu_max_s=0.05)
    finally:
        worker.reap()


def test_a_worker_that_is_idle_is_stopped_and_goes_on_when_it_is_asked() -> None:
    again = (READ, says(frame(*GOOD_REPLY)))
    workers = ready_and(*again, *again, HANG)

    with Supervisor(workers=1, fork_server=workers) as supervisor:
        supervisor.execute(REQUEST_WITH_TIME)
        [asked] = eventually(lambda: [pid for pid in workers.started if is_stopped(pid)])

        assert supervisor.execute(REQUEST_WITH_TIME).outcome is Outcome.OK
        assert alive(asked)


LATER = (STATE.pack(ID, RESIDENT, 0, True) + HEAD, b'"planted"', ERROR)


def executed(*steps: str) -> list[ExecutionResult]:
    """Execute twice in workers that take these steps."""
    workers = ready_and(*steps, HANG)
    with Supervisor(workers=1, fork_server=workers) as supervisor:
        return [supervisor.execute(REQUEST_WITH_TIME) for _ in range(2)]


@pytest.mark.parametrize(
    "ahead",
    [
        frame(*GOOD_REPLY) + frame(*LATER),
        frame(*GOOD_REPLY) + frame(*GOOD_REPLY),
        frame(*GOOD_REPLY) + b"\x00",
        frame(*GOOD_REPLY) + TIDIED_FRAME,
        frame(*TIDYING_REPLY) + TIDIED_FRAME + frame(*LATER),
        frame(*TIDYING_REPLY) + frame(*LATER),
    ],
)
def test_what_is_sent_ahead_of_a_request_answers_none(ahead: bytes) -> None:
    first, second = executed(READ, says(ahead))

    assert first.result == b"1"
    assert (second.result, second.outcome) in {(b"1", Outcome.OK), (None, Outcome.INTERNAL_ERROR)}


@pytest.mark.parametrize(
    "request_id",
    [b"\x00" * REQUEST_ID_BYTES, b"\xff" * REQUEST_ID_BYTES, ID[:-1] + b"\x00"],
)
def test_an_answer_repeats_the_id_of_its_request(request_id: bytes) -> None:
    answer = frame(STATE.pack(request_id, RESIDENT, 0, True) + HEAD, RESULT, ERROR)

    [result, _] = executed(READ, says(answer))

    assert result.outcome is Outcome.INTERNAL_ERROR


def test_the_id_of_an_earlier_request_answers_no_later_one() -> None:
    answer = frame(*GOOD_REPLY)

    first, second = executed(
        *(READ, "old = id", says(answer), READ, "id = old", says(frame(*LATER)))
    )

    assert (first.result, second.outcome) == (b"1", Outcome.INTERNAL_ERROR)


def test_a_reply_is_not_read_beyond_what_its_limits_allow() -> None:
    lengths = struct.pack("!III", STATE.size + len(HEAD), 12 << 20, 0)

    with broken_worker(lengths, HANG) as supervisor:
        result = supervisor.execute(REQUEST_WITH_TIME)

    assert result.outcome is Outcome.INTERNAL_ERROR


def test_a_request_that_is_read_drop_by_drop_ends_in_its_time() -> None:
    slowly = "while True: s.recv(64); import time; time.sleep(0.001)"
    # Only one of both large parts goes through the exchange.
    large = b'"%b"' % (b"x" * 100_000)
    request = replace(REQUEST, source="return 1" + " " * 3_000_000, input=large)

    with Supervisor(workers=1, first=ready_and(slowly).start()) as supervisor:
        result = supervisor.execute(replace(request, limits=Limits(wall_time_ms=3_000)))

    assert result.result == b"1"


@pytest.mark.parametrize("then", [OUT_OF_MEMORY, says(frame(*FULL_REPLY))])
def test_what_memory_ends_in_a_worker_that_executed_it_before_is_done_again(then: str) -> None:
    workers = ready_and(READ, says(frame(*GOOD_REPLY)), READ, then, HANG)

    with Supervisor(workers=1, fork_server=workers) as supervisor:
        results = [supervisor.execute(REQUEST_WITH_TIME) for _ in range(3)]

    assert [result.outcome for result in results] == [Outcome.OK] * 3


@pytest.mark.parametrize("then", [OUT_OF_MEMORY, says(frame(*FULL_REPLY))])
@pytest.mark.parametrize(
    "other",
    [replace(REQUEST_WITH_TIME, function_id="0" * 32), replace(REQUEST_WITH_TIME, version="2")],
)
def test_what_memory_ends_at_its_first_execution_is_not(then: str, other: ExecutionRequest) -> None:
    workers = ready_and(READ, says(frame(*GOOD_REPLY)), READ, then, HANG)

    with Supervisor(workers=1, fork_server=workers) as supervisor:
        supervisor.execute(REQUEST_WITH_TIME)
        result = supervisor.execute(other)

    assert result.outcome is Outcome.EXCEEDED_MEMORY


def test_it_is_done_again_once_and_its_time_is_that_of_both(
    caplog: pytest.LogCaptureFixture,
) -> None:
    took = ("import time", "began = time.monotonic()", "while time.monotonic() < began + 0.2: pass")
    first = ready_and(READ, says(frame(*GOOD_REPLY)), READ, *took, OUT_OF_MEMORY).start()
    others = ready_and(READ, *took, OUT_OF_MEMORY)

    with Supervisor(workers=1, fork_server=others, first=first) as supervisor:
        supervisor.execute(REQUEST_WITH_TIME)
        result = supervisor.execute(REQUEST_WITH_TIME)

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert result.usage.wall_ms >= 400
    assert caplog.text.count("its worker ended by") == 2
