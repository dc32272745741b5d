"""What becomes of attempts: of those whose worker died, of two, and of those with operations."""

import logging
import math
import time
from dataclasses import replace
from typing import Final

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
    exceeded,
)
from isolambda_core.domain.limits import MIB, WALL_TIME_MS_MIN
from isolambda_executor.channel import Channel
from isolambda_executor.console import MalformedLinesError
from isolambda_executor.error_of_reply import MalformedReplyError
from isolambda_executor.process import WorkerProcess

_NEAR: Final = 0.8
"""A worker that dies with this share of its memory budget in use ran out of memory."""

_log = logging.getLogger(__name__)


def second_attempt(request: ExecutionRequest, result: ExecutionResult) -> ExecutionRequest | None:
    """Return the request for a second attempt in another worker.

    None if no time is left, or if the first attempt had a cold isolate or enough memory.
    """
    if result.outcome is not Outcome.EXCEEDED_MEMORY or result.usage.cold:
        return None
    left_ms = request.limits.wall_time_ms - math.ceil(result.usage.wall_ms)
    if left_ms < WALL_TIME_MS_MIN:
        return None
    return replace(request, limits=replace(request.limits, wall_time_ms=left_ms))


def after(first: ExecutionResult, second: ExecutionResult) -> ExecutionResult:
    """Return the result of two attempts: the second's, or the first's if the second timed out."""
    final = first if second.outcome is Outcome.EXCEEDED_WALL_TIME else second
    return in_all(first, second, final)


def in_all(
    first: ExecutionResult, second: ExecutionResult, final: ExecutionResult
) -> ExecutionResult:
    """Return the result of two attempts, with the time of both."""
    wall_ms = first.usage.wall_ms + second.usage.wall_ms
    cpu_ms = first.usage.cpu_ms + second.usage.cpu_ms
    return replace(final, usage=replace(final.usage, wall_ms=wall_ms, cpu_ms=cpu_ms))


def with_operations(channel: Channel, result: ExecutionResult) -> ExecutionResult:
    """End the operations of an execution, and return its result with what is known of them."""
    channel.close()
    fetches = channel.fetches
    usage = replace(result.usage, fetches=len(fetches))
    return replace(result, fetches=fetches, usage=usage, recorded=channel.recorded)


def with_no_operations(result: ExecutionResult) -> ExecutionResult:
    """Return the result of an execution that was to be recorded, and asked for nothing."""
    # Most executions are not recorded so.
    from isolambda_core.domain.executions.operations import (  # noqa: PLC0415
        RecordedOperations,
    )

    return replace(result, recorded=RecordedOperations())


def post_mortem(
    request: ExecutionRequest, cause: Exception, worker: WorkerProcess
) -> ExecutionResult:
    """Reap a worker, and return why its execution ended with it."""
    wall_ms = (time.monotonic() - worker.sent_at) * 1e3
    death = worker.reap()
    limits = request.limits
    used_mb = death.used_bytes / MIB
    if isinstance(cause, TimeoutError):
        outcome = Outcome.EXCEEDED_WALL_TIME
        error = exceeded("wall_time_ms", limits.wall_time_ms, round(wall_ms))
    elif death.out_of_memory or used_mb >= _NEAR * limits.memory_mb:
        outcome = Outcome.EXCEEDED_MEMORY
        error = exceeded("memory_mb", limits.memory_mb, round(used_mb))
    elif isinstance(cause, (MalformedReplyError, MalformedLinesError)):
        outcome = Outcome.INTERNAL_ERROR
        error = ExecutionError("WorkerMisbehaved", "the worker sent what no intact worker sends")
    else:
        outcome = Outcome.INTERNAL_ERROR
        error = ExecutionError("WorkerDied", f"the worker process was ended by {death.cause}")
    line = {"execution_id": request.execution_id, "outcome": outcome.value, "cause": death.cause}
    _log.warning("%(execution_id)s: %(outcome)s; its worker ended by %(cause)s", line, extra=line)
    # All that it used and has not reported; code that ends its worker is to pay for its time.
    cpu_ms = max(0.0, min(death.cpu_ms - worker.reported_cpu_ms, wall_ms))
    usage = Usage(round(wall_ms, 3), round(cpu_ms, 3), round(used_mb, 3))
    try:
        logs = worker.console_lines(limits, wall_ms)
    except MalformedLinesError:
        logs = ()
    return ExecutionResult(request.execution_id, outcome, error=error, logs=logs, usage=usage)
