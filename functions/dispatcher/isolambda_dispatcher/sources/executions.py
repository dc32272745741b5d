"""The queues that Isolambda itself sends to: executions and triggers, and callbacks."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass

from isolambda_core.adapters.codecs.messages import read_message
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedBudgetCallback,
    QueuedExecution,
    ReconcileTrigger,
    SendToCallbacks,
    SendToDlq,
)
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_core.ports.queues import Consumer, ExecutionQueue
from isolambda_dispatcher.sources import sqs

EXECUTION, CALLBACK = "execution", "callback"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExecutionSource:
    """A ``BatchSource``: messages of a queue that Isolambda itself sends to.

    ``perform`` is ``DispatchService.perform`` for the execution queue, and ``call_back`` for the
    callback queue, ``callbacks``. ``reconcile`` is ``TriggerReconciler.reconcile``.
    """

    name: str
    perform: Callable[[QueuedExecution | QueuedBudgetCallback, int], Disposition]
    reconcile: Callable[[ReconcileTrigger, int], Disposition]
    consumer: Consumer
    callbacks: ExecutionQueue

    def id_of(self, record: Record) -> str:
        """Return the id of a message."""
        return sqs.id_of(record)

    def ordering_key(self, record: Record) -> str:
        """Return the id of a message, which may be in a batch twice; there is no other order."""
        return sqs.id_of(record)

    def take(self, record: Record) -> Disposition:
        """Perform the execution of a message, send its callback, or reconcile its trigger.

        It sends a body that is not Isolambda's to the dead letters at once. They, or the callback
        queue, have it when this returns, so that nothing is lost between two queues.

        Raises:
            StoreUnavailableError: SQS does not answer; the message must stay.
        """
        disposition = self._judge(record)
        if isinstance(disposition, SendToDlq):
            self.consumer.send_to_dlq(record["body"])
        return disposition

    def retry_later(self, record: Record, after_s: float) -> None:
        """Make a message visible again after some time; see ``Consumer.change_visibility``."""
        sqs.retry_later(self.consumer, record, after_s)

    def _judge(self, record: Record) -> Disposition:
        try:
            message = read_message(record["body"])
        except MalformedMessageError as error:
            # The log has nothing of the body: it may hold anything.
            reason = {"message_id": sqs.id_of(record), "reason": str(error)}
            _log.error("message %(message_id)s is not ours: %(reason)s", reason, extra=reason)
            return SendToDlq()
        received = sqs.receive_count_of(record)
        if not isinstance(message, ReconcileTrigger):
            disposition, about = self.perform(message, received), asdict(message)
            if isinstance(disposition, SendToCallbacks):
                self.callbacks.send(message)
        else:
            disposition, about = self.reconcile(message, received), asdict(message.trigger)
        line = {**about, "disposition": disposition.name, "receive_count": received}
        subject = about.get("execution_id", about.get("trigger_id", message.account_id))
        _log.info("%s %s", subject, disposition.name, extra=line)
        return disposition
