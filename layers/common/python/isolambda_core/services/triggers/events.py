"""Accept events: each becomes one execution, however often its source delivers it."""

from dataclasses import dataclass, replace

from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.idempotency import (
    IdempotencyRecord,
    hash_idempotency_key,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.ids import asked_at_ms, new_execution_id
from isolambda_core.domain.json_text import to_utf8
from isolambda_core.domain.limits import RECORD_S
from isolambda_core.domain.queue.messages import QueuedExecution
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
    execution_id_of,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import IdempotencyRepository
from isolambda_core.ports.queues import ExecutionQueue
from isolambda_core.ports.store import Store
from isolambda_core.services.executions.execution import (
    ExecutionService,
)
from isolambda_core.services.executions.records import (
    RecordService,
    new_record,
    open_records,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The execution of an event; ``replayed`` if an earlier delivery made it."""

    execution_id: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class EventService:
    """Accepts events of triggers, enabled or not: the caller decides about disabled ones.

    It resolves an alias when it accepts an event. An event that cannot be executed, for example
    because its version is gone, fails in its first attempt, and the record has the error.
    """

    executions: ExecutionService
    records: RecordService
    idempotency_records: IdempotencyRepository
    queue: ExecutionQueue
    clock: Clock

    def accept(
        self,
        trigger: Trigger,
        event: TriggerEvent,
        request_id: str = "",
        function: Function | None = None,
    ) -> Accepted:
        """Queue the execution of an event, unless an earlier delivery did so.

        Once this returns, the execution is not lost. ``function`` is the trigger's, if the caller
        has read it already.

        Raises:
            FunctionNotFoundError: the function is gone.
            QuotaExceededError: as many executions of the tenant wait as may.
            StoreUnavailableError: it could not be queued.
        """
        message = self._message(trigger, event)
        if self._is_known(message):
            return Accepted(message.execution_id, replayed=True)
        record, contents = self._record(function, trigger, event, request_id, message)
        self.records.require_room(record)
        # The message first, as of all that is queued: see InvocationService.
        self.queue.send(message)
        self.records.add(record, contents)
        return Accepted(message.execution_id, replayed=False)

    def save(self, trigger: Trigger, event: TriggerEvent) -> QueuedExecution:
        """Save the record of an execution that the caller performs at once.

        For sources that keep order, or that deliver an item again until it is done.

        Raises:
            FunctionNotFoundError: the function is gone.
            StoreUnavailableError: it could not be saved.
        """
        message = self._message(trigger, event)
        if not self._is_known(message):
            self.records.add(*self._record(None, trigger, event, "", message))
        return message

    def first_seen_ms(self, trigger: Trigger, event_id: str) -> int:
        """Return when an event without a time was first delivered.

        That is known for ``limits.RECORD_S``; until then it is the same event.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        now_ms = self.clock.now_ms()
        claim = IdempotencyRecord(
            account_id=trigger.account_id,
            function_id=trigger.function_id,
            key_sha256=hash_idempotency_key(f"{trigger.id}#{event_id}"),
            fingerprint=trigger.id,
            execution_id=new_execution_id(now_ms),
            lease_until_ms=0,
            expires_at=now_ms // 1000 + RECORD_S,
        )
        return asked_at_ms(self.idempotency_records.add(claim, now_ms // 1000).execution_id)

    def _message(self, trigger: Trigger, event: TriggerEvent) -> QueuedExecution:
        return QueuedExecution(
            trigger.account_id,
            trigger.function_id,
            execution_id_of(trigger.ref, event),
            self.clock.now_ms(),
        )

    def _is_known(self, message: QueuedExecution) -> bool:
        known = self.records.find(message.account_id, message.function_id, message.execution_id)
        return known is not None

    def _record(
        self,
        function: Function | None,
        trigger: Trigger,
        event: TriggerEvent,
        request_id: str,
        message: QueuedExecution,
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        origin = Origin(
            trigger.type,
            request_id,
            trigger_id=trigger.id,
            event_id=event.event_id,
            hops=event.hops,
        )
        invocation = Invocation(
            trigger.account_id,
            trigger.function_id,
            to_utf8(event.payload),
            trigger.qualifier,
            affinity=event.event_id,
            origin=origin,
        )
        age_ms = trigger.maximum_age_ms
        record = replace(
            new_record(
                invocation,
                self.executions.resolve_or_draft(invocation, function),
                message.execution_id,
            ),
            asynchronous=True,
            accepted_at_ms=message.sent_at_ms,
            give_up_at_ms=None if age_ms is None else event.at_ms + age_ms,
        )
        return record, ExecutionPayload(invocation.payload, origin)


def open_events(
    store: Store, executions: ExecutionService, queue: ExecutionQueue, clock: Clock
) -> EventService:
    """Return the service on a store; see :class:`EventService`."""
    return EventService(
        executions, open_records(store, clock), store.idempotency_records, queue, clock
    )
