"""The queue of executions that shadows are to repeat."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.shadow_messages import read_shadow_message
from isolambda_core.domain.executions.wire import MalformedMessageError
from isolambda_core.domain.queue.messages import Acknowledge, Disposition
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_core.ports.queues import Consumer
from isolambda_dispatcher.sources import sqs

if TYPE_CHECKING:
    from isolambda_core.services.shadows.queued import QueuedShadowService

SHADOW = "shadow"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShadowSource:
    """A ``BatchSource``."""

    service: "QueuedShadowService"
    consumer: Consumer

    @property
    def name(self) -> str:
        """Its name in metrics."""
        return SHADOW

    def id_of(self, record: Record) -> str:
        """Return the id of a message."""
        return sqs.id_of(record)

    def ordering_key(self, record: Record) -> str:
        """Return the id of a message; there is no other order."""
        return sqs.id_of(record)

    def take(self, record: Record) -> Disposition:
        """Repeat the execution of a message; one that is not Isolambda's is forgotten."""
        try:
            message = read_shadow_message(record["body"])
        except MalformedMessageError as error:
            # The log has nothing of the body: it may hold anything.
            reason = {"message_id": sqs.id_of(record), "reason": str(error)}
            _log.error("message %(message_id)s is not ours: %(reason)s", reason, extra=reason)
            return Acknowledge()
        return self.service.perform(message)

    def retry_later(self, record: Record, after_s: float) -> None:
        """Make a message visible again after some time; see ``Consumer.change_visibility``."""
        sqs.retry_later(self.consumer, record, after_s)
