"""Address a recorded event to a trigger, as if that trigger's own source had sent it."""

from collections.abc import Mapping
from typing import Any

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.triggers.subscriptions import address_of
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerType,
)

_TAKEN: Mapping[TriggerType, str] = {
    TriggerType.SCHEDULE: 'an event of EventBridge Scheduler, "source": "aws.scheduler"',
    TriggerType.EVENT: 'an event of EventBridge, with a "detail-type"',
    TriggerType.QUEUE: 'records of SQS, "eventSource": "aws:sqs"',
    TriggerType.BUCKET: (
        'the event that S3 sends through EventBridge, "detail-type": "Object Created" or '
        '"Object Deleted"'
    ),
    TriggerType.STREAM: 'records, "eventSource": "aws:dynamodb" or "aws:kinesis"',
    TriggerType.TOPIC: 'records of SNS, "EventSource": "aws:sns"',
    TriggerType.WEBHOOK: "a request to its URL, which cannot be played",
}


class OtherSourceError(IsolambdaError):
    """The event is not of the kind of source that the trigger listens to."""

    def __init__(self, trigger_type: TriggerType) -> None:
        taken = _TAKEN[trigger_type]
        super().__init__(f"this is no event for a trigger of type {trigger_type}: that is {taken}")


class BucketNotificationError(IsolambdaError):
    """The event is a notification of S3 in its own form, which no trigger takes."""

    def __init__(self) -> None:
        taken = _TAKEN[TriggerType.BUCKET]
        super().__init__(f"this is a bucket's own notification; what triggers take is {taken}")


def require_playable(event: Mapping[str, Any]) -> None:
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
    match trigger.type, event:
        case TriggerType.QUEUE | TriggerType.STREAM | TriggerType.TOPIC, {"Records": [*records]}:
            return {"Records": [_record(record, trigger) for record in records]}
        case TriggerType.SCHEDULE | TriggerType.EVENT | TriggerType.BUCKET, {"isolambda": kind}:
            if kind == trigger.type:
                return {**event, **address_of(trigger)}
        case TriggerType.SCHEDULE, {"source": "aws.scheduler", "time": time}:
            return {**address_of(trigger), "scheduled_at": time}
        case TriggerType.EVENT | TriggerType.BUCKET, {"detail-type": _}:
            return {**address_of(trigger), "event": event}
    raise OtherSourceError(trigger.type)


def _record(record: Mapping[str, Any], trigger: Trigger) -> Document:
    match trigger.type, record:
        case TriggerType.QUEUE, {"eventSource": "aws:sqs", **rest}:
            return {**rest, "eventSource": "aws:sqs", "eventSourceARN": trigger.source}
        case TriggerType.STREAM, {"eventSource": "aws:kinesis" | "aws:dynamodb" as service, **rest}:
            return {**rest, "eventSource": service, "eventSourceARN": trigger.source}
        case TriggerType.TOPIC, {"EventSource": "aws:sns", "Sns": {**message}, **rest}:
            topic = {**message, "TopicArn": trigger.source}
            return {**rest, "EventSource": "aws:sns", "Sns": topic}
    raise OtherSourceError(trigger.type)
