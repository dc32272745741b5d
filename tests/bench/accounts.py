"""What it costs that a worker serves one account: the first execution, turns, and memory."""

from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Final

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import MIB
from isolambda_executor.process import READY_S, WorkerProcess
from isolambda_executor.supervisor import Supervisor
from isolambda_executor.waits import BLOCKING
from tests.bench.executions import execute, request_for
from tests.bench.figures import Row, measured, p50
from tests.bench.machine import memory
from tests.support.waiting import eventually

FIRST_BOUND_MS: Final = 3.0
ACCOUNTS: Final = 20
IDLE: Final = 10


def rows() -> Iterator[Row]:
    """Measure and return the rows, one after the other."""
    with Supervisor(workers=1) as supervisor:
        yield _first_of_an_account(supervisor)
    with Supervisor(workers=4) as supervisor:
        yield _in_turn(supervisor)
    with Supervisor(workers=IDLE) as supervisor:
        yield _idle(supervisor)


def _took_ms(supervisor: Supervisor, account_id: str) -> float:
    request = replace(request_for("return {hi: call.name};"), account_id=account_id)
    began = perf_counter()
    execute(supervisor, request)
    return (perf_counter() - began) * 1e3


def _first_of_an_account(supervisor: Supervisor) -> Row:
    first, second = [], []
    for _ in range(40):
        complete(spare(supervisor).await_ready(READY_S, BLOCKING))
        account_id = new_id()
        first.append(_took_ms(supervisor, account_id))
        second.append(_took_ms(supervisor, account_id))
    more = p50(first) - p50(second)
    return measured(
        "first execution of an account, a spare standing by",
        f"{p50(first):.2f} ms",
        bound=f"{FIRST_BOUND_MS:.0f} ms more than the first of a function in a worker of its own",
        met=more <= FIRST_BOUND_MS,
        note=f"of a function in a worker of its own {p50(second):.2f} ms",
    )


def spare(supervisor: Supervisor) -> WorkerProcess:
    """Return a worker that has seen nothing, once there is one."""
    idle = supervisor._workers._idle
    return eventually(lambda: next((one for one in list(idle) if not one.account_id), None))


def _in_turn(supervisor: Supervisor) -> Row:
    accounts = [new_id() for _ in range(ACCOUNTS)]
    took = [_took_ms(supervisor, account_id) for _ in range(3) for account_id in accounts]
    return measured(
        f"{ACCOUNTS} accounts in turn, four workers",
        f"{p50(took):.1f} ms",
        note=f"each execution; the longest {max(took):.0f} ms",
    )


def _idle(supervisor: Supervisor) -> Row:
    for _ in range(IDLE):
        execute(supervisor, replace(request_for("return 1"), account_id=new_id()))
    workers = [one for one in supervisor._workers._idle if one.account_id]
    own = [memory(worker.pid)["unshared"] for worker in workers]
    return measured(
        f"{IDLE} accounts that do nothing",
        f"{sum(own) / MIB:.0f} MB",
        note=f"of their workers' own; {p50(own) / MIB:.1f} MB each",
    )
