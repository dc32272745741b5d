"""Triggers of type ``bucket``: objects of Amazon S3 that are created or removed."""

import re
from collections.abc import Iterator
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.triggers.types.rules import (
    TypeRules,
    check_pattern_of,
    wrap_event,
)

BUCKET_EVENTS = ("created", "removed")
"""What may happen to an object; the first where a trigger does not say."""
DETAIL_TYPES = dict(zip(BUCKET_EVENTS, ("Object Created", "Object Deleted"), strict=True))
"""What EventBridge calls the events of a bucket."""
_NAME = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, less the prefix of
# Amazon's own examples: such buckets are there.
_NO_NAME = re.compile(
    r".*[.]{2}.*|[0-9]{1,3}([.][0-9]{1,3}){3}|(xn--|sthree-).*"
    r"|.*(-s3alias|--ol-s3|[.]mrap|--x-s3|--table-s3)"
)


def pattern(_account_id: str, document: Document) -> Document:
    """Return the pattern of the objects of a bucket that a document is about."""
    events = cast("list[str]", document.get("events", [BUCKET_EVENTS[0]]))
    detail: dict[str, Document] = {"bucket": {"name": [document["bucket"]]}}
    prefix = cast("str", document.get("prefix", ""))
    suffix = cast("str", document.get("suffix", ""))
    if prefix and suffix:
        # Several filters of one field are alternatives, so both become one.
        detail["object"] = {"key": [{"wildcard": f"{_literal(prefix)}*{_literal(suffix)}"}]}
    elif prefix:
        detail["object"] = {"key": [{"prefix": prefix}]}
    elif suffix:
        detail["object"] = {"key": [{"suffix": suffix}]}
    return {
        "source": ["aws.s3"],
        "detail-type": [DETAIL_TYPES[event] for event in BUCKET_EVENTS if event in events],
        "detail": detail,
    }


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*")


def _check(document: Document) -> Iterator[Violation]:
    wrong_name = list(check_pattern_of(document, "bucket", _NAME))
    yield from wrong_name
    if not wrong_name and _NO_NAME.fullmatch(cast("str", document["bucket"])):
        message = "S3 allows no such name: it has two dots in a row, is an address, or is reserved"
        yield Violation(("bucket",), "error", None, document["bucket"], message)
    for key in ("prefix", "suffix"):
        if key in document:
            yield from _check_key(document, key)
    events = document.get("events", [BUCKET_EVENTS[0]])
    if not isinstance(events, list):
        yield Violation(("events",), "type", "array", events)
        return
    if not events:
        yield Violation(("events",), "minItems", 1, 0)
    for index, event in enumerate(events):
        if event not in BUCKET_EVENTS:
            yield Violation(("events", str(index)), "enum", list(BUCKET_EVENTS), event)


def _check_key(document: Document, key: str) -> Iterator[Violation]:
    """Say what is wrong with a part of an object's key, whose bytes S3 counts in UTF-8."""
    value = document[key]
    if not isinstance(value, str):
        yield Violation((key,), "type", "string", value)
        return
    used = len(value.encode("utf-8", "surrogatepass"))
    if used > limits.OBJECT_KEY_BYTES:
        message = f"Must not be more than {limits.OBJECT_KEY_BYTES} bytes in UTF-8, and is {used}"
        yield Violation((key,), "maxBytes", limits.OBJECT_KEY_BYTES, used, message)


RULES = TypeRules(
    description="Runs for objects of a bucket of S3.",
    event=(
        'the event that S3 sends through EventBridge, "detail-type": "Object Created" or '
        '"Object Deleted"'
    ),
    properties={
        "bucket": {
            "type": "string",
            "description": "The name of the bucket.",
            "examples": ["pictures"],
        },
        "prefix": {
            "type": "string",
            "description": "How the keys of objects begin.",
            "default": "",
        },
        "suffix": {"type": "string", "description": "How the keys of objects end.", "default": ""},
        "events": {
            "type": "array",
            "items": {"type": "string", "enum": list(BUCKET_EVENTS)},
            "minItems": 1,
            "description": "What is to happen to an object.",
            "default": [BUCKET_EVENTS[0]],
        },
    },
    required=("bucket",),
    check=_check,
    pattern=pattern,
    wrap=wrap_event,
)
