"""What wakes the dispatcher: whose event it is, and which way it goes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from aws_lambda_powertools.utilities.data_classes.sns_event import SNSEventRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from isolambda_core.domain.ids import is_id
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
    TriggerType,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.queues import Consumer
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.batches import Batches, BatchResponse
from isolambda_dispatcher.inline import InPlace
from isolambda_dispatcher.parsing import (
    UnknownEventError,
    reading,
)
from isolambda_dispatcher.queued import ThroughQueue
from isolambda_dispatcher.sources import bucket, schedule, topic
from isolambda_dispatcher.sources import event as bus_event
from isolambda_dispatcher.sources.executions import ExecutionSource
from isolambda_dispatcher.sources.queue import QueueSource
from isolambda_dispatcher.sources.stream import Record, StreamSource

_QUEUE, _TOPIC = "aws:sqs", "aws:sns"
_STREAMS: Mapping[str, Callable[[dict[str, Any]], Record]] = {
    "aws:kinesis": KinesisStreamRecord,
    "aws:dynamodb": DynamoDBRecord,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Takes what Lambda is woken with, in any of its shapes; composed once.

    ``perform`` is ``DispatchService.perform``, ``reconcile`` is ``TriggerReconciler.reconcile``.
    ``execution_queue_arn`` is the ARN of the execution queue; None where that is not in SQS.
    """

    triggers: TriggerRepository
    events: EventService
    perform: Callable[[QueuedExecution, int], Disposition]
    reconcile: Callable[[ReconcileTrigger, int], Disposition]
    consumer: Consumer
    batches: Batches
    clock: Clock
    execution_queue_arn: str | None

    def handle(self, event: Mapping[str, Any], left_ms: Callable[[], int]) -> BatchResponse:
        """Take an event, or a batch of them, and return which items must stay in their source.

        ``left_ms`` says how much time is left, in milliseconds.

        Raises:
            UnknownEventError: it is no event of a source that can be bound.
            StoreUnavailableError: the store does not answer; all of it must come again.
        """
        match event:
            case {"isolambda": str(kind)}:
                self._take_addressed(kind, event)
            case {"Records": [_, *_] as records}:
                return self._take_records(records, left_ms)
            case _:
                raise UnknownEventError("event of a source that can be bound")
        return {"batchItemFailures": []}

    def _take_addressed(self, kind: str, event: Mapping[str, Any]) -> None:
        """Take what names its trigger, because our own rules and schedules have wrapped it."""
        read = self._reader(kind, event)
        with reading("event of a trigger"):
            names = ("account_id", "function_id", "trigger_id")
            about = {name: event[name] for name in names}
            if not all(is_id(identifier) for identifier in about.values()):
                raise ValueError
        trigger = _listening(lambda: self.triggers.get(*about.values()), about)
        self._through_queue.take(kind, about["trigger_id"], trigger, read)

    def _reader(self, kind: str, event: Mapping[str, Any]) -> Callable[[Trigger], TriggerEvent]:
        match kind, event:
            case TriggerType.SCHEDULE, {"scheduled_at": scheduled_at}:
                return lambda trigger: schedule.read(trigger, scheduled_at, self.clock.now_ms())
            case TriggerType.EVENT, {"event": dict(inner)}:
                return lambda _: bus_event.read(inner)
            case TriggerType.BUCKET, {"event": dict(inner)}:
                return lambda _: bucket.read(inner)
        raise UnknownEventError("event of a schedule, a bus or a bucket")

    def _take_records(
        self,
        records: Sequence[dict[str, Any]],
        left_ms: Callable[[], int],
    ) -> BatchResponse:
        service, arn = _source_of(records)
        if service == _QUEUE and arn == self.execution_queue_arn:
            executions = ExecutionSource(self.consumer, self.perform, self.reconcile)
            return self.batches.take(map(SQSRecord, records), executions, left_ms)
        trigger = _listening(lambda: self.triggers.of_source(arn), {"source": arn})
        if service == _TOPIC:
            for message in map(SNSEventRecord, records):
                self._take_message(message, trigger)
            return {"batchItemFailures": []}
        in_place = InPlace(trigger, self.events, self.perform, self.consumer)
        if service == _QUEUE:
            queue = QueueSource(self.consumer, in_place)
            return self.batches.take(map(SQSRecord, records), queue, left_ms)
        answer = self.batches.take(map(_STREAMS[service], records), StreamSource(in_place), left_ms)
        # All that is behind the first comes again with it.
        return {"batchItemFailures": answer["batchItemFailures"][:1]}

    def _take_message(self, message: SNSEventRecord, trigger: Trigger | None) -> None:
        trigger_event = topic.read(message)
        self._through_queue.take(
            TriggerType.TOPIC, trigger_event.event_id, trigger, lambda _: trigger_event
        )

    @property
    def _through_queue(self) -> ThroughQueue:
        return ThroughQueue(self.events, self.batches.note)


def _source_of(records: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Return which service the records are from, and the ARN of the one source that they name.

    A record that names none is of the batch all the same, and must not hold up the others.
    """
    with reading("batch of one source that can be bound"):
        [(service, arn)] = {named for named in map(_named_source, records) if named is not None}
        if service not in (_QUEUE, _TOPIC, *_STREAMS):
            raise ValueError
    return service, arn


def _named_source(record: object) -> tuple[str, str] | None:
    match record:
        case {"EventSource": str(service), "Sns": {"TopicArn": str(arn)}} | {
            "eventSource": str(service),
            "eventSourceARN": str(arn),
        }:
            return service, arn
        case {}:  # any other object
            return None
    raise TypeError


def _listening(find: Callable[[], Trigger], about: Mapping[str, str]) -> Trigger | None:
    """Return the trigger that an event is for; None where there is none that wants it."""
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
