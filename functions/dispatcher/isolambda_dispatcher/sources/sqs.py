"""What all queues of Amazon SQS have in common."""

from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_core.ports.queues import Consumer
from isolambda_dispatcher.parsing import reading


def id_of(record: Record) -> str:
    """Return the id of a message; see ``BatchSource.id_of``."""
    return str(record.get("messageId", ""))


@reading("message of a queue")
def receive_count_of(record: Record) -> int:
    """Return how often a message came, from 1.

    Raises:
        UnknownEventError: the message does not say so.
    """
    return int(record["attributes"]["ApproximateReceiveCount"])


def retry_later(consumer: Consumer, record: Record, after_s: float) -> None:
    """Make a message visible again after some time; see ``Consumer.change_visibility``."""
    consumer.change_visibility(record["eventSourceARN"], record["receiptHandle"], after_s)
