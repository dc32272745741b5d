"""Triggers of type ``queue`` on one machine: queues that hand on each message at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import override

from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import dashed, new_id
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef
from isolambda_core.ports.clock import Clock
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.sources import queue as sqs
from isolambda_local.sources.aws_envelopes import ACCOUNT, REGION


@dataclass(frozen=True, slots=True)
class OwnLocalQueues(EventSource):
    """The queues that are made for triggers; nothing waits in one."""

    events: EventService
    clock: Clock

    def arn_for(self, trigger_id: str) -> str:
        """Return the ARN of the queue of a trigger; see ``EventSources.own_queue_arn``."""
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{trigger_id}"

    @override
    def bind(self, trigger: Trigger) -> None:
        """Do nothing: ``send`` is given the trigger, and a queue with an ARN is somewhere else."""

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        """Do nothing; see :meth:`bind`."""

    @override
    def details(self, trigger: Trigger) -> Document:
        """Return the ARN of the queue that was made for a trigger."""
        arn = trigger.own_queue_arn
        return {} if arn is None else {"queue_arn": arn}

    def send(self, trigger: Trigger, bodies: Sequence[str], hops: int = 0) -> Sequence[str | None]:
        """Hand messages to the trigger of a queue; see ``EventSources.send``.

        A message for a disabled trigger has no id: it is not accepted, as it cannot wait here.
        """
        return [self._send(trigger, body, hops) if trigger.enabled else None for body in bodies]

    def _send(self, trigger: Trigger, body: str, hops: int) -> str | None:
        message_id, at_ms = new_id(), self.clock.now_ms()
        message = _sqs_message(self.arn_for(trigger.id), message_id, body, at_ms)
        try:
            self.events.accept(trigger, replace(sqs.read(message), hops=hops))
        except (StoreUnavailableError, FunctionNotFoundError):
            return None
        return dashed(message_id)


def _sqs_message(queue_arn: str, message_id: str, body: str, sent_at_ms: int) -> Mapping[str, Any]:
    return {
        "messageId": dashed(message_id),
        "receiptHandle": message_id,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(sent_at_ms),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
