"""Hand events of sources without order over to the execution queue."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.queue.messages import Acknowledge
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerEvent,
)
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.batches import ItemResult

DROPPED = "dropped"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ThroughQueue:
    """Queues an execution for each event; ``note`` is told of it."""

    events: EventService
    note: Callable[[ItemResult], None]

    def take(
        self,
        source: str,
        item: str,
        trigger: Trigger | None,
        read: Callable[[Trigger], TriggerEvent],
    ) -> None:
        """Queue an event, or drop it where there is no trigger that wants it, or no function.

        Raises:
            UnknownEventError: it is none that ``read`` reads.
            StoreUnavailableError: it could not be queued; it must come again.
        """
        disposition = DROPPED if trigger is None else self._accept(trigger, read(trigger))
        self.note(ItemResult(source, item, disposition))

    def _accept(self, trigger: Trigger, event: TriggerEvent) -> str:
        about = {
            "account_id": trigger.account_id,
            "function_id": trigger.function_id,
            "trigger_id": trigger.id,
        }
        try:
            accepted = self.events.accept(trigger, event)
        except FunctionNotFoundError:
            _log.warning("%(trigger_id)s: its function is gone", about, extra=about)
            return DROPPED
        line = {**about, "execution_id": accepted.execution_id, "replayed": accepted.replayed}
        _log.info("%(execution_id)s accepted", line, extra=line)
        return Acknowledge.name
