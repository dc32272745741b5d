"""Event sources for tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.errors import SourcesUnavailableError
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
)

_QUEUE_ARN = "arn:aws:sqs:local:000000000000:{}"


@dataclass
class FakeEventSources:
    """Keeps what was bound, published and sent.

    ``refuse`` is what is wrong with whatever is to be bound; with ``away`` nothing answers.
    ``bound`` is by the ARN that a trigger listens to, else by the trigger's id: as with a real
    source, the last that is bound to it has it. ``full`` are texts that bus and queue refuse.
    ``hops`` are those of what was sent.
    """

    refuse: Violation | None = None
    away: bool = False
    full: frozenset[str] = frozenset()
    bound: dict[str, Trigger] = field(default_factory=dict)
    published: list[tuple[str, BusEvent]] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    hops: list[int] = field(default_factory=list)

    def own_queue_arn(self, trigger_id: str) -> str:
        return _QUEUE_ARN.format(trigger_id)

    def bind(self, trigger: Trigger) -> None:
        self._reach()
        if self.refuse is not None:
            raise InvalidDocumentError([self.refuse])
        self.bound[_place(trigger.ref)] = trigger

    def unbind(self, trigger: TriggerRef) -> None:
        self._reach()
        self.bound.pop(_place(trigger), None)

    def details(self, trigger: Trigger) -> Document:
        self._reach()
        if trigger.own_queue_arn is None:
            return {}
        return {"queue_arn": trigger.own_queue_arn, "queue_url": f"local:{trigger.id}"}

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        self._reach()
        ids: list[str | None] = []
        for event in events:
            if event.detail in self.full:
                ids.append(None)
            else:
                self.published.append((account_id, event))
                ids.append(f"event-{len(self.published)}")
        return ids

    def send(self, trigger: Trigger, bodies: Sequence[str], hops: int = 0) -> Sequence[str | None]:
        self._reach()
        ids: list[str | None] = []
        for body in bodies:
            if body in self.full:
                ids.append(None)
            else:
                self.sent.append((trigger.id, body))
                self.hops.append(hops)
                ids.append(f"message-{len(self.sent)}")
        return ids

    def _reach(self) -> None:
        if self.away:
            raise SourcesUnavailableError


def _place(trigger: TriggerRef) -> str:
    return trigger.source or trigger.trigger_id
