"""Batches as Lambda brings them, and triggers that they are for."""

from collections.abc import Sequence
from typing import Any

from tests.support.recorded import recorded

QUEUE = "arn:aws:sqs:us-east-2:123456789012:my-queue"
FIFO = "arn:aws:sqs:us-east-2:123456789012:fifo.fifo"
STREAM = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"
FOR_QUEUE = {"type": "queue", "queue_arn": QUEUE}
FOR_FIFO = {"type": "queue", "queue_arn": FIFO}
FOR_STREAM = {"type": "stream", "stream_arn": STREAM, "starting_position": "LATEST"}


def messages(*bodies: str, arn: str = QUEUE, groups: Sequence[str] = ()) -> dict[str, Any]:
    """Return an event with messages; the id of each is its body."""
    [like, *_] = recorded("sqs")["Records"]
    return {
        "Records": [
            {
                **like,
                "messageId": body,
                "receiptHandle": f"handle of {body}",
                "body": body,
                "eventSourceARN": arn,
                "attributes": {
                    **like["attributes"],
                    **({"MessageGroupId": groups[at]} if groups else {}),
                },
            }
            for at, body in enumerate(bodies)
        ]
    }


def shard(*numbers: str) -> dict[str, Any]:
    """Return an event with records of a shard; the data of each is its sequence number."""
    [like, *_] = recorded("kinesis_stream")["Records"]
    return {
        "Records": [
            {
                **like,
                "eventID": f"shardId-000000000000:{number}",
                "kinesis": {**like["kinesis"], "sequenceNumber": number, "data": number},
            }
            for number in numbers
        ]
    }
