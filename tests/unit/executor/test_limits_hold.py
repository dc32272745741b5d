"""What the executor promises of memory, of equality and of kills, watched from outside."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    Outcome,
    exceeded,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import DEFAULT_LIMITS, WALL_TIME_MS_MAX, Limits
from isolambda_executor.supervisor import Supervisor
from tests.support.processes import (
    children,
    kill,
)

RESIDENT_MAX_MB = DEFAULT_LIMITS.memory_mb + 100
# Numbers that JavaScript has exactly, and no negative zero, which JSON.stringify writes as 0.
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: number != 0
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=25,
)


def request(source: str, payload: str = "{}") -> ExecutionRequest:
    limits = Limits(wall_time_ms=WALL_TIME_MS_MAX)
    return ExecutionRequest(
        new_id(), "a" * 32, "f" * 32, "1", source, payload.encode(), limits=limits
    )


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(workers=2) as supervisor:
        yield supervisor


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=json_values)
def test_any_json_comes_out_as_it_went_in(supervisor: Supervisor, value: object) -> None:
    payload = json.dumps(value)

    result = supervisor.execute(request("return call", payload))

    assert result.outcome is Outcome.OK, result
    # JavaScript has doubles alone, and writes a whole one without a fraction.
    assert json.loads(result.result or b"", parse_int=float) == json.loads(payload, parse_int=float)


def resident_mb(pid: int) -> int:
    try:
        statm = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


@pytest.mark.parametrize(
    "source",
    [
        "const kept = []; while (true) kept.push(new Array(1000).fill(0))",
        "const kept = []; while (true) kept.push(new Uint8Array(1 << 20).fill(1))",
        "const kept = []; while (true) kept.push(new Uint8Array(50 << 20).fill(1))",
        "const kept = []; while (true) kept.push('abcdefgh'.repeat(1e5) + kept.length)",
        "const kept = new Map(); for (let i = 0; ; i++) kept.set(i, {})",
    ],
)
def test_a_worker_is_never_larger_than_its_budget_and_100_mb(source: str) -> None:
    with Supervisor(workers=1) as supervisor:
        done, largest = Event(), 0

        def watch() -> None:
            nonlocal largest
            while not done.is_set():
                largest = max([largest, *map(resident_mb, children())])

        watcher = Thread(target=watch)
        watcher.start()
        result = supervisor.execute(request(source))
        done.set()
        watcher.join()

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert 0 < largest <= RESIDENT_MAX_MB


@pytest.mark.parametrize(
    "source",
    [
        "const kept = []; while (true) kept.push(new Uint8Array(1 << 16))",
        "const kept = []; while (true) kept.push(new Float64Array(1e5))",
        "new ReadableStream({start(it) { for (;;) it.enqueue(new Uint8Array(1 << 16)) }})",
    ],
)
def test_memory_that_is_asked_for_and_never_written_counts_as_memory(source: str) -> None:
    with Supervisor(workers=1) as supervisor:
        result = supervisor.execute(request(source))

    assert result.outcome is Outcome.EXCEEDED_MEMORY
    assert result.error == exceeded("memory_mb", DEFAULT_LIMITS.memory_mb)


def test_killing_all_workers_under_load_costs_the_executions_in_flight_alone() -> None:
    workers, kills = 2, 4
    with Supervisor(workers=workers) as supervisor, ThreadPoolExecutor(4) as threads:
        for _ in range(kills):
            running = [
                threads.submit(supervisor.execute, request(f"return {n}")) for n in range(100)
            ]
            running[10].result()
            for pid in children():
                kill(pid)
            running[20].result()
            for pid in children():  # the ones that replace them, too
                kill(pid)
            ends = [future.result() for future in running]
            lost = [end for end in ends if end.outcome is not Outcome.OK]

            assert all(end.outcome is Outcome.INTERNAL_ERROR for end in lost)
            assert len(lost) <= 2 * workers
            assert [end.result for end in ends if end not in lost] == [
                b"%d" % n for n, end in enumerate(ends) if end not in lost
            ]
