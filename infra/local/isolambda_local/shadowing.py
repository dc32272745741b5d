"""A thread that repeats executions on the shadows of their aliases, with a worker of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from threading import Thread
from time import monotonic

from typing_extensions import override

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.errors import IsolambdaError, kind_of
from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.blocking import directly
from isolambda_core.ports.executions import Executor
from isolambda_core.services.executions.budgets import BudgetedExecutor
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.replays.comparer import OutOfTimeError
from isolambda_core.services.shadows.repeater import open_repeater
from isolambda_executor.supervisor import Supervisor
from isolambda_local.sqlite import SqliteStore
from isolambda_local.waiting_shadows import WaitingShadows

Repeat = Callable[[Shadowed, int], None]
"""Repeats an execution, with how many of its alias were dropped before it."""

_log = logging.getLogger(__name__)


class LateWorker(Executor):
    """An executor for one thread; its workers are started when it first executes. Close it."""

    confinement: None = None

    def __init__(self, start: Callable[[], Supervisor]) -> None:
        self._start = start
        self._started: Supervisor | None = None

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if self._started is None:
            self._started = self._start()
        return self._started.execute(request)

    def close(self) -> None:
        """End the workers, if there are any."""
        if self._started is not None:
            self._started.close()


def repeating(
    waiting: WaitingShadows, store: SqliteStore, invocations: InvocationService, executor: Executor
) -> Repeat:
    """Return what repeats an execution by an executor, until nothing waits any more."""
    within = BudgetedExecutor(executor, invocations.budgets)
    repeater = open_repeater(store, replace(invocations, executor=within, blocking=directly))

    def repeat(shadowed: Shadowed, dropped: int) -> None:
        try:
            complete(repeater.repeat(shadowed, dropped, lambda: not waiting.is_ended))
            line = {"execution_id": shadowed.record.execution_id, "dropped": dropped}
            _log.info("%(execution_id)s was repeated for a shadow", line, extra=line)
        except (IsolambdaError, OutOfTimeError) as error:
            waiting.drop(shadowed, dropped + 1)
            line = {"execution_id": shadowed.record.execution_id, "reason": kind_of(error)}
            _log.info("%(execution_id)s is not repeated: %(reason)s", line, extra=line)

    return repeat


def _repeat(repeat: Repeat, shadowed: Shadowed, dropped: int) -> None:
    correlate(shadowed.record.request_id)
    repeat(shadowed, dropped)


@contextmanager
def shadowing(waiting: WaitingShadows, repeat: Repeat) -> Iterator[None]:
    """Repeat what waits, one execution after another; at the end, drop what still does.

    After each it rests as long as that took: it has half of one processor at most.

    Raises:
        RuntimeError: the system has no room for the thread.
    """

    def work() -> None:
        while (taken := waiting.next()) is not None:
            began = monotonic()
            try:
                copy_context().run(_repeat, repeat, *taken)
            except Exception:  # whatever it is, the next one is repeated
                _log.exception("%s: it could not be repeated", taken[0].record.execution_id)
            waiting.rest(monotonic() - began)

    thread = Thread(target=work, name="shadows")
    thread.start()
    try:
        yield
    finally:
        waiting.end()
        thread.join()
