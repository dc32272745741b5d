"""Objects of Amazon S3 that are created or removed, as EventBridge tells."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes.s3_event import S3EventBridgeNotificationEvent

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_core.domain.triggers.types.bucket import DETAIL_TYPES
from isolambda_dispatcher.parsing import (
    reading,
    text,
    unix_ms,
)

_EVENTS = {said: event for event, said in DETAIL_TYPES.items()}
_DETAILS = {
    "size": "size",
    "etag": "etag",
    "version-id": "version_id",
    "sequencer": "sequencer",
}
"""What S3 tells of some objects, and what it is called here."""


@reading("event of a bucket")
def read(event: Mapping[str, Any]) -> TriggerEvent:
    """Return what a function is told of an object.

    Raises:
        UnknownEventError: it is no such event.
    """
    found = S3EventBridgeNotificationEvent(dict(event))
    # Not by its properties: they decode the key, which S3 has not encoded here.
    about = found.detail.object
    payload: JsonValue = {
        "event": _EVENTS[found.detail_type],
        "bucket": text(found.detail.bucket.name),
        "key": text(about["key"]),
        **{ours: about[name] for name, ours in _DETAILS.items() if name in about},
        "time": text(found.time),
    }
    return TriggerEvent(text(found.get_id), unix_ms(found.time), dump(payload))
