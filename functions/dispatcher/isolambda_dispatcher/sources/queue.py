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
from isolambda_dispatcher.inline import InPlace
from isolambda_dispatcher.parsing import (
    iso,
    reading,
    text,
)
from isolambda_dispatcher.sources.sqs import SqsSource, receive_count_of

_IN_ORDER = ".fifo"


@dataclass(frozen=True, slots=True)
class QueueSource(SqsSource):
    """Executes each message in place; of a FIFO queue, those of a group one after the other."""

    in_place: InPlace

    @property
    def name(self) -> str:
        """See ``BatchSource.name``."""
        return TriggerType.QUEUE

    @reading("message of a queue")
    def ordering_key(self, record: SQSRecord) -> str:
        """Return the group of a message of a FIFO queue; in other queues, its own id: no order.

        Raises:
            UnknownEventError: the message does not say its queue, or has no attributes.
        """
        queue_arn, group_id = record.event_source_arn, record.attributes.message_group_id
        if queue_arn.endswith(_IN_ORDER) and group_id is not None:
            return text(group_id)
        return self.id_of(record)

    def take(self, record: SQSRecord) -> Disposition:
        """Execute a message; see ``InPlace.take``."""
        return self.in_place.take(
            record.raw_event,
            self.id_of(record),
            lambda: read(record),
            receive_count_of(record),
        )


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
