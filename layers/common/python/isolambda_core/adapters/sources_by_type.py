"""The port ``EventSources``, put together from one source for each type of trigger."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef, TriggerType


class EventSource(ABC):
    """What triggers of one type are bound to; ``EventSources`` describes each method."""

    @abstractmethod
    def bind(self, trigger: Trigger) -> None:
        """Make the source deliver what the document asks for; see ``EventSources.bind``."""

    @abstractmethod
    def unbind(self, trigger: TriggerRef) -> None:
        """Let the source deliver nothing more; see ``EventSources.unbind``."""

    def details(self, trigger: Trigger) -> Document:  # noqa: ARG002 - most have none
        """Return what the trigger's document lacks about its source; nothing unless overridden."""
        return {}


class Bus(Protocol):
    """The bus that accounts publish events on."""

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the bus; see ``EventSources.publish``."""
        ...


class OwnQueues(Protocol):
    """The queues that are made for triggers whose documents name none."""

    def arn_for(self, trigger_id: str) -> str:
        """Return the ARN of a trigger's queue, whether it exists or not."""
        ...

    def send(self, trigger: Trigger, bodies: Sequence[str], hops: int = 0) -> Sequence[str | None]:
        """Put messages into a trigger's queue; see ``EventSources.send``."""
        ...


@dataclass(frozen=True, slots=True)
class SourcesByType:
    """The port ``EventSources``; a trigger whose type has no source here is bound to nothing."""

    by_type: Mapping[TriggerType, EventSource]
    bus: Bus
    own_queues: OwnQueues

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue of a trigger; see ``EventSources.own_queue_arn``."""
        return self.own_queues.arn_for(trigger_id)

    def bind(self, trigger: Trigger) -> None:
        """Bind a trigger to the source of its type; see ``EventSources.bind``."""
        if trigger.type in self.by_type:
            self.by_type[trigger.type].bind(trigger)

    def unbind(self, trigger: TriggerRef) -> None:
        """Unbind a trigger from the source of its type; see ``EventSources.unbind``."""
        if trigger.type in self.by_type:
            self.by_type[trigger.type].unbind(trigger)

    def details(self, trigger: Trigger) -> Document:
        """Return what the source of its type knows besides; see ``EventSources.details``."""
        return self.by_type[trigger.type].details(trigger) if trigger.type in self.by_type else {}

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the bus; see ``EventSources.publish``."""
        return self.bus.publish(account_id, events)

    def send(self, trigger: Trigger, bodies: Sequence[str], hops: int = 0) -> Sequence[str | None]:
        """Put messages into the queue of a trigger; see ``EventSources.send``."""
        return self.own_queues.send(trigger, bodies, hops)
