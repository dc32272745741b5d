"""Plays an event of AWS on this machine, as an operator asks."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from typing_extensions import override

from isolambda_cli.targets import (
    ReplayFailedError,
    ReplayResult,
)
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.queue.messages import Acknowledge, QueuedExecution
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
)
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.triggers.events import (
    Accepted,
    EventService,
)
from isolambda_dispatcher.batches import Batches, ItemResult
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.parsing import UnknownEventError
from isolambda_executor.supervisor import Supervisor
from isolambda_local.defaults import WORKERS
from isolambda_local.runtime import open_machine
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.dead_letters import SqliteConsumer

LOCK_NAME = "events.lock"
_WAIT_S, _LOOK_AGAIN_S = 60.0, 0.05
_ENOUGH_MS = 900_000
"""What a Lambda has at the most; nothing enforces it here."""


@dataclass(frozen=True, slots=True)
class Player:
    """The dispatcher, in this process, on an open database."""

    data_dir: Path
    store: SqliteStore
    secret: FileSecret

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Hand an event to the dispatcher; see ``Target.replay``."""
        store, clock, noted = self.store, SystemClock(), list[ItemResult]()
        with self._alone(), Supervisor(WORKERS, _WAIT_S) as supervisor:
            machine = open_machine(
                self.data_dir, store, self.secret, clock, supervisor, HttpsCallbacks()
            )
            events = _NotingEvents(
                open_executions(store, supervisor, clock),
                open_records(store, clock),
                store.idempotency_records,
                store.queue,
                clock,
            )
            dispatcher = Dispatcher(
                store.triggers,
                events,
                machine.dispatch.perform,
                machine.reconciler.reconcile,
                SqliteConsumer(store.queue, clock),
                Batches(noted.append),
                clock,
                execution_queue_arn=None,
            )
            with machine.dispatching(WORKERS):
                try:
                    dispatcher.handle(event, lambda: _ENOUGH_MS)
                except UnknownEventError as error:
                    raise ReplayFailedError(str(error)) from error
                return [self._played(taken, events.noted.get(taken.item)) for taken in noted]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until no other process replays an event, so that each execution runs once."""
        with (self.data_dir / LOCK_NAME).open("w") as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            yield

    def _played(self, taken: ItemResult, message: QueuedExecution | None) -> ReplayResult:
        """Return what came of an item, once that is known."""
        if message is None:
            return ReplayResult(taken.item, taken.disposition)
        until = monotonic() + _WAIT_S
        record = self._record(message)
        is_queued = taken.disposition == Acknowledge.name
        while is_queued and not record.has_ended and monotonic() < until:
            Event().wait(_LOOK_AGAIN_S)
            record = self._record(message)
        return ReplayResult(taken.item, taken.disposition, record)

    def _record(self, message: QueuedExecution) -> ExecutionRecord:
        return self.store.records.get(message.account_id, message.function_id, message.execution_id)


@dataclass(frozen=True)
class _NotingEvents(EventService):
    """Notes the execution of each event, by the event's id, and by its trigger's.

    The dispatcher calls an item of a batch by the former, and what is no batch by the latter.
    """

    noted: dict[str, QueuedExecution] = field(default_factory=dict)

    @override
    def accept(
        self,
        trigger: Trigger,
        event: TriggerEvent,
        request_id: str = "",
        function: Function | None = None,
    ) -> Accepted:
        accepted = super().accept(trigger, event, request_id, function)
        self._note(trigger, event, accepted.execution_id)
        return accepted

    @override
    def save(self, trigger: Trigger, event: TriggerEvent) -> QueuedExecution:
        message = super().save(trigger, event)
        self._note(trigger, event, message.execution_id)
        return message

    def _note(self, trigger: Trigger, event: TriggerEvent, execution_id: str) -> None:
        message = QueuedExecution(
            trigger.account_id, trigger.function_id, execution_id, self.clock.now_ms()
        )
        self.noted[event.event_id] = self.noted[trigger.id] = message
