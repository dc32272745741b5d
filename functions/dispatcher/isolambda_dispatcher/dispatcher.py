"""Find the trigger of an event that Lambda brings, and take the event the way of its type."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from isolambda_core.domain.ids import is_id
from isolambda_core.domain.queue.messages import Disposition, QueuedExecution
from isolambda_core.domain.triggers.batch_records import kind_of
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.domain.triggers.triggers import Trigger, TriggerEvent, TriggerType
from isolambda_core.domain.triggers.types.record_shape import Record, RecordShape
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import Consumer
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.batches import Batches, BatchResponse
from isolambda_dispatcher.parsing import UnknownEventError, reading, text
from isolambda_dispatcher.queued import Pushed, QueuedEvents
from isolambda_dispatcher.sources.executions import ExecutionSource
from isolambda_dispatcher.sources.registry import BATCHED, WRAPPED
from isolambda_dispatcher.sources.shadows import ShadowSource

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Takes what Lambda invokes it with, in any of its shapes; composed once.

    ``perform`` is ``DispatchService.perform``. ``own_queues`` are the sources of the queues that
    Isolambda itself sends to, by the ARNs of these; none where they are not in SQS.
    """

    triggers: TriggerRepository
    events: EventService
    perform: Callable[[QueuedExecution, int], Disposition]
    consumer: Consumer
    batches: Batches
    clock: Clock
    own_queues: Mapping[str, ExecutionSource | ShadowSource]

    def handle(self, event: Mapping[str, Any], left_ms: Callable[[], int]) -> BatchResponse:
        """Take an event, or a batch of records, and return which records must stay in their source.

        ``left_ms`` returns how much time is left, in milliseconds.

        Raises:
            UnknownEventError: it is no event of a source that can be bound.
            StoreUnavailableError: the store does not answer; Lambda must invoke again.
        """
        match event:
            case {"isolambda": str(kind)}:
                self._take_wrapped(kind, event)
            case {"Records": [_, *_] as records}:
                return self._take_batch(records, left_ms)
            case _:
                raise UnknownEventError("event of a source that can be bound")
        return {"batchItemFailures": []}

    def _take_wrapped(self, kind: str, event: Mapping[str, Any]) -> None:
        """Queue an event that names its trigger, as our own rules and schedules wrap it."""
        source = WRAPPED.get(kind)
        if source is None or not source.is_in(event):
            raise UnknownEventError("event of a rule or a schedule")
        with reading("event of a trigger"):
            names = ("account_id", "function_id", "trigger_id")
            about = {name: event[name] for name in names}
            if not all(is_id(identifier) for identifier in about.values()):
                raise ValueError
        content, now_ms = event[source.key], self.clock.now_ms()
        self._queued.take(
            kind,
            about["trigger_id"],
            _enabled(lambda: self.triggers.get(*about.values()), about),
            lambda trigger: source.read(content, trigger, now_ms),
        )

    def _take_batch(self, records: Sequence[Record], left_ms: Callable[[], int]) -> BatchResponse:
        """Execute or queue the records of one source."""
        trigger_type, shape, arn = _source_of(records)
        if (own_queue := self.own_queues.get(arn)) is not None:
            return self.batches.take(records, shape, own_queue, left_ms)
        trigger = _enabled(lambda: self.triggers.of_source(arn), {"source": arn})
        source = BATCHED[trigger_type]
        if isinstance(source, Pushed):
            for event in map(source.read, records):
                self._queue(trigger_type, trigger, event)
            return {"batchItemFailures": []}
        inline = source(trigger, self.events, self.perform, self.consumer)
        return self.batches.take(records, shape, inline, left_ms)

    def _queue(self, source: str, trigger: Trigger | None, event: TriggerEvent) -> None:
        self._queued.take(source, event.event_id, trigger, lambda _: event)

    @property
    def _queued(self) -> QueuedEvents:
        return QueuedEvents(self.events, self.batches.note)


def _source_of(records: Sequence[Record]) -> tuple[TriggerType, RecordShape, str]:
    """Return type and shape of the records, and the ARN of the one source that they name.

    A record that names none is of the batch all the same, and must not hold up the others.
    """
    with reading("batch of one source that can be bound"):
        [source] = {named for named in map(_named_source, records) if named is not None}
    return source


def _named_source(record: object) -> tuple[TriggerType, RecordShape, str] | None:
    if not isinstance(record, Mapping):
        raise TypeError
    with suppress(LookupError, TypeError):
        trigger_type, shape = kind_of(record)
        return trigger_type, shape, text(shape.source_of(record))
    return None


def _enabled(find: Callable[[], Trigger], about: Mapping[str, str]) -> Trigger | None:
    """Return the trigger that an event is for; None where there is none, or it is disabled."""
    try:
        trigger = find()
    except TriggerNotFoundError:
        reason = "there is no trigger for it"
    else:
        if trigger.enabled:
            return trigger
        reason = "its trigger is disabled"
    line = {**about, "reason": reason}
    _log.warning("an event runs nothing: %(reason)s", line, extra=line)
    return None
