"""Triggers of type ``stream``: records of a DynamoDB stream, or of Kinesis."""

from collections.abc import Iterator

from isolambda_core.domain.documents import Document, check_choice
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.triggers.types.rules import (
    TypeRules,
    arn_pattern,
    check_pattern_of,
)

STARTING_POSITIONS = ("LATEST", "TRIM_HORIZON")
"""Where a trigger begins to read; the first where it does not say."""
_ARN = arn_pattern(
    "(dynamodb|kinesis)",
    "(table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+|stream/[A-Za-z0-9_.-]{1,128})",
)


def _check(document: Document) -> Iterator[Violation]:
    yield from check_pattern_of(document, "stream_arn", _ARN)
    yield from check_choice(document, "starting_position", STARTING_POSITIONS)


RULES = TypeRules(
    description="Runs for each record of a DynamoDB stream, or of Kinesis, in order.",
    event='records, "eventSource": "aws:dynamodb" or "aws:kinesis"',
    properties={
        "stream_arn": {
            "type": "string",
            "examples": ["arn:aws:kinesis:us-east-1:123456789012:stream/clicks"],
        },
        "starting_position": {
            "type": "string",
            "enum": list(STARTING_POSITIONS),
            "description": "Whether it begins with what comes, or with what is there.",
            "default": STARTING_POSITIONS[0],
        },
    },
    required=("stream_arn",),
    check=_check,
    fixed=("stream_arn", "starting_position"),
    source_key="stream_arn",
    services=("aws:dynamodb", "aws:kinesis"),
)
