"""The queue of asynchronous executions."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from isolambda_core.adapters.sqs_queue import SqsConsumer, read_message
from isolambda_core.domain.queued import DEAD, Fate, QueuedExecution, Verdict
from isolambda_core.domain.wire import MalformedMessageError

BATCH = 10
"""Messages that one event brings at the most; ``template.yaml`` says the same."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExecutionSource:
    """Has each message performed (``DispatchService.perform``), and does what the verdict asks."""

    perform: Callable[[QueuedExecution, int], Verdict]
    consumer: SqsConsumer

    def take(self, record: SQSRecord) -> Fate:
        """Take a message, and return its fate; one that is to come ``AGAIN`` stays in the queue.

        A body that is not ours goes to the dead letters at once. They have it when this returns, so
        that nothing is lost between the two queues.

        Raises:
            StoreUnavailableError: SQS does not answer; the message must stay.
        """
        verdict = self._judge(record)
        if verdict.fate is Fate.AGAIN:
            self.consumer.postpone(record.receipt_handle, verdict.after_s)
        elif verdict.fate is Fate.DEAD:
            self.consumer.bury(record.body)
        return verdict.fate

    def _judge(self, record: SQSRecord) -> Verdict:
        try:
            message = read_message(record.body)
        except MalformedMessageError as error:
            # What it says instead is not logged: anybody may have put anything into it.
            reason = {"message_id": record.message_id, "reason": str(error)}
            _log.error("message %(message_id)s is not ours: %(reason)s", reason, extra=reason)
            return DEAD
        received = int(record.attributes.approximate_receive_count)
        verdict = self.perform(message, received)
        line = {
            "execution_id": message.execution_id,
            "account_id": message.account_id,
            "function_id": message.function_id,
            "fate": verdict.fate,
            "received": received,
        }
        _log.info("%(execution_id)s %(fate)s", line, extra=line)
        return verdict
