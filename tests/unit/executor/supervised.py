"""What the tests of a supervisor ask of it, and see of its workers."""

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import DEFAULT_LIMITS, Limits
from isolambda_executor.supervisor import Supervisor

# V8 does not stop this one for any timeout: only the end of the process does.
UNSTOPPABLE = "Array.prototype.includes.call({length: 2 ** 53 - 1}, 1)"


def request(
    source: str,
    limits: Limits = DEFAULT_LIMITS,
    function: str = "f" * 32,
    isolation: str = "version",
) -> ExecutionRequest:
    return ExecutionRequest(
        new_id(), "a" * 32, function, "$LATEST", source, b"{}", isolation=isolation, limits=limits
    )


def run(supervisor: Supervisor, source: str, **limits: int) -> ExecutionResult:
    return supervisor.execute(request(source, Limits(**limits)))


def workers_of(supervisor: Supervisor) -> dict[int, str | None]:
    """Return the accounts of the idle workers, by their process ids; None of spares."""
    return {worker.pid: worker.account_id for worker in supervisor._workers._idle}


def asked(supervisor: Supervisor) -> list[int]:
    """Return the process ids of the idle workers that have seen a request."""
    return [pid for pid, account in workers_of(supervisor).items() if account]
