"""The fork server starts workers, and says what keeps them from starting."""

import errno
import os
from contextlib import ExitStack
from tempfile import TemporaryFile

import pytest

from isolambda_core.domain.executions.errors import ExecutorUnavailableError
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.limits import MIB
from isolambda_executor import spawning
from isolambda_executor.fork_server import ForkServer, StartedWorker
from isolambda_executor.supervisor import Supervisor
from tests.bench.machine import memory
from tests.support.processes import (
    children,
    kill,
    wait_for_end,
)
from tests.support.waiting import eventually
from tests.unit.executor.supervised import UNSTOPPABLE, run, workers_of


def test_a_machine_that_starts_no_process_costs_no_result_and_recovers(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: ForkServer) -> StartedWorker:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    assert eventually(lambda: None in workers_of(supervisor).values())
    with monkeypatch.context() as patch:
        patch.setattr(ForkServer, "start", refuse)
        # The worker, and then the one that stood by.
        hung = [run(supervisor, UNSTOPPABLE, wall_time_ms=500) for _ in range(2)]
        with pytest.raises(ExecutorUnavailableError):
            run(supervisor, "return 1")

    assert {each.outcome for each in hung} == {Outcome.EXCEEDED_WALL_TIME}
    assert run(supervisor, "return 2").result == b"2"


def test_the_fork_server_may_be_killed(supervisor: Supervisor) -> None:
    for pid in children():
        kill(pid)

    assert run(supervisor, "return 2").result == b"2"


def test_a_fork_server_that_cannot_be_started_again_touches_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    fork_server = ForkServer()
    process = fork_server._process
    assert process is not None
    kill(process.pid)
    wait_for_end(process.pid)
    monkeypatch.setattr(os, "posix_spawn", refuse)
    with pytest.raises(BlockingIOError):
        fork_server.start()

    # They have the numbers now that the fork server's files had.
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile()) for _ in range(8)]
        with pytest.raises(BlockingIOError):
            fork_server.start()
        fork_server.close()
        fork_server.close()

        assert all(file.seek(0) == 0 for file in files)


def test_what_keeps_the_workers_from_starting_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(children())
    monkeypatch.setattr("isolambda_executor.spawning._BOOT", "raise OSError('no V8 for this')")

    with pytest.raises(ExecutorUnavailableError) as unavailable:
        Supervisor(2)

    assert str(unavailable.value.__cause__) == "OSError: no V8 for this"
    assert set(children()) == before


def test_a_library_that_cannot_be_loaded_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    spoil = "from isolambda_executor import native; native._icu_data = lambda: b'/none'; from"
    monkeypatch.setattr(spawning, "_BOOT", spawning._BOOT.replace("from", spoil, 1))

    with pytest.raises(ExecutorUnavailableError) as unavailable:
        Supervisor(1)

    assert str(unavailable.value.__cause__) == "OSError: cannot read the data of ICU"


def test_a_worker_that_ends_without_a_word_is_reported_by_its_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"
    monkeypatch.setattr("isolambda_executor.spawning._BOOT", killed)

    with pytest.raises(ExecutorUnavailableError) as unavailable:
        Supervisor(1)

    assert str(unavailable.value.__cause__) == "signal SIGILL"


def test_an_idle_worker_has_at_most_25_mb_of_memory_of_its_own(supervisor: Supervisor) -> None:
    assert max(memory(pid)["unshared"] for pid in workers_of(supervisor)) <= 25 * MIB
