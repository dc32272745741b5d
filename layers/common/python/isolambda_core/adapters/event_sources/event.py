"""The stack's own bus, and what accounts publish there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.event_sources.batches import send_all
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.bus_events import (
    BusEvent,
    resource_of,
)

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


@dataclass(frozen=True, slots=True)
class Bus:
    """A bus of Amazon EventBridge."""

    client: "EventBridgeClient"
    settings: SourceSettings

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the bus; see ``EventSources.publish``."""
        resource = resource_of(account_id)

        def send(batch: Sequence[BusEvent]) -> Sequence[str | None]:
            answer = self.client.put_events(
                Entries=[
                    {
                        "EventBusName": self.settings.event_bus_name,
                        "Source": event.source,
                        "DetailType": event.detail_type,
                        "Detail": event.detail,
                        "Resources": [resource],
                    }
                    for event in batch
                ]
            )
            return [entry.get("EventId") for entry in answer["Entries"]]

        def size_of(event: BusEvent) -> int:
            texts = (event.source, event.detail_type, event.detail, resource)
            return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)

        return send_all(events, size_of, send)
