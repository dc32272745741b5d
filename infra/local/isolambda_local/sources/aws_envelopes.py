"""Events of one machine in the shape in which AWS sends them, so that all are read in one way."""

from typing import Any

from isolambda_core.domain.ids import dashed
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.triggers.bus_events import (
    BusEvent,
    resource_of,
)
from isolambda_core.domain.triggers.types.bucket import BUCKET_EVENTS, DETAIL_TYPES
from isolambda_dispatcher.parsing import iso
from isolambda_local.sqlite.folder_state import FileChange

REGION, ACCOUNT = "local", "000000000000"
_CREATED, _ = BUCKET_EVENTS


def event_of_bus(account_id: str, event_id: str, event: BusEvent, at_ms: int) -> dict[str, Any]:
    """Return what an account publishes, as Amazon EventBridge has it."""
    return {
        **_event(event_id, event.source, event.detail_type, at_ms),
        "resources": [resource_of(account_id)],
        "detail": parse(event.detail),
    }


def event_of_bucket(bucket: str, change: FileChange) -> dict[str, Any]:
    """Return what Amazon S3 would tell EventBridge of a file that came or went."""
    about: dict[str, Any] = {"key": change.key, "etag": change.etag}
    if change.event == _CREATED:
        about["size"] = change.size
    return {
        **_event(change.event_id, "aws.s3", DETAIL_TYPES[change.event], change.at_ms),
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {"version": "0", "bucket": {"name": bucket}, "object": about},
    }


def message_of_queue(queue_arn: str, message_id: str, body: str, sent_at_ms: int) -> dict[str, Any]:
    """Return a message as Amazon SQS brings it."""
    return {
        "messageId": dashed(message_id),
        "receiptHandle": message_id,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(sent_at_ms),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _event(event_id: str, source: str, detail_type: str, at_ms: int) -> dict[str, Any]:
    return {
        "version": "0",
        "id": dashed(event_id),
        "source": source,
        "detail-type": detail_type,
        "account": ACCOUNT,
        "region": REGION,
        "time": iso(at_ms),
    }
