"""Triggers of type ``queue``: messages of a queue of Amazon SQS."""

from isolambda_core.domain.limits import OBJECT_KEY_BYTES
from isolambda_core.domain.triggers.types.record_shape import RecordShape
from isolambda_core.domain.triggers.types.rules import TypeRules, arn_pattern

RULES = TypeRules(
    description="Runs for each message of a queue.",
    event='records of SQS, "eventSource": "aws:sqs"',
    schema={
        "type": "object",
        "properties": {
            "queue_arn": {
                "type": "string",
                "maxLength": OBJECT_KEY_BYTES,
                "pattern": arn_pattern("sqs", "[A-Za-z0-9_-]{1,80}([.]fifo)?"),
                "description": "A queue of SQS; one is made for the trigger if absent.",
                "examples": ["arn:aws:sqs:us-east-1:123456789012:orders"],
            }
        },
    },
    fixed=("queue_arn",),
    source_key="queue_arn",
    makes_source=True,
    records=(RecordShape("aws:sqs", item=("messageId",)),),
)
