"""Triggers of type ``queue``: messages of a queue of Amazon SQS."""

from collections.abc import Iterator

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.triggers.types.rules import (
    TypeRules,
    arn_pattern,
    check_pattern_of,
)

_ARN = arn_pattern("sqs", "[A-Za-z0-9_-]{1,80}([.]fifo)?")


def _check(document: Document) -> Iterator[Violation]:
    if "queue_arn" in document:
        yield from check_pattern_of(document, "queue_arn", _ARN)


RULES = TypeRules(
    description="Runs for each message of a queue.",
    event='records of SQS, "eventSource": "aws:sqs"',
    properties={
        "queue_arn": {
            "type": "string",
            "description": "A queue of SQS; one is made for the trigger if absent.",
            "examples": ["arn:aws:sqs:us-east-1:123456789012:orders"],
        }
    },
    check=_check,
    fixed=("queue_arn",),
    source_key="queue_arn",
    makes_source=True,
    services=("aws:sqs",),
)
