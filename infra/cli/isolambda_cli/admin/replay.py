"""Replay an event of AWS on this machine."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from typing_extensions import override

from isolambda_cli.admin.targets import (
    ReplayFailedError,
    ReplayResult,
)
from isolambda_cli.config import server_settings
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.http_callbacks import HttpsCallbacks
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.net import ceiling_of
from isolambda_core.domain.queue.messages import Acknowledge, QueuedExecution
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
)
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_core.services.triggers.events import (
    Accepted,
    EventService,
)
from isolambda_dispatcher.batches import Batches, ItemResult
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.parsing import UnknownEventError
from isolambda_executor.supervisor import Supervisor
from isolambda_local.defaults import WORKERS
from isolambda_local.operations import performing
from isolambda_local.runtime import open_machine
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.dead_letters import SqliteConsumer

LOCK_NAME = "events.lock"
_WAIT_S, _POLL_S = 60.0, 0.05
_LAMBDA_MAX_MS = 900_000
"""The longest timeout of a Lambda, which nothing enforces here."""


@dataclass(frozen=True, slots=True)
class LocalReplay:
    """A dispatcher in this process, on an open database."""

    data_dir: Path
    store: SqliteStore
    secret: FileSecret

    def replay(self, event: Document) -> Sequence[ReplayResult]:
        """Send an event to the dispatcher; see ``Target.replay``.

        What functions may reach is what a server on the directory lets them, as far as its file and
        the environment say.
        """
        store, clock, results = self.store, SystemClock(), list[ItemResult]()
        settings = server_settings(self.data_dir)
        ceiling = ceiling_of(settings["net_allow"] or ())
        with (
            self._alone(),
            performing(WORKERS, ceiling, private_fetch=settings["private_fetch"]) as operations,
            Supervisor(WORKERS, _WAIT_S, operations=operations.broker) as supervisor,
        ):
            operations.add_store(KeyValueService(store.key_values, clock))
            runtime = open_machine(
                self.data_dir, store, self.secret, clock, supervisor, HttpsCallbacks()
            )
            events = _TrackingEvents(
                open_executions(store, AesGcmSealer(self.secret), JsonSchemaChecker(), clock),
                open_records(store, clock),
                store.idempotency_records,
                store.queue,
                clock,
            )
            dispatcher = Dispatcher(
                store.triggers,
                events,
                runtime.dispatch.perform,
                SqliteConsumer(store.queue, clock),
                Batches(results.append),
                clock,
                own_queues={},
            )
            with runtime.dispatching(WORKERS):
                try:
                    dispatcher.handle(event, lambda: _LAMBDA_MAX_MS)
                except UnknownEventError as error:
                    raise ReplayFailedError(str(error)) from error
                return [
                    self._result(result, events.messages.get(result.item)) for result in results
                ]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock that lets one process replay at a time, so each execution runs once."""
        with (self.data_dir / LOCK_NAME).open("w") as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            yield

    def _result(self, result: ItemResult, message: QueuedExecution | None) -> ReplayResult:
        """Return the result of an item, once its execution has ended or a minute is over."""
        if message is None:
            return ReplayResult(result.item, result.disposition)
        until = monotonic() + _WAIT_S
        record = self._record(message)
        is_queued = result.disposition == Acknowledge.name
        while is_queued and not record.has_ended and monotonic() < until:
            Event().wait(_POLL_S)
            record = self._record(message)
        return ReplayResult(result.item, result.disposition, record)

    def _record(self, message: QueuedExecution) -> ExecutionRecord:
        return self.store.records.get(message.account_id, message.function_id, message.execution_id)


@dataclass(frozen=True)
class _TrackingEvents(EventService):
    """Maps each event to the message of its execution, by the event's id and by the trigger's.

    The dispatcher identifies an item of a batch by the event's id, and an event that is no batch by
    its trigger's.
    """

    messages: dict[str, QueuedExecution] = field(default_factory=dict)

    @override
    def accept(
        self,
        trigger: Trigger,
        event: TriggerEvent,
        request_id: str = "",
        function: Function | None = None,
    ) -> Accepted:
        accepted = super().accept(trigger, event, request_id, function)
        self._track(trigger, event, accepted.execution_id)
        return accepted

    @override
    def save(self, trigger: Trigger, event: TriggerEvent) -> QueuedExecution:
        message = super().save(trigger, event)
        self._track(trigger, event, message.execution_id)
        return message

    def _track(self, trigger: Trigger, event: TriggerEvent, execution_id: str) -> None:
        message = QueuedExecution(
            trigger.account_id, trigger.function_id, execution_id, self.clock.now_ms()
        )
        self.messages[event.event_id] = self.messages[trigger.id] = message
