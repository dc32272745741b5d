"""Workers hang, die and misbehave; executions end in an outcome all the same."""

import errno
import resource
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest
from typing_extensions import override

from isolambda_core.domain.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    UnconfinedError,
)
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import DEFAULT_LIMITS, WALL_TIME_MS_MAX, Limits
from isolambda_executor import supervisor as supervisor_module
from isolambda_executor import workers
from isolambda_executor.fork_server import ForkServer, StartedWorker
from isolambda_executor.frames import Frame
from isolambda_executor.isolates import KEPT_MAX
from isolambda_executor.messages import READY, STATE
from isolambda_executor.process import WorkerProcess
from isolambda_executor.supervisor import Supervisor
from tests.processes import children, environment, kill, open_files, thread_status
from tests.unit.executor.programs import HANG, Programs, frame
from tests.waiting import eventually

# V8 does not stop this one for any timeout: only the end of the process does.
HARD = {
    resource.RLIMIT_NOFILE: 512,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 64 << 10,
    resource.RLIMIT_MEMLOCK: 0,
}
UNSTOPPABLE = "Array.prototype.includes.call({length: 2 ** 53 - 1}, 1)"


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """One worker, and another that stands by, which starts after the first answer."""
    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 0")
        yield supervisor


def request(
    source: str,
    limits: Limits = DEFAULT_LIMITS,
    function: str = "f" * 32,
    isolation: str = "version",
) -> ExecutionRequest:
    return ExecutionRequest(
        new_id(), "a" * 32, function, "$LATEST", source, "{}", isolation=isolation, limits=limits
    )


def run(supervisor: Supervisor, source: str, **limits: int) -> ExecutionResult:
    return supervisor.execute(request(source, Limits(**limits)))


def workers_of(supervisor: Supervisor) -> dict[int, str | None]:
    """Return the accounts of the idle workers, by their process ids; None of spares."""
    return {worker.pid: worker.account_id for worker in supervisor._workers._idle}


def asked(supervisor: Supervisor) -> list[int]:
    """Return the process ids of the idle workers that have seen a request."""
    return [pid for pid, account in workers_of(supervisor).items() if account]


class Observed(Supervisor):
    """A supervisor that notes when an execution has a worker."""

    def __init__(self, workers: int, wait_s: float = 10.0) -> None:
        self.taken: SimpleQueue[None] = SimpleQueue()
        super().__init__(workers, wait_s)

    @override
    def _ask(
        self, worker: WorkerProcess, message: Frame, request: ExecutionRequest
    ) -> ExecutionResult:
        self.taken.put(None)
        return super()._ask(worker, message, request)


@contextmanager
def at_work(supervisor: Observed, workers: int = 1) -> Iterator[list[Future[ExecutionResult]]]:
    """Keep some workers at work while the block runs; in the end these are killed."""
    with ThreadPoolExecutor(workers) as threads:
        endless = [
            threads.submit(run, supervisor, "while (true);", wall_time_ms=WALL_TIME_MS_MAX)
            for _ in range(workers)
        ]
        try:
            for _ in endless:
                supervisor.taken.get()
            yield endless
        finally:
            for pid in children():
                kill(pid)


def test_the_first_execution_is_cold_and_the_second_is_warm(supervisor: Supervisor) -> None:
    cold = run(supervisor, "return 1")
    warm = run(supervisor, "return 1")

    assert (cold.usage.cold, warm.usage.cold) == (True, False)
    assert warm.usage.wall_ms > 0


def test_state_stays_within_one_version(supervisor: Supervisor) -> None:
    count = "globalThis.n = (globalThis.n || 0) + 1; return n"

    assert [run(supervisor, count).result for _ in range(3)] == ["1", "2", "3"]
    assert run(supervisor, count + "// changed").result == "1"
    assert supervisor.execute(request(count, function="e" * 32)).result == "1"


def test_a_fresh_isolate_remembers_nothing(supervisor: Supervisor) -> None:
    asked = request("return globalThis.n = (globalThis.n || 0) + 1", isolation="fresh")

    assert [supervisor.execute(asked).result for _ in range(3)] == ["1", "1", "1"]


