"""Hand events of sources without order over to the execution queue."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.queue.messages import Acknowledge
from isolambda_core.domain.triggers.triggers import Trigger, TriggerEvent
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_core.services.triggers.events import EventService
from isolambda_dispatcher.batches import ItemResult

DROPPED = "dropped"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A source whose events the trigger's own rule or schedule puts beside the trigger's address.

    The event is under ``key``, of the type ``holds``; ``read`` reads it for a trigger, at a time in
    Unix milliseconds.
    """

    key: str
    holds: type
    read: Callable[[Any, Trigger, int], TriggerEvent]

    def is_in(self, event: Mapping[str, Any]) -> bool:
        """Return whether Lambda was invoked with an event of this source."""
        return self.key in event and isinstance(event[self.key], self.holds)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A source that pushes its events as records; ``read`` reads one."""

    read: Callable[[Record], TriggerEvent]


@dataclass(frozen=True, slots=True)
class QueuedEvents:
    """Queues an execution for each event; ``note`` gets the result."""

    events: EventService
    note: Callable[[ItemResult], None]

    def take(
        self,
        source: str,
        item: str,
        trigger: Trigger | None,
        read: Callable[[Trigger], TriggerEvent],
    ) -> None:
        """Queue an event, or drop it where there is no enabled trigger, or no function.

        Raises:
            UnknownEventError: ``read`` cannot read it.
            StoreUnavailableError: it could not be queued; Lambda must invoke again.
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
