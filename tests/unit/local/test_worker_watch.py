"""A server whose workers start no more is not ready, until one starts again."""

from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from isolambda_api.http.readiness import Check
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    TooManyExecutionsError,
)
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.ports.executions import Executor
from isolambda_local.worker_watch import WorkerWatch
from tests.unit.executor.supervised import request

OK = Check(ok=True)


@dataclass
class Workers(Executor):
    """Workers that fail to execute with an error, and are asked to compile by the watch."""

    error: Exception | None = None
    compiled: list[ExecutionRequest] = field(default_factory=list)

    @property
    @override
    def confinement(self) -> Confinement:
        return Confinement.SYSTEM_CALLS

    @override
    def execute(self, request: ExecutionRequest, wait_s: float = 10.0) -> ExecutionResult:
        if request.compile_only:
            self.compiled.append(request)
        raise self.error or AssertionError("the result is not of interest")


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def watch(workers: Workers) -> WorkerWatch:
    return WorkerWatch(workers.execute)


def execute(
    watch: WorkerWatch, workers: Workers, error: Exception, *, is_async: bool = False
) -> None:
    """Have an execution fail with an error."""
    workers.error = error
    executor, asked = watch.over(workers), request("return 1")
    with pytest.raises(type(error)):
        complete(executor.execute_async(asked)) if is_async else executor.execute(asked)


def test_nothing_is_tried_while_executions_have_workers(
    watch: WorkerWatch, workers: Workers
) -> None:
    execute(watch, workers, TooManyExecutionsError(limit=1, used=1))

    assert watch.check() == OK
    assert workers.compiled == []


@pytest.mark.parametrize("is_async", [False, True])
def test_workers_that_start_no_more_are_tried_each_time_until_one_starts(
    watch: WorkerWatch, workers: Workers, is_async: bool
) -> None:
    execute(watch, workers, ExecutorUnavailableError(), is_async=is_async)

    for _ in range(2):
        with pytest.raises(ExecutorUnavailableError):
            watch.check()
    workers.error = ExecutorBusyError()  # there are workers, and all of them execute
    assert watch.check() == OK
    assert watch.check() == OK
    assert len(workers.compiled) == 3


def test_each_try_is_for_an_account_that_has_no_worker_yet(
    watch: WorkerWatch, workers: Workers
) -> None:
    execute(watch, workers, ExecutorUnavailableError())
    for _ in range(3):
        with pytest.raises(ExecutorUnavailableError):
            watch.check()

    assert len({asked.account_id for asked in workers.compiled}) == 3


def test_an_executor_says_how_the_workers_are_confined(
    watch: WorkerWatch, workers: Workers
) -> None:
    assert watch.over(workers).confinement == workers.confinement