def test_a_worker_that_cannot_be_stopped_is_replaced(supervisor: Supervisor) -> None:
    [before] = asked(supervisor)

    hung = run(supervisor, UNSTOPPABLE, wall_time_ms=100)

    assert hung.outcome is Outcome.EXCEEDED_WALL_TIME
    assert run(supervisor, "return 'well'").result == '"well"'
    assert eventually(lambda: before not in asked(supervisor))


@pytest.mark.parametrize(
    "source",
    [
        "while (true);",
        "await null; while (true);",
        "while (true) await null;",
        "setTimeout(() => { while (true); }, 1); await new Promise(() => {});",
        "await new Promise(() => {});",
        "Promise.resolve().then(() => { while (true); }); return 1",
    ],
)
def test_what_can_be_stopped_costs_no_worker(
    supervisor: Supervisor, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A worker that a busy machine holds up would be killed.
    monkeypatch.setattr(supervisor_module, "_GRACE_S", 60)
    before = asked(supervisor)

    run(supervisor, source, wall_time_ms=100)
    run(supervisor, "return 1")

    assert asked(supervisor) == before


def test_a_worker_that_hangs_after_its_reply_does_not_harm_the_next_execution(
    supervisor: Supervisor,
) -> None:
    answered = run(supervisor, f"Promise.resolve().then(() => {UNSTOPPABLE}); return 1")
    healthy = run(supervisor, "return 2")

    assert (answered.result, healthy.result) == ("1", "2")


def test_workers_killed_while_idle_cost_no_execution(supervisor: Supervisor) -> None:
    run(supervisor, "return 1")
    for pid in children():
        kill(pid)

    assert run(supervisor, "return 2").result == "2"


def test_an_execution_that_finds_no_worker_in_time_is_not_started() -> None:
    with Observed(workers=1, wait_s=0.05) as supervisor, at_work(supervisor) as [endless]:
        with pytest.raises(ExecutorBusyError):
            run(supervisor, "return 1")

        assert not endless.done()


def test_who_cannot_wait_gives_up_while_there_is_time_for_something_else() -> None:
    with Observed(workers=1, wait_s=60) as supervisor, at_work(supervisor) as [endless]:
        hurried = supervisor.hurried(patience_s=0.6)

        with pytest.raises(ExecutorBusyError):
            hurried.execute(request("return 1", Limits(wall_time_ms=400)))

        assert not endless.done()


def test_who_has_no_time_to_wait_takes_a_worker_that_is_free(supervisor: Supervisor) -> None:
    hurried = supervisor.hurried(patience_s=0)

    assert hurried.execute(request("return 1")).result == "1"
    assert hurried.confined is supervisor.confined


def test_as_many_executions_as_workers_go_on_at_a_time() -> None:
    with Observed(workers=3) as supervisor, at_work(supervisor, workers=2) as hostile:
        healthy = run(supervisor, "return 1")

        assert not any(future.done() for future in hostile)
        assert healthy.outcome is Outcome.OK


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
    assert run(supervisor, "return 2").result == "2"


def test_the_fork_server_may_be_killed(supervisor: Supervisor) -> None:
    for pid in children():
        kill(pid)

    assert run(supervisor, "return 2").result == "2"


def test_closing_leaves_no_process() -> None:
    before = set(children())

    with Supervisor(workers=2) as supervisor:
        run(supervisor, "return 1")

    assert set(children()) == before


def test_a_worker_starts_with_nothing_in_its_environment_and_one_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 1")
        [worker] = asked(supervisor)

        assert environment(worker) == {}
        assert len([file for file in open_files(worker) if file.startswith("socket:")]) == 1


def test_a_worker_can_lift_no_limit_and_has_no_capability() -> None:
    with Supervisor(workers=1) as supervisor:
        run(supervisor, "return 1")
        [worker] = asked(supervisor)
        limits = {name: resource.prlimit(worker, name) for name in HARD}

        assert all(
            0 <= hard <= most
            for (_, hard), most in zip(limits.values(), HARD.values(), strict=True)
        )
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert thread_status(worker, kind) == {"0" * 16}
        assert Path(f"/proc/{worker}/oom_score_adj").read_text(encoding="ascii").strip() == "1000"


def test_an_account_may_have_more_functions_than_are_kept_warm(supervisor: Supervisor) -> None:
    ends = [run(supervisor, f"return {n}") for n in range(KEPT_MAX + 20)]

    assert [end.result for end in ends] == [str(n) for n in range(len(ends))]


def test_what_keeps_the_workers_from_starting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(children())
    monkeypatch.setattr("isolambda_executor.fork_server._BOOT", "raise OSError('no V8 for this')")

    with pytest.raises(ExecutorUnavailableError) as unavailable:
        Supervisor(2)

    assert str(unavailable.value.__cause__) == "OSError: no V8 for this"
    assert set(children()) == before


UNCONFINED = Programs(
    (f"s.sendall({frame(STATE.pack(bytes(8), 1, True) + READY.pack(False), b'', b'')!r})", HANG)
)


def test_what_the_kernel_does_not_confine_does_not_serve() -> None:
    with pytest.raises(ExecutorUnavailableError) as unavailable:
        Supervisor(1, fork_server=UNCONFINED)

    assert isinstance(unavailable.value.__cause__, UnconfinedError)


def test_who_wants_it_otherwise_says_so_and_is_warned(caplog: pytest.LogCaptureFixture) -> None:
    with Supervisor(1, fork_server=UNCONFINED, unconfined=True) as supervisor:
        assert not supervisor.confined

    assert [
        (line.levelname, "confined by the kernel: False" in line.message) for line in caplog.records
    ] == [("WARNING", True)]


def test_a_worker_that_ends_without_a_word_is_told_by_its_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"
    monkeypatch.setattr("isolambda_executor.fork_server._BOOT", killed)

    with pytest.raises(ExecutorUnavailableError) as unavailable:
        Supervisor(1)

    assert str(unavailable.value.__cause__) == "signal SIGILL"


def of(account: str, source: str = "return 1") -> ExecutionRequest:
    return replace(request(source), account_id=account * 32)


def test_a_worker_is_of_one_account_to_its_end() -> None:
    seen: dict[int, set[str | None]] = {}

    with Supervisor(workers=2) as supervisor:
        for account in "abcdabcd":
            assert supervisor.execute(of(account)).result == "1"
            for pid, whose in workers_of(supervisor).items():
                seen.setdefault(pid, set()).add(whose)

    assert all(len(accounts - {None}) <= 1 for accounts in seen.values())


def test_the_workers_of_accounts_that_do_nothing_make_way_the_longest_idle_first() -> None:
    with Supervisor(workers=2) as supervisor:
        for account in "abac":
            supervisor.execute(of(account))

        def accounts() -> list[str]:
            return [whose[0] for whose in workers_of(supervisor).values() if whose]

        assert eventually(lambda: accounts() == ["a", "c"])
        assert supervisor.execute(of("a")).usage.cold is False


def test_an_account_keeps_its_warm_worker_while_others_come() -> None:
    with Supervisor(workers=3) as supervisor:
        cold = [supervisor.execute(of(account)).usage.cold for account in "abcabc"]

    assert cold == [True] * 3 + [False] * 3


@pytest.mark.parametrize("limit", ["WORKER_EXECUTIONS_MAX", "WORKER_AGE_S_MAX"])
def test_a_worker_ends_after_a_number_of_executions_and_after_a_time(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, limit, 1)
    monkeypatch.setattr(workers, "_LOOK_AT_AGE_S", workers._LOOK_S)
    with Supervisor(workers=1) as supervisor:
        supervisor.execute(of("a"))

        assert eventually(lambda: not asked(supervisor))
        assert supervisor.execute(of("a")).usage.cold


def test_executions_of_one_account_go_on_at_the_same_time() -> None:
    with Observed(workers=2) as supervisor, at_work(supervisor):
        assert run(supervisor, "return 1").result == "1"
