"""Triggers of type ``topic``: messages of a topic of Amazon SNS."""

from collections.abc import Iterator

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.triggers.types.rules import (
    TypeRules,
    arn_pattern,
    check_pattern_of,
)

_ARN = arn_pattern("sns", "[A-Za-z0-9_-]{1,256}")


def _check(document: Document) -> Iterator[Violation]:
    yield from check_pattern_of(document, "topic_arn", _ARN)


RULES = TypeRules(
    description="Runs for each message of a topic of SNS.",
    event='records of SNS, "EventSource": "aws:sns"',
    properties={
        "topic_arn": {
            "type": "string",
            "examples": ["arn:aws:sns:us-east-1:123456789012:news"],
        }
    },
    required=("topic_arn",),
    check=_check,
    fixed=("topic_arn",),
    source_key="topic_arn",
    services=("aws:sns",),
)
