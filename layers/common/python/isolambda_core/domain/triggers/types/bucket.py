"""Triggers of type ``bucket``: objects of Amazon S3 that are created or removed."""

import re
from collections.abc import Iterator
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.types.rules import TypeRules, wrap_event

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


def _check_name(name: JsonValue) -> Iterator[Violation]:
    if _NO_NAME.fullmatch(cast("str", name)):
        message = "S3 allows no such name: it has two dots in a row, is an address, or is reserved"
        yield Violation((), "error", None, name, message)


def _check_key(part: JsonValue) -> Iterator[Violation]:
    """Yield the violations of a part of an object's key, whose bytes S3 counts in UTF-8."""
    used = len(cast("str", part).encode("utf-8", "surrogatepass"))
    if used > limits.OBJECT_KEY_BYTES:
        message = f"Must not be more than {limits.OBJECT_KEY_BYTES} bytes in UTF-8, and is {used}"
        yield Violation((), "maxBytes", limits.OBJECT_KEY_BYTES, used, message)


RULES = TypeRules(
    description="Runs for objects of a bucket of S3.",
    event=(
        'the event that S3 sends through EventBridge, "detail-type": "Object Created" or '
        '"Object Deleted"'
    ),
    schema={
        "type": "object",
        "required": ("bucket",),
        "properties": {
            "bucket": {
                "type": "string",
                "maxLength": limits.OBJECT_KEY_BYTES,
                "pattern": _NAME,
                "description": "The name of the bucket.",
                "examples": ["pictures"],
            },
            "prefix": {
                "type": "string",
                "description": "How the keys of objects begin.",
                "default": "",
            },
            "suffix": {
                "type": "string",
                "description": "How the keys of objects end.",
                "default": "",
            },
            "events": {
                "type": "array",
                "items": {"enum": BUCKET_EVENTS},
                "minItems": 1,
                "description": "What is to happen to an object.",
                "default": [BUCKET_EVENTS[0]],
            },
        },
    },
    rules={"bucket": _check_name, "prefix": _check_key, "suffix": _check_key},
    pattern=pattern,
    wrap=wrap_event,
)
