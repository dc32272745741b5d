"""Perform events while their source holds them, which keeps order or brings back what is left."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedExecution,
    Retry,
    SendToDlq,
)
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
)
from isolambda_core.ports.queues import Consumer
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.parsing import UnknownEventError

_LATER = Retry(30.0)
"""There may be a trigger, a function or a store by then."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InPlace:
    """Performs events of one trigger; None where there is none that wants them, so they stay.

    ``perform`` is ``DispatchService.perform``.
    """

    trigger: Trigger | None
    events: EventService
    perform: Callable[[QueuedExecution, int], Disposition]
    consumer: Consumer

    def take(
        self,
        came: Mapping[str, Any],
        item: str,
        read: Callable[[], TriggerEvent],
        received: int = 1,
    ) -> Disposition:
        """Perform the event that ``came`` as an item of a source, which ``read`` reads.

        What cannot be read goes to the dead letters as it came, lest it hold up what is behind it.

        Raises:
            StoreUnavailableError: the dead letters do not take it; the item must stay.
        """
        if self.trigger is None:
            return _LATER
        try:
            message = self.events.save(self.trigger, read())
        except UnknownEventError as error:
            # Nothing of it is logged: anybody may have put anything into it.
            reason = {"trigger_id": self.trigger.id, "item": item, "reason": str(error)}
            _log.error("%(item)s cannot be read: %(reason)s", reason, extra=reason)
            self.consumer.send_to_dlq(dump(came))
            return SendToDlq()
        except (FunctionNotFoundError, StoreUnavailableError):
            return _LATER
        disposition = self.perform(message, received)
        if isinstance(disposition, SendToDlq):
            self.consumer.send_to_dlq(dump_message(message))
        line = {
            "execution_id": message.execution_id,
            "account_id": message.account_id,
            "function_id": message.function_id,
            "trigger_id": self.trigger.id,
            "item": item,
            "disposition": disposition.name,
            "receive_count": received,
        }
        _log.info("%(execution_id)s %(disposition)s", line, extra=line)
        return disposition
