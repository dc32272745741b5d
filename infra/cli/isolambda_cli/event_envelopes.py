"""Address a recorded event to a trigger, as if that trigger's own source had sent it."""

from collections.abc import Mapping
from typing import Any

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.triggers.triggers import (
    RULES,
    Trigger,
    TriggerType,
)


class OtherSourceError(IsolambdaError):
    """The event is not of the kind of source that the trigger listens to."""

    def __init__(self, trigger_type: TriggerType) -> None:
        taken = RULES[trigger_type].event
        super().__init__(f"this is no event for a trigger of type {trigger_type}: that is {taken}")


class BucketNotificationError(IsolambdaError):
    """The event is a notification of S3 in its own form, which no trigger takes."""

    def __init__(self) -> None:
        taken = RULES[TriggerType.BUCKET].event
        super().__init__(f"this is a bucket's own notification; what triggers take is {taken}")


def require_replayable(event: Mapping[str, Any]) -> None:
    """Let an event pass, but for one that looks like that of a bucket, and comes to no trigger.

    Raises:
        BucketNotificationError: it is a notification of S3 in its own form.
    """
    match event:
        case {"Records": [{"eventSource": "aws:s3"}, *_]} | {"Event": "s3:TestEvent"}:
            raise BucketNotificationError


def addressed(event: Mapping[str, Any], trigger: Trigger) -> Document:
    """Return an event as it is when it is for a trigger.

    In a batch, the ARN of its source becomes the trigger's; an event of EventBridge or Scheduler is
    wrapped as the trigger's own rule or schedule wraps it.

    Raises:
        OtherSourceError: the trigger's source never sends such events.
    """
    rules = RULES[trigger.type]
    match event:
        case {"Records": [*records]} if rules.services:
            return {"Records": [_record(record, trigger) for record in records]}
        case {"isolambda": kind} if rules.wrap is not None and kind == trigger.type:
            return {**event, **trigger.address}
    wrapped = None if rules.wrap is None else rules.wrap(event)
    if wrapped is None:
        raise OtherSourceError(trigger.type)
    return {**trigger.address, **wrapped}


def _record(record: Mapping[str, Any], trigger: Trigger) -> Document:
    services = RULES[trigger.type].services
    match record:
        case {"eventSource": service} if service in services:
            return {**record, "eventSourceARN": trigger.source}
        case {"EventSource": service, "Sns": {**message}} if service in services:
            return {**record, "Sns": {**message, "TopicArn": trigger.source}}
    raise OtherSourceError(trigger.type)
