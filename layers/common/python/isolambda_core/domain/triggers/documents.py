"""What the document of a trigger may say of its source, type by type.

What the source itself refuses is told by who binds it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import (
    Document,
    check_boolean,
    check_choice,
    check_integer,
    check_string,
    validated,
)
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.aliases import is_name
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.functions.versions import number_of
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.event_patterns.pattern import check_pattern
from isolambda_core.domain.triggers.schedules.schedule import check_schedule
from isolambda_core.domain.triggers.triggers import (
    BUCKET_EVENTS,
    SOURCE_KEYS,
    STARTING_POSITIONS,
    TriggerType,
)
from isolambda_core.domain.triggers.webhooks.signatures import SIGNATURES

_DEFAULTS: Document = {"enabled": True, "qualifier": LATEST}
_KEYS = ("name", "type", "enabled", "qualifier", "maximum_age_s", "batch_size")
_KEYS_OF_TYPES: Mapping[TriggerType, tuple[str, ...]] = {
    TriggerType.SCHEDULE: (
        "schedule",
        "repeat",
        "timezone",
        "start",
        "end",
        "flexible_minutes",
        "input",
    ),
    TriggerType.EVENT: ("pattern",),
    TriggerType.QUEUE: ("queue_arn",),
    TriggerType.BUCKET: ("bucket", "prefix", "suffix", "events"),
    TriggerType.STREAM: ("stream_arn", "starting_position"),
    TriggerType.TOPIC: ("topic_arn",),
    TriggerType.WEBHOOK: ("signature", "secret"),
}
_FIXED = ("type", *SOURCE_KEYS.values(), "starting_position")
"""What stays as it was made: another queue, stream or topic is another trigger."""
_ARN = "^arn:aws[a-z-]*:{}:[a-z0-9-]*:[0-9]{{12}}:{}$"
_QUEUE_ARN = _ARN.format("sqs", "[A-Za-z0-9_-]{1,80}([.]fifo)?")
_TOPIC_ARN = _ARN.format("sns", "[A-Za-z0-9_-]{1,256}")
_STREAM_ARN = _ARN.format(
    "(dynamodb|kinesis)",
    "(table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+|stream/[A-Za-z0-9_.-]{1,128})",
)
_BUCKET_NAME = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, less the prefix of
# Amazon's own examples: such buckets are there.
_NO_BUCKET_NAME = re.compile(
    r".*[.]{2}.*|[0-9]{1,3}([.][0-9]{1,3}){3}|(xn--|sthree-).*"
    r"|.*(-s3alias|--ol-s3|[.]mrap|--x-s3|--table-s3)"
)
_INTEGERS = (
    ("maximum_age_s",),
    ("batch_size",),
    ("flexible_minutes",),
    ("repeat", "interval"),
)
_AGES = (limits.TRIGGER_AGE_S_MIN, limits.TRIGGER_AGE_S_MAX)
_BATCHES = (1, limits.BATCH_SIZE_MAX)


def keys_of(trigger_type: TriggerType) -> tuple[str, ...]:
    """Return the keys that mean something to a type of trigger; any other is a custom key."""
    return (*_KEYS, *_KEYS_OF_TYPES[trigger_type])


def validated_trigger(document: Document) -> Document:
    """Return a trigger's document as it will be stored; see ``documents.validated``.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all violations are listed.
    """
    return validated(document, _DEFAULTS, _check, _INTEGERS)


def require_same_source(before: Document, after: Document) -> None:
    """Let a change pass that leaves the trigger bound to what it was made for.

    Raises:
        InvalidDocumentError: it names another source, or another type.
    """
    moved = [
        Violation(
            (key,), "error", before.get(key), after.get(key), "Create another trigger for that"
        )
        for key in _FIXED
        if before.get(key) != after.get(key)
    ]
    if moved:
        raise InvalidDocumentError(moved)


def _check(document: Document) -> Iterator[Violation]:
    yield from check_string(document, "name", limits.NAME_CHARACTERS)
    yield from check_boolean(document, "enabled")
    yield from _check_qualifier(document["qualifier"])
    if "maximum_age_s" in document:
        yield from check_integer(("maximum_age_s",), document["maximum_age_s"], _AGES)
    if "batch_size" in document:
        yield from check_integer(("batch_size",), document["batch_size"], _BATCHES)
    if "type" not in document:
        yield Violation(("type",), "required", None, "type")
        return
    wrong_type = list(check_choice(document, "type", tuple(TriggerType)))
    yield from wrong_type
    if not wrong_type:
        yield from _RULES[TriggerType(cast("str", document["type"]))](document)


def _check_qualifier(qualifier: JsonValue) -> Iterator[Violation]:
    if not isinstance(qualifier, str):
        yield Violation(("qualifier",), "type", "string", qualifier)
    elif qualifier != LATEST and number_of(qualifier) is None and not is_name(qualifier):
        message = f"A version number, the name of an alias, or {LATEST}"
        yield Violation(("qualifier",), "error", None, qualifier, message)


def _check_event(document: Document) -> Iterator[Violation]:
    if "pattern" not in document:
        yield Violation(("pattern",), "required", None, "pattern")
    else:
        yield from check_pattern(document["pattern"])


def _check_queue(document: Document) -> Iterator[Violation]:
    if "queue_arn" in document:
        yield from _matching(document, "queue_arn", _QUEUE_ARN)


def _check_bucket(document: Document) -> Iterator[Violation]:
    wrong_name = list(_matching(document, "bucket", _BUCKET_NAME))
    yield from wrong_name
    if not wrong_name and _NO_BUCKET_NAME.fullmatch(cast("str", document["bucket"])):
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


def _check_stream(document: Document) -> Iterator[Violation]:
    yield from _matching(document, "stream_arn", _STREAM_ARN)
    yield from check_choice(document, "starting_position", STARTING_POSITIONS)


def _check_topic(document: Document) -> Iterator[Violation]:
    yield from _matching(document, "topic_arn", _TOPIC_ARN)


def _check_webhook(document: Document) -> Iterator[Violation]:
    yield from check_choice(document, "signature", SIGNATURES)


def _matching(document: Document, key: str, pattern: str) -> Iterator[Violation]:
    wrong = list(check_string(document, key, limits.OBJECT_KEY_BYTES))
    yield from wrong
    if not wrong and re.fullmatch(pattern, cast("str", document[key])) is None:
        yield Violation((key,), "pattern", pattern, document[key])


_RULES: Mapping[TriggerType, Callable[[Document], Iterator[Violation]]] = {
    TriggerType.SCHEDULE: check_schedule,
    TriggerType.EVENT: _check_event,
    TriggerType.QUEUE: _check_queue,
    TriggerType.BUCKET: _check_bucket,
    TriggerType.STREAM: _check_stream,
    TriggerType.TOPIC: _check_topic,
    TriggerType.WEBHOOK: _check_webhook,
}
