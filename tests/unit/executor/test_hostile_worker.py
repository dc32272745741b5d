"""Whatever bytes a broken worker sends, the supervisor answers with an outcome."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolambda_core.domain.errors import ExecutorUnavailableError
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Outcome, Usage
from isolambda_core.domain.limits import Limits
from isolambda_executor import started
from isolambda_executor.messages import READY, STATE, write_reply
from isolambda_executor.supervisor import Supervisor

REQUEST = ExecutionRequest(
    "e" * 32, "a" * 32, "f" * 32, "1", "return 1", "{}", limits=Limits(wall_time_ms=50)
)
HEAD, RESULT, TOLD = write_reply(Outcome.OK, b"1", None, (), Usage())
GOOD_REPLY = (STATE.pack(1 << 20, 1) + HEAD, RESULT, TOLD)


def frame(*parts: bytes) -> bytes:
    return b"".join([*(len(part).to_bytes(4, "big") for part in parts), *parts])


@contextmanager
def broken_worker(says: bytes, then: str) -> Iterator[Supervisor]:
    """Supervise workers that read a request, say something, and end or hang."""
    program = (
        "import os, socket\n"
        "s = socket.socket(fileno=3)\n"
        f"s.sendall({READY_FRAME!r})\n"
        "s.recv(1 << 20)\n"
        f"s.sendall({says!r})\n"
        f"{then}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(started, "_BOOT", "import sys; sys.path[:] = sys.argv[1:]\n" + program)
        with Supervisor(workers=1) as supervisor:
            yield supervisor


READY_FRAME = frame(STATE.pack(1 << 20, 1) + READY.pack(True), b"", b"")
HANG, END, ABORT = "s.recv(1)", "os._exit(0)", "os.abort()"


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
        (frame(STATE.pack(0, 0), b"", b""), HANG, Outcome.INTERNAL_ERROR),
    ],
)
def test_a_broken_worker_ends_in_an_outcome(says: bytes, then: str, outcome: Outcome) -> None:
    with broken_worker(says, then) as supervisor:
        result = supervisor.execute(REQUEST)

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
