"""The queue of asynchronous executions, and of triggers that may have to be reconciled."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from isolambda_core.adapters.codecs.messages import read_message
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedExecution,
    ReconcileTrigger,
    SendToDlq,
)
from isolambda_core.ports.queues import Consumer

EXECUTION = "execution"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExecutionSource:
    """Has each message performed (``DispatchService``) or reconciled (``TriggerReconciler``)."""

    perform: Callable[[QueuedExecution, int], Disposition]
    reconcile: Callable[[ReconcileTrigger, int], Disposition]
    consumer: Consumer

    @property
    def name(self) -> str:
        """See ``BatchSource.name``."""
        return EXECUTION

    def id_of(self, record: SQSRecord) -> str:
        """Return the id of a message."""
        return record.message_id

    def identifier_of(self, record: SQSRecord) -> str:
        """Return the id of a message."""
        return record.message_id

    def ordering_key(self, record: SQSRecord) -> str:
        """Return the id of a message, which may be in a batch twice; there is no other order."""
        return record.message_id

    def take(self, record: SQSRecord) -> Disposition:
        """Do what a message asks for.

        A body that is not ours goes to the dead letters at once. They have it when this returns, so
        that nothing is lost between the two queues.

        Raises:
            StoreUnavailableError: SQS does not answer; the message must stay.
        """
        disposition = self._judge(record)
        if isinstance(disposition, SendToDlq):
            self.consumer.send_to_dlq(record.body)
        return disposition

    def retry_later(self, record: SQSRecord, after_s: float) -> None:
        """Have a message come again later; see ``Consumer.change_visibility``."""
        self.consumer.change_visibility(record.event_source_arn, record.receipt_handle, after_s)

    def _judge(self, record: SQSRecord) -> Disposition:
        try:
            message = read_message(record.body)
        except MalformedMessageError as error:
            # What it says instead is not logged: anybody may have put anything into it.
            reason = {"message_id": record.message_id, "reason": str(error)}
            _log.error("message %(message_id)s is not ours: %(reason)s", reason, extra=reason)
            return SendToDlq()
        received = int(record.attributes.approximate_receive_count)
        if isinstance(message, QueuedExecution):
            disposition, about = self.perform(message, received), asdict(message)
        else:
            disposition, about = self.reconcile(message, received), asdict(message.trigger)
        line = {**about, "disposition": disposition.name, "receive_count": received}
        subject = about.get("execution_id", about.get("trigger_id"))
        _log.info("%s %s", subject, disposition.name, extra=line)
        return disposition
