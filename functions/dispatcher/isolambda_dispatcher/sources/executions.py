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
from isolambda_dispatcher.sources.sqs import SqsSource, receive_count_of

EXECUTION = "execution"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExecutionSource(SqsSource):
    """Has each message performed (``DispatchService``) or reconciled (``TriggerReconciler``)."""

    perform: Callable[[QueuedExecution, int], Disposition]
    reconcile: Callable[[ReconcileTrigger, int], Disposition]

    @property
    def name(self) -> str:
        """See ``BatchSource.name``."""
        return EXECUTION

    def ordering_key(self, record: SQSRecord) -> str:
        """Return the id of a message, which may be in a batch twice; there is no other order."""
        return self.id_of(record)

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

    def _judge(self, record: SQSRecord) -> Disposition:
        try:
            message = read_message(record.body)
        except MalformedMessageError as error:
            # What it says instead is not logged: anybody may have put anything into it.
            reason = {"message_id": self.id_of(record), "reason": str(error)}
            _log.error("message %(message_id)s is not ours: %(reason)s", reason, extra=reason)
            return SendToDlq()
        received = receive_count_of(record)
        if isinstance(message, QueuedExecution):
            disposition, about = self.perform(message, received), asdict(message)
        else:
            disposition, about = self.reconcile(message, received), asdict(message.trigger)
        line = {**about, "disposition": disposition.name, "receive_count": received}
        subject = about.get("execution_id", about.get("trigger_id"))
        _log.info("%s %s", subject, disposition.name, extra=line)
        return disposition
