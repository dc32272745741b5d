"""In Lambda the workers have nothing of the Lambda's: no variable, no file, no system call more."""

import re
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    Outcome,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import WALL_TIME_MS_MAX, Limits
from tests.artifact.emulator import Emulator
from tests.cases.checks import assert_healthy, killed_at_work, request_of_another_account
from tests.support.processes import (
    children,
    cpu_ticks,
    environment,
    open_files,
    thread_status,
)


@pytest.fixture
def worker(emulated: Emulator) -> int:
    """The worker that executed: of all processes, the one that worked most meanwhile."""
    before = {pid: cpu_ticks(pid) for pid in children(emulated.runtime)}
    source, limits = "for (let n = 0; n < 2e8; n++);", Limits(wall_time_ms=WALL_TIME_MS_MAX)
    request = ExecutionRequest(new_id(), new_id(), new_id(), "1", source, b"null", limits=limits)
    assert emulated.execute(request).outcome is Outcome.OK
    return max(children(emulated.runtime), key=lambda pid: cpu_ticks(pid) - before.get(pid, 0))


def test_the_executor_says_in_its_log_that_the_worker_is_confined(emulated: Emulator) -> None:
    for _ in range(2):
        assert_healthy(emulated.execute(request_of_another_account()))

    lines = emulated.logged('"confined"')
    assert [line["confined"] for line in lines if line["message"] == "started"] == [True]


def test_an_execution_is_in_the_log_where_it_failed(emulated: Emulator) -> None:
    worked, failed = (
        ExecutionRequest(new_id(), "a" * 32, new_id(), "1", source, b"null")
        for source in ("return 1", "throw 1")
    )

    for request in (worked, failed):
        emulated.execute(request)

    assert emulated.logged(worked.execution_id) == []
    [line] = emulated.logged(failed.execution_id)
    assert (line["message"], line["outcome"]) == ("executed", "exception")
    assert (line["account_id"], line["function_id"]) == (failed.account_id, failed.function_id)


def test_no_source_no_input_and_no_result_is_in_the_log(emulated: Emulator) -> None:
    request = ExecutionRequest(
        new_id(),
        "a" * 32,
        new_id(),
        "1",
        source="console.log('hunter2'); throw new Error('hunter2' + call)",
        input=b'"hunter2"',
        context='{"meta":{"password":"hunter2"}}',
        request_id="r1",
    )

    result = emulated.execute(request)

    assert result.error is not None
    assert result.error.message == "hunter2hunter2"
    assert emulated.logged("hunter2") == []
    lines = emulated.logged(request.execution_id)
    assert [line["correlation_id"] for line in lines] == ["r1"]


def measured(emulated: Emulator, request: ExecutionRequest, metric: str) -> list[dict[str, Any]]:
    """Execute until metrics are written, which is once a second, and return their new lines."""
    before = len(emulated.logged('"_aws"'))
    while True:
        emulated.execute(request)
        lines = emulated.logged('"_aws"')[before:]
        if any(metric in line for line in lines):
            return lines


def test_an_execution_is_measured_by_its_outcome(emulated: Emulator) -> None:
    request = ExecutionRequest(new_id(), new_id(), new_id(), "1", "return 1", b"null")

    lines = measured(emulated, request, "Executions")

    [metrics] = [line for line in lines if line.get("outcome") == "ok"]
    [[*dimensions]] = metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert set(dimensions) == {"service", "outcome"}
    assert {*metrics["Executions"]} == {1}
    assert len(metrics["WallTime"]) == len(metrics["ColdIsolates"]) == len(metrics["Executions"])


def test_a_source_that_is_only_compiled_counts_as_no_execution(emulated: Emulator) -> None:
    executed = ExecutionRequest(new_id(), new_id(), new_id(), "1", "return 1", b"null")
    compiled = replace(executed, source="export default 1", compile_only=True)
    measured(emulated, executed, "Executions")

    result = emulated.execute(compiled)
    [metrics] = measured(emulated, compiled, "Compilations")

    assert (result.outcome, result.result) == (Outcome.EXCEPTION, b'"module"')
    assert metrics["outcome"] == "exception"
    assert metrics.keys().isdisjoint({"Executions", "WallTime", "ColdIsolates"})


def test_the_kernel_says_that_every_thread_of_the_worker_is_confined(worker: int) -> None:
    assert thread_status(worker, "Seccomp") == {"2"}  # by a filter
    assert thread_status(worker, "NoNewPrivs") == {"1"}


def test_no_variable_of_the_lambda_reaches_the_worker(emulated: Emulator, worker: int) -> None:
    secrets = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

    assert environment(emulated.runtime).keys() >= secrets
    assert environment(worker).keys() == {"LD_LIBRARY_PATH"}  # where Lambda's Python lies


def test_no_file_of_the_lambda_is_open_in_the_worker(worker: int) -> None:
    # The filter refuses to open any; these were open before it.
    own = (
        rf"/dev/null|/memfd:(worker|console) \(deleted\)|anon_inode:\[eventfd\]|/proc/{worker}/\w+"
    )
    others = [file for file in open_files(worker) if re.fullmatch(own, file) is None]

    assert [file.partition(":")[0] for file in others] == ["socket"]


def test_the_log_tells_what_a_worker_died_of(emulated: Emulator) -> None:
    limits = Limits(wall_time_ms=WALL_TIME_MS_MAX)
    request = ExecutionRequest(
        new_id(), "a" * 32, new_id(), "1", "while (true) {}", b"null", limits=limits
    )

    with killed_at_work("SIGKILL", emulated.runtime):
        result = emulated.execute(request)

    assert result.outcome is Outcome.INTERNAL_ERROR
    [died, _] = emulated.logged(request.execution_id)
    assert (died["level"], died["cause"]) == ("WARNING", "signal SIGKILL")
