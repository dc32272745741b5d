"""Workers hang, die and misbehave; executions end in an outcome all the same."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

import pytest
from typing_extensions import override

from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    UnconfinedError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.limits import WALL_TIME_MS_MAX, Limits
from isolambda_executor import supervisor as supervisor_module
from isolambda_executor.process import WorkerProcess
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.waits import Waits
from tests.support.processes import (
    children,
    kill,
)
from tests.support.waiting import eventually
from tests.unit.executor.programs import HANG, SAYS_UNCONFINED, Programs
from tests.unit.executor.supervised import UNSTOPPABLE, asked, request, run


class Observed(Supervisor):
    """A supervisor that notes when an execution has a worker."""

    def __init__(self, workers: int, wait_s: float = 10.0) -> None:
        self.taken: SimpleQueue[None] = SimpleQueue()
        super().__init__(workers, wait_s)

    @override
    async def _ask(
        self, worker: WorkerProcess, request: ExecutionRequest, waits: Waits
    ) -> ExecutionResult:
        self.taken.put(None)
        return await super()._ask(worker, request, waits)


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

    assert [run(supervisor, count).result for _ in range(3)] == [b"1", b"2", b"3"]
    assert run(supervisor, count + "// changed").result == b"1"
    assert supervisor.execute(request(count, function="e" * 32)).result == b"1"


def test_a_fresh_isolate_remembers_nothing(supervisor: Supervisor) -> None:
    asked = request("return globalThis.n = (globalThis.n || 0) + 1", isolation="fresh")

    assert [supervisor.execute(asked).result for _ in range(3)] == [b"1", b"1", b"1"]


def test_a_worker_that_cannot_be_stopped_is_replaced(supervisor: Supervisor) -> None:
    [before] = asked(supervisor)

    hung = run(supervisor, UNSTOPPABLE, wall_time_ms=100)

    assert hung.outcome is Outcome.EXCEEDED_WALL_TIME
    assert run(supervisor, "return 'well'").result == b'"well"'
    assert eventually(lambda: before not in asked(supervisor))


@pytest.mark.parametrize(
    ("source", "wall_time_ms", "outcome"),
    [
        (UNSTOPPABLE, 100, Outcome.EXCEEDED_WALL_TIME),
        ("const a = []; while (true) a.push('ab'.repeat(a.length).split(''));", 20_000,
         Outcome.EXCEEDED_MEMORY),
    ],
)  # fmt: skip
def test_code_that_ends_its_worker_has_used_the_time_that_it_did(
    supervisor: Supervisor, source: str, wall_time_ms: int, outcome: Outcome
) -> None:
    before = run(supervisor, "for (const end = Date.now() + 300; Date.now() < end;);")

    ended = run(supervisor, source, wall_time_ms=wall_time_ms)

    assert ended.outcome is outcome
    assert before.usage.cpu_ms > 0
    assert 0 < ended.usage.cpu_ms <= ended.usage.wall_ms


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
    def costs_no_worker() -> bool:
        run(supervisor, "return 1")
        before = asked(supervisor)
        run(supervisor, source, wall_time_ms=100)
        run(supervisor, "return 1")
        return asked(supervisor) == before

    monkeypatch.setattr(supervisor_module, "_GRACE_S", 60)
    # A worker gives up by itself when V8 takes too long to stop, as it may on a busy machine.
    assert any(costs_no_worker() for _ in range(5))


def test_a_worker_that_hangs_after_its_reply_does_not_harm_the_next_execution(
    supervisor: Supervisor,
) -> None:
    answered = run(supervisor, f"Promise.resolve().then(() => {UNSTOPPABLE}); return 1")
    healthy = run(supervisor, "return 2")

    assert (answered.result, healthy.result) == (b"1", b"2")


def test_workers_killed_while_idle_cost_no_execution(supervisor: Supervisor) -> None:
    run(supervisor, "return 1")
    for pid in children():
        kill(pid)

    assert run(supervisor, "return 2").result == b"2"


def test_an_execution_that_finds_no_worker_in_time_is_not_started() -> None:
    with Observed(workers=1, wait_s=0.05) as supervisor, at_work(supervisor) as [endless]:
        with pytest.raises(ExecutorBusyError):
            run(supervisor, "return 1")

        assert not endless.done()


def test_who_cannot_wait_gives_up_while_there_is_time_for_something_else() -> None:
    with Observed(workers=1, wait_s=60) as supervisor, at_work(supervisor) as [endless]:
        hurried = supervisor.with_deadline(timeout_s=0.6)

        with pytest.raises(ExecutorBusyError):
            hurried.execute(request("return 1", Limits(wall_time_ms=400)))

        assert not endless.done()


def test_who_has_no_time_to_wait_takes_a_worker_that_is_free(supervisor: Supervisor) -> None:
    hurried = supervisor.with_deadline(timeout_s=0)

    assert hurried.execute(request("return 1")).result == b"1"
    assert hurried.confinement is supervisor.confinement


def test_as_many_executions_as_workers_go_on_at_a_time() -> None:
    with Observed(workers=3) as supervisor, at_work(supervisor, workers=2) as hostile:
        healthy = run(supervisor, "return 1")

        assert not any(future.done() for future in hostile)
        assert healthy.outcome is Outcome.OK


def test_closing_leaves_no_process() -> None:
    before = set(children())

    with Supervisor(workers=2) as supervisor:
        run(supervisor, "return 1")

    assert set(children()) == before


UNCONFINED = Programs((SAYS_UNCONFINED, HANG))


def test_what_the_kernel_does_not_confine_does_not_serve() -> None:
    with pytest.raises(UnconfinedError):
        Supervisor(1, fork_server=UNCONFINED)


def test_who_wants_it_otherwise_says_so_and_is_warned(caplog: pytest.LogCaptureFixture) -> None:
    with Supervisor(1, fork_server=UNCONFINED, unconfined=True) as supervisor:
        assert not supervisor.confined

    assert [
        (line.levelname, "confined by the kernel: False" in line.message) for line in caplog.records
    ] == [("WARNING", True)]


def test_executions_of_one_account_go_on_at_the_same_time() -> None:
    with Observed(workers=2) as supervisor, at_work(supervisor):
        assert run(supervisor, "return 1").result == b"1"


@pytest.mark.parametrize("memory_mb", [64, 88, 96])
def test_a_microtask_that_fills_the_memory_is_no_promise_that_never_settles(
    shared: Supervisor, memory_mb: int
) -> None:
    source = "const f = () => Promise.resolve().then(f); f(); await new Promise(() => {});"

    result = run(shared, source, memory_mb=memory_mb, wall_time_ms=2_000)

    assert result.outcome in (Outcome.EXCEEDED_MEMORY, Outcome.EXCEEDED_WALL_TIME), result.error
