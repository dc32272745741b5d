"""Triggers of type ``topic``: messages of a topic of Amazon SNS."""

from isolambda_core.domain.limits import OBJECT_KEY_BYTES
from isolambda_core.domain.triggers.types.record_shape import RecordShape
from isolambda_core.domain.triggers.types.rules import TypeRules, arn_pattern

RULES = TypeRules(
    description="Runs for each message of a topic of SNS.",
    event='records of SNS, "EventSource": "aws:sns"',
    schema={
        "type": "object",
        "required": ("topic_arn",),
        "properties": {
            "topic_arn": {
                "type": "string",
                "maxLength": OBJECT_KEY_BYTES,
                "pattern": arn_pattern("sns", "[A-Za-z0-9_-]{1,256}"),
                "examples": ["arn:aws:sns:us-east-1:123456789012:news"],
            }
        },
    },
    fixed=("topic_arn",),
    source_key="topic_arn",
    records=(
        RecordShape(
            "aws:sns",
            item=("Sns", "MessageId"),
            source=("Sns", "TopicArn"),
            service_key="EventSource",
        ),
    ),
)
