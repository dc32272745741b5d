"""The use cases on a store in memory and on fakes."""

from collections.abc import Callable
from dataclasses import dataclass

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedExecution,
    Retry,
    SendToCallbacks,
)
from isolambda_core.ports.blocking import Blocking, directly
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.store import Changes
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.queue.dispatch import (
    DispatchService,
)
from isolambda_local.rate_limits import MemoryRateLimitRepository
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import RecordingCallbacks, ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, INVOCATION, SECRET
from tests.support.sources import FakeEventSources

Perform = Callable[[], Disposition]
"""Performs the execution that is next in the queue."""


def services_on(
    store: SqliteStore,
    clock: SetClock,
    executor: Executor,
    call_executor: Executor,
    sources: EventSources,
    changes: Changes | None = None,
    blocking: Blocking = directly,
) -> Services:
    """Return the use cases as the API composes them."""
    return compose(
        store,
        SECRET,
        clock,
        executor=executor,
        call_executor=call_executor,
        queue=store.queue,
        sources=sources,
        rate_limits=None,
        size=RateLimit(),
        budget=MemoryRateLimitRepository(),
        changes=changes,
        blocking=blocking,
    )


@dataclass(frozen=True)
class Machine:
    """One machine: its store, what takes orders there, and what performs those that are queued."""

    store: SqliteStore
    clock: SetClock
    executor: ScriptedExecutor
    callbacks: RecordingCallbacks
    sources: FakeEventSources
    services: Services
    dispatch: DispatchService
    alarms: list[str]

    def submit(
        self, order: Invocation = INVOCATION, callback_url: str | None = None
    ) -> QueuedExecution:
        """Queue an execution, and return its message."""
        record = complete(self.services.invocations.submit(order, callback_url=callback_url)).record
        return QueuedExecution(ACCOUNT, FUNCTION, record.id, self.clock.now_ms())

    def whole(self, message: QueuedExecution) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return the record that a message is about, and what goes with it."""
        return self.store.records.get_whole(ACCOUNT, FUNCTION, message.execution_id)

    def found(self, message: QueuedExecution) -> ExecutionRecord:
        """Return the record that a message is about."""
        return self.whole(message)[0]

    def perform(self, message: QueuedExecution, received: int) -> Disposition:
        """Perform a message, and send its callback where that is left, as the two queues do."""
        disposition = self.dispatch.perform(message, received)
        if isinstance(disposition, SendToCallbacks):
            return self.dispatch.call_back(message, received)
        return disposition

    def perform_all(self, message: QueuedExecution) -> list[Disposition]:
        """Perform a message whenever it is to come again, and return every disposition."""
        dispositions = []
        for received in range(1, 50):
            dispositions.append(self.perform(message, received))
            if not isinstance(dispositions[-1], Retry):
                break
            self.clock.time_ms += round(dispositions[-1].after_s * 1000)
        return dispositions
