"""Queues of triggers, in Amazon SQS."""

from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.queue.messages import Disposition
from isolambda_core.domain.triggers.triggers import (
    TriggerEvent,
    TriggerType,
)
from isolambda_core.ports.queues import Consumer
from isolambda_dispatcher.inline import InPlace
from isolambda_dispatcher.parsing import (
    iso,
    reading,
    text,
)

_IN_ORDER = ".fifo"


@dataclass(frozen=True, slots=True)
class QueueSource:
    """Executes each message in place; of a FIFO queue, those of a group one after the other."""

    in_place: InPlace
    consumer: Consumer

    @property
    def name(self) -> str:
        """See ``BatchSource.name``."""
        return TriggerType.QUEUE

    def id_of(self, record: SQSRecord) -> str:
        """Return the id of a message."""
        return record.message_id

    def identifier_of(self, record: SQSRecord) -> str:
        """Return the id of a message."""
        return record.message_id

    def ordering_key(self, record: SQSRecord) -> str:
        """Return the group of a message of a FIFO queue; in other queues, its own id: no order."""
        group_id = record.attributes.message_group_id
        if group_id is not None and record.event_source_arn.endswith(_IN_ORDER):
            return group_id
        return record.message_id

    def take(self, record: SQSRecord) -> Disposition:
        """Execute a message; see ``InPlace.take``."""
        return self.in_place.take(
            record.raw_event,
            record.message_id,
            lambda: read(record),
            _received(record),
        )

    def retry_later(self, record: SQSRecord, after_s: float) -> None:
        """Have a message come again later; see ``Consumer.change_visibility``."""
        self.consumer.change_visibility(record.event_source_arn, record.receipt_handle, after_s)


@reading("message of a queue")
def read(record: SQSRecord) -> TriggerEvent:
    """Return what a function is told of a message.

    Raises:
        UnknownEventError: it is none.
    """
    sent_at_ms = int(record.attributes.sent_timestamp)
    payload: Document = {
        "message_id": text(record.message_id),
        "body": text(record.body),
        "sent_at": iso(sent_at_ms),
        "attributes": {
            # Binary ones have base64 in place of text.
            name: attribute.get("stringValue", attribute.get("binaryValue"))
            for name, attribute in record.message_attributes.items()
        },
    }
    if record.attributes.message_group_id is not None:
        payload = {**payload, "group_id": record.attributes.message_group_id}
    return TriggerEvent(record.message_id, sent_at_ms, dump(payload))


@reading("message of a queue")
def _received(record: SQSRecord) -> int:
    return int(record.attributes.approximate_receive_count)
