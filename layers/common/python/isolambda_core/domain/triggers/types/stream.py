"""Triggers of type ``stream``: records of a DynamoDB stream, or of Kinesis."""

from isolambda_core.domain.limits import OBJECT_KEY_BYTES
from isolambda_core.domain.triggers.types.record_shape import RecordShape
from isolambda_core.domain.triggers.types.rules import TypeRules, arn_pattern

STARTING_POSITIONS = ("LATEST", "TRIM_HORIZON")
"""Where a trigger begins to read; the first where it does not say."""
_ARN = arn_pattern(
    "(dynamodb|kinesis)",
    "(table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+|stream/[A-Za-z0-9_.-]{1,128})",
)

RULES = TypeRules(
    description="Runs for each record of a DynamoDB stream, or of Kinesis, in order.",
    event='records, "eventSource": "aws:dynamodb" or "aws:kinesis"',
    schema={
        "type": "object",
        "required": ("stream_arn",),
        "properties": {
            "stream_arn": {
                "type": "string",
                "maxLength": OBJECT_KEY_BYTES,
                "pattern": _ARN,
                "examples": ["arn:aws:kinesis:us-east-1:123456789012:stream/clicks"],
            },
            "starting_position": {
                "type": "string",
                "enum": STARTING_POSITIONS,
                "description": "Whether it begins with what comes, or with what is there.",
                "default": STARTING_POSITIONS[0],
            },
        },
    },
    fixed=("stream_arn", "starting_position"),
    source_key="stream_arn",
    records=(
        RecordShape("aws:dynamodb", item=("dynamodb", "SequenceNumber"), of_shard=True),
        RecordShape("aws:kinesis", item=("kinesis", "sequenceNumber"), of_shard=True),
    ),
)
