"""Triggers of type ``queue``: messages of Amazon SQS."""

import re
from typing import ClassVar

from typing_extensions import override

from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.hops import HOPS_ATTRIBUTE
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.triggers.triggers import TriggerEvent, TriggerType
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_dispatcher.inline import InlineSource
from isolambda_dispatcher.parsing import iso, reading, text
from isolambda_dispatcher.sources import sqs

_FIFO = ".fifo"
_HOPS = re.compile("[0-9]{1,9}")


class QueueSource(InlineSource):
    """A queue; the messages of a group of a FIFO queue are executed one after the other."""

    name: ClassVar[str] = TriggerType.QUEUE

    @override
    def id_of(self, record: Record) -> str:
        return sqs.id_of(record)

    @override
    @reading("message of a queue")
    def ordering_key(self, record: Record) -> str:
        """Return the group of a message of a FIFO queue; in other queues, its own id: no order.

        Raises:
            UnknownEventError: the message does not say its queue, or has no attributes.
        """
        queue_arn, group_id = record["eventSourceARN"], record["attributes"].get("MessageGroupId")
        if queue_arn.endswith(_FIFO) and group_id is not None:
            return text(group_id)
        return self.id_of(record)

    @override
    def read(self, record: Record) -> TriggerEvent:
        return read(record)

    @override
    def received(self, record: Record) -> int:
        return sqs.receive_count_of(record)

    @override
    def retry_later(self, record: Record, after_s: float) -> None:
        """Make a message visible again after some time; see ``Consumer.change_visibility``."""
        sqs.retry_later(self.consumer, record, after_s)


@reading("message of a queue")
def read(record: Record) -> TriggerEvent:
    """Return the event of a message, with what the function gets as ``call``.

    Raises:
        UnknownEventError: the record is no message.
    """
    attributes = record["attributes"]
    sent_at_ms = int(attributes["SentTimestamp"])
    payload: Document = {
        "message_id": text(record["messageId"]),
        "body": text(record["body"]),
        "sent_at": iso(sent_at_ms),
        "attributes": {
            # Binary ones have base64 in place of text.
            name: attribute.get("stringValue", attribute.get("binaryValue"))
            for name, attribute in record["messageAttributes"].items()
            if name != HOPS_ATTRIBUTE
        },
    }
    if attributes.get("MessageGroupId") is not None:
        payload = {**payload, "group_id": attributes["MessageGroupId"]}
    hops = record["messageAttributes"].get(HOPS_ATTRIBUTE, {}).get("stringValue", "")
    is_one = _HOPS.fullmatch(hops) is not None
    return TriggerEvent(record["messageId"], sent_at_ms, dump(payload), int(hops) if is_one else 0)
