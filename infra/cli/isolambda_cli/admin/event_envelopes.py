"""Address a recorded event to a trigger: wrap it as the trigger's own source does."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.triggers.batch_records import kind_of
from isolambda_core.domain.triggers.triggers import (
    RULES,
    Trigger,
    TriggerType,
)


class OtherSourceError(IsolambdaError):
    """The trigger's source sends no events of this kind."""

    def __init__(self, trigger_type: TriggerType) -> None:
        taken = RULES[trigger_type].event
        super().__init__(f"this is no event for a trigger of type {trigger_type}: that is {taken}")


class BucketNotificationError(IsolambdaError):
    """The event is a notification that S3 sent without EventBridge, which no trigger takes."""

    def __init__(self) -> None:
        taken = RULES[TriggerType.BUCKET].event
        super().__init__(f"this is a bucket's own notification; what triggers take is {taken}")


def require_replayable(event: Mapping[str, Any]) -> None:
    """Refuse an event that looks like one of a bucket trigger, but reaches no trigger.

    Raises:
        BucketNotificationError: S3 sent the notification without EventBridge.
    """
    match event:
        case {"Records": [{"eventSource": "aws:s3"}, *_]} | {"Event": "s3:TestEvent"}:
            raise BucketNotificationError


def addressed(event: Mapping[str, Any], trigger: Trigger) -> Document:
    """Return a copy of an event that names a trigger.

    Each record of a batch gets the ARN of the trigger's source. An event of EventBridge or
    Scheduler gets the wrapper of the trigger's rule or schedule.

    Raises:
        OtherSourceError: the trigger's source sends no such events.
    """
    rules = RULES[trigger.type]
    match event:
        case {"Records": [*records]} if rules.records:
            return {"Records": [_record(record, trigger) for record in records]}
        case {"isolambda": kind} if rules.wrap is not None and kind == trigger.type:
            return {**event, **trigger.address}
    wrapped = None if rules.wrap is None else rules.wrap(event)
    if wrapped is None:
        raise OtherSourceError(trigger.type)
    return {**trigger.address, **wrapped}


def _record(record: Mapping[str, Any], trigger: Trigger) -> Document:
    with suppress(LookupError, TypeError, AttributeError):
        trigger_type, shape = kind_of(record)
        if trigger_type is trigger.type:
            return shape.with_source(record, cast("str", trigger.source))
    raise OtherSourceError(trigger.type)
