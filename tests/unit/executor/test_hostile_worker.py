"""Whatever bytes a broken worker sends, the supervisor answers with an outcome."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolambda_core.domain.errors import ExecutorUnavailableError
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Outcome, Usage
from isolambda_core.domain.limits import Limits
from isolambda_executor import started
from isolambda_executor.messages import READY, STATE, write_reply
from isolambda_executor.started import StartedWorker
from isolambda_executor.supervisor import Supervisor

REQUEST = ExecutionRequest(
    "e" * 32, "a" * 32, "f" * 32, "1", "return 1", "{}", limits=Limits(wall_time_ms=50)
)
REQUEST_WITH_TIME = replace(REQUEST, limits=Limits(wall_time_ms=25_000))
HEAD, RESULT, TOLD = write_reply(Outcome.OK, b"1", None, (), Usage())
GOOD_REPLY = (STATE.pack(1 << 20, 1, True) + HEAD, RESULT, TOLD)


def frame(*parts: bytes) -> bytes:
    return b"".join([*(len(part).to_bytes(4, "big") for part in parts), *parts])


@contextmanager
def workers_that(*steps: str) -> Iterator[None]:
    """Start workers that say that they are ready, and then do as they are told."""
    program = f"import os, socket, sys\ns = socket.socket(fileno=3)\ns.sendall({READY_FRAME!r})\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(started, "_BOOT", program + "\n".join(steps))
        yield


@contextmanager
def broken_worker(says: bytes, then: str) -> Iterator[Supervisor]:
    """Supervise workers that read a request, say something, and end or hang."""
    with workers_that(READ, f"s.sendall({says!r})", then), Supervisor(workers=1) as supervisor:
        yield supervisor


READY_FRAME = frame(STATE.pack(1 << 20, 1, True) + READY.pack(True), b"", b"")
TIDYING_REPLY = (STATE.pack(1 << 20, 1, False) + HEAD, RESULT, TOLD)
READ, HANG = "s.recv(1 << 20)", "import signal; signal.pause()"
END, ABORT = "os._exit(0)", "os.abort()"


@pytest.mark.parametrize(
    ("says", "then", "outcome"),
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
        (frame(STATE.pack(0, 0, True), b"", b""), HANG, Outcome.INTERNAL_ERROR),
    ],
)
def test_a_broken_worker_ends_in_an_outcome(says: bytes, then: str, outcome: Outcome) -> None:
    # What waits for the end of its time gets little of it, and all else as much as it may take.
    request = REQUEST if outcome is Outcome.EXCEEDED_WALL_TIME else REQUEST_WITH_TIME

    with broken_worker(says, then) as supervisor:
        result = supervisor.execute(request)

    assert result.outcome is outcome
    assert (result.error is None) == (outcome is Outcome.OK)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    says=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: frame(tail, b"", b""))
)
def test_any_bytes_end_in_an_outcome(says: bytes) -> None:
    with broken_worker(says, END) as supervisor:
        assert isinstance(supervisor.execute(REQUEST), ExecutionResult)


def test_workers_that_cannot_start_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(started, "_BOOT", "raise SystemExit(1)")

    with pytest.raises(ExecutorUnavailableError):
        Supervisor(workers=1)


def test_a_worker_that_never_reads_a_request_does_not_cost_the_request() -> None:
    with workers_that(HANG):
        first = StartedWorker()

    with Supervisor(workers=1, first=first) as supervisor:
        result = supervisor.execute(replace(REQUEST, limits=Limits(wall_time_ms=2_000)))

    assert (result.outcome, result.result) == (Outcome.OK, "1")


@pytest.mark.parametrize(("then", "stands_by"), [(HANG, True), (END, False)])
def test_a_worker_that_does_not_come_to_the_end_of_tidying_up_does_not_hold_up_the_next_request(
    then: str, *, stands_by: bool
) -> None:
    with workers_that(READ, f"s.sendall({frame(*TIDYING_REPLY)!r})", then):
        first = StartedWorker()

    with Supervisor(workers=1, first=first) as supervised:
        answered = supervised.execute(REQUEST_WITH_TIME)
        next_worker = supervised._spare
        assert next_worker is not None
        next_worker.await_ready(60)
        healthy = supervised.execute(REQUEST_WITH_TIME)

        assert supervised._spare is not None
        assert (supervised._spare.pid == first.pid) is stands_by

    assert [each.outcome for each in (answered, healthy)] == [Outcome.OK] * 2


def test_a_request_is_not_sent_to_a_worker_that_still_tidies_up() -> None:
    with workers_that(
        *("import select", READ, f"s.sendall({frame(*TIDYING_REPLY)!r})"),
        *("select.select([s], [], [], 0.2)[0] and os._exit(1)", f"s.sendall({READY_FRAME!r})"),
        *(READ, f"s.sendall({frame(*GOOD_REPLY)!r})", HANG),
    ):
        first = StartedWorker()

    with Supervisor(workers=1, first=first) as supervisor:
        results = [supervisor.execute(REQUEST_WITH_TIME) for _ in range(2)]

    assert [result.outcome for result in results] == [Outcome.OK] * 2
