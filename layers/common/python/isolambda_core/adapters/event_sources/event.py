"""Triggers of type ``event``: rules on the stack's bus, where accounts publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from isolambda_core.adapters.event_sources.batches import send_all
from isolambda_core.adapters.event_sources.rules import Rules
from isolambda_core.adapters.sources_by_type import EventSource
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.bus_events import (
    BusEvent,
    resources_of,
)
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


@dataclass(frozen=True, slots=True)
class EventBus(EventSource):
    """The stack's bus of Amazon EventBridge, with one rule for each trigger."""

    client: "EventBridgeClient"
    settings: SourceSettings

    @override
    def bind(self, trigger: Trigger) -> None:
        self._rules.bind(trigger)

    @override
    def unbind(self, trigger: TriggerRef) -> None:
        self._rules.unbind(trigger)

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the bus; see ``EventSources.publish``."""

        def send(batch: Sequence[BusEvent]) -> Sequence[str | None]:
            answer = self.client.put_events(
                Entries=[
                    {
                        "EventBusName": self.settings.event_bus_name,
                        "Source": event.source,
                        "DetailType": event.detail_type,
                        "Detail": event.detail,
                        "Resources": resources_of(account_id, event.hops),
                    }
                    for event in batch
                ]
            )
            return [entry.get("EventId") for entry in answer["Entries"]]

        def size_of(event: BusEvent) -> int:
            own = resources_of(account_id, event.hops)
            texts = (event.source, event.detail_type, event.detail, *own)
            return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)

        return send_all(events, size_of, send)

    @property
    def _rules(self) -> Rules:
        return Rules(self.client, self.settings, self.settings.event_bus_name, "pattern")
