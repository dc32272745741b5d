"""What all queues of Amazon SQS have in common."""

from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from isolambda_core.ports.queues import Consumer
from isolambda_dispatcher.parsing import reading


@dataclass(frozen=True, slots=True)
class SqsSource:
    """Names the messages of a queue, and has one come again later."""

    consumer: Consumer

    def id_of(self, record: SQSRecord) -> str:
        """Return the id of a message; see ``BatchSource.id_of``."""
        return str(record.get("messageId", ""))

    def identifier_of(self, record: SQSRecord) -> str:
        """Return the id of a message; see ``BatchSource.identifier_of``."""
        return self.id_of(record)

    def retry_later(self, record: SQSRecord, after_s: float) -> None:
        """Have a message come again later; see ``Consumer.change_visibility``."""
        self.consumer.change_visibility(record.event_source_arn, record.receipt_handle, after_s)


@reading("message of a queue")
def receive_count_of(record: SQSRecord) -> int:
    """Return how often a message came, from 1.

    Raises:
        UnknownEventError: the message does not say so.
    """
    return int(record.attributes.approximate_receive_count)
