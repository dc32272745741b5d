"""The memory of a worker: idle, and with two hundred functions kept warm."""

from collections.abc import Iterator
from typing import Final

from isolambda_core.domain.limits import MIB
from isolambda_executor.supervisor import Supervisor
from tests.bench.executions import execute, request_for, worker_of
from tests.bench.figures import Row, measured
from tests.bench.machine import await_idle, memory

FUNCTIONS: Final = 200
BOUND_MB: Final = 1.5


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with Supervisor(workers=1) as supervisor:
        worker = worker_of(supervisor)
        idle = memory(worker)
        yield measured(
            "an idle worker's resident memory",
            _mb(idle["resident"]),
            note=f"{_mb(idle['unshared'])} of it shared with no process, {_mb(idle['pss'])} PSS",
        )
        yield _kept_warm(supervisor, worker, idle["resident"])


def _kept_warm(supervisor: Supervisor, worker: int, before: int) -> Row:
    requests = [request_for(f"return {{hi: call.name, number: {n}}};") for n in range(FUNCTIONS)]
    for request in requests:
        execute(supervisor, request)
    cold = sum(execute(supervisor, request).usage.cold for request in requests)
    assert cold == 0, f"{cold} of {FUNCTIONS} functions were not kept warm"
    await_idle(worker)
    after = memory(worker)["resident"]
    each = (after - before) / FUNCTIONS
    return measured(
        f"each of {FUNCTIONS} functions kept warm",
        _mb(each),
        bound=f"{BOUND_MB} MB",
        met=each <= BOUND_MB * MIB,
        note=f"resident {_mb(before)}, then {_mb(after)}; all executed twice, none cold again",
    )


def _mb(size: float) -> str:
    return f"{size / MIB:.1f} MB" if size >= 10 * MIB else f"{size / MIB:.2f} MB"
