"""Triggers of type ``bucket``: objects that are created or removed in Amazon S3."""

from collections.abc import Mapping
from typing import Any

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_core.domain.triggers.types.bucket import DETAIL_TYPES
from isolambda_dispatcher.parsing import reading, text, unix_ms
from isolambda_dispatcher.queued import Wrapped

_EVENTS = {detail_type: event for event, detail_type in DETAIL_TYPES.items()}
_DETAILS = {
    "size": "size",
    "etag": "etag",
    "version-id": "version_id",
    "sequencer": "sequencer",
}
"""What S3 says of some objects, and the key of it here."""


@reading("event of a bucket")
def read(event: Mapping[str, Any]) -> TriggerEvent:
    """Return the event of an object, with what the function gets.

    Raises:
        UnknownEventError: it is no such event.
    """
    detail = event["detail"]
    about = detail["object"]
    payload: JsonValue = {
        "event": _EVENTS[event["detail-type"]],
        "bucket": text(detail["bucket"]["name"]),
        "key": text(about["key"]),
        **{ours: about[name] for name, ours in _DETAILS.items() if name in about},
        "time": text(event["time"]),
    }
    return TriggerEvent(text(event["id"]), unix_ms(event["time"]), dump(payload))


SOURCE = Wrapped("event", dict, lambda event, _trigger, _now_ms: read(event))
