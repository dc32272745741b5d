"""Events of the installation's own bus, as Amazon EventBridge has them."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes.event_bridge_event import EventBridgeEvent

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_dispatcher.parsing import (
    reading,
    text,
    unix_ms,
)


@reading("event of a bus")
def read(event: Mapping[str, Any]) -> TriggerEvent:
    """Return what a function is told of an event: all but where in AWS it comes from.

    Raises:
        UnknownEventError: it is none.
    """
    found = EventBridgeEvent(dict(event))
    payload: JsonValue = {
        "id": text(found.get_id),
        "source": text(found.source),
        "detail-type": text(found.detail_type),
        "time": text(found.time),
        "detail": found.detail,
    }
    return TriggerEvent(found.get_id, unix_ms(found.time), dump(payload))
