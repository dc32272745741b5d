"""What a client sends: events for the bus, messages for a queue; and the rules that they obey."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Path, Rule, Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.bus_events import BusEvent

EVENT_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("source", "detail-type", "detail"),
    "properties": {
        "source": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.EVENT_SOURCE_CHARACTERS,
            "description": "Who says so; what begins with `aws.` is said by AWS alone.",
            "examples": ["shop"],
        },
        "detail-type": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.EVENT_DETAIL_TYPE_CHARACTERS,
            "description": "What kind of event it is.",
            "examples": ["order placed"],
        },
        "detail": {
            "type": "object",
            "additionalProperties": True,
            "examples": [{"total": 120}],
        },
    },
}
"""An event, in the words of the bus."""
EVENTS_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("events",),
    "properties": {"events": {"type": "array", "minItems": 1, "maxItems": limits.EVENTS}},
}
"""Events to be published; ``EVENT_SCHEMA`` says what each of them is."""
BODY_SCHEMA: Schema = {"type": "string", "minLength": 1, "examples": ["hi"]}
"""The body of a message."""
MESSAGE_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("body",),
    "properties": {"body": BODY_SCHEMA},
}
"""A message that is an object; a string is a message, too, and is its own body."""
MESSAGES_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("messages",),
    "properties": {"messages": {"type": "array", "minItems": 1, "maxItems": limits.EVENTS}},
}
"""Messages to be sent."""

_AWS = "aws."
_TOO_LARGE = f"Must not be more than {limits.EVENT_BYTES} bytes"
_TOO_MANY_ELEMENTS = (
    f"Must not have more than {limits.EVENT_ELEMENTS} members in its arrays together"
)
_ROOM = 128
"""More bytes than the bus counts besides what a client sends: names of keys, and whose it is."""
# What SQS takes (https://www.w3.org/TR/REC-xml/#charsets). `re` compiles it when it is first used,
# as a set this wide takes as long as all other patterns of the domain.
_NOT_CARRIED: Final = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def check_events(events: Sequence[JsonValue]) -> Iterator[Violation]:
    """Yield the violations of events, whatever their size."""
    for index, event in enumerate(events):
        yield from check(event, EVENT_SCHEMA, ("events", str(index)), _RULES)
        detail = event.get("detail") if isinstance(event, Mapping) else None
        if (used := _elements(detail)) > limits.EVENT_ELEMENTS:
            path = ("events", str(index), "detail")
            yield Violation(path, "error", limits.EVENT_ELEMENTS, used, _TOO_MANY_ELEMENTS)


def _elements(value: JsonValue) -> int:
    """Return how many members all arrays in a value have together."""
    used = 0
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            used += len(each)
            waiting += each
        elif isinstance(each, Mapping):
            waiting += each.values()
    return used


def check_event_sizes(events: Sequence[BusEvent]) -> Iterator[Violation]:
    """Yield which events are larger than what the bus takes."""
    for index, event in enumerate(events):
        used = len((event.source + event.detail_type + event.detail).encode()) + _ROOM
        if used > limits.EVENT_BYTES:
            path = ("events", str(index))
            yield Violation(path, "error", limits.EVENT_BYTES, used, _TOO_LARGE)


def check_bodies(bodies: Sequence[JsonValue]) -> Iterator[Violation]:
    """Yield the violations of the bodies of messages."""
    for index, body in enumerate(bodies):
        yield from _check_body(body, ("messages", str(index)))


def _check_body(body: JsonValue, path: Path) -> Iterator[Violation]:
    broken = list(check(body, BODY_SCHEMA, path))
    yield from broken
    if broken:
        return
    text = cast("str", body)
    if found := re.search(_NOT_CARRIED, text):
        yield Violation(path, "error", None, None, _not_carried(found))
    elif (used := len(text.encode())) > limits.EVENT_BYTES:
        yield Violation(path, "error", limits.EVENT_BYTES, used, _TOO_LARGE)


def _check_name(name: JsonValue) -> Iterator[Violation]:
    if found := re.search(_NOT_CARRIED, cast("str", name)):
        yield Violation((), "error", None, None, _not_carried(found))


def _check_source(source: JsonValue) -> Iterator[Violation]:
    broken = list(_check_name(source))
    yield from broken
    if not broken and cast("str", source).lower().startswith(_AWS):
        message = f"What begins with {_AWS} is said by AWS alone"
        yield Violation((), "error", None, source, message)


def _not_carried(found: re.Match[str]) -> str:
    """Say which character of a text AWS does not carry."""
    kind = {"Cs": "a lone surrogate", "Cc": "a control character"}.get(
        unicodedata.category(found[0]), "no character"
    )
    return f"U+{ord(found[0]):04X} at character {found.start() + 1} is {kind}, and is not carried"


_RULES: Mapping[str, Rule] = {"source": _check_source, "detail-type": _check_name}
"""What no schema says of a key of an event."""
