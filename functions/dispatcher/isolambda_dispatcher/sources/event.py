"""Triggers of type ``event``: events of the installation's bus, as Amazon EventBridge has them."""

from collections.abc import Mapping
from typing import Any

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.bus_events import hops_among
from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_dispatcher.parsing import reading, text, unix_ms
from isolambda_dispatcher.queued import Wrapped


@reading("event of a bus")
def read(event: Mapping[str, Any]) -> TriggerEvent:
    """Return an event, with what the function gets: all but where in AWS it comes from.

    Raises:
        UnknownEventError: it is no event of a bus.
    """
    payload: JsonValue = {
        "id": text(event["id"]),
        "source": text(event["source"]),
        "detail-type": text(event["detail-type"]),
        "time": text(event["time"]),
        "detail": event["detail"],
    }
    hops = hops_among(event.get("resources"))
    return TriggerEvent(event["id"], unix_ms(event["time"]), dump(payload), hops)


SOURCE = Wrapped("event", dict, lambda event, _trigger, _now_ms: read(event))
