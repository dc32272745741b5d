"""What a client puts on the bus, or into the queue of a trigger."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from isolambda_api.http.body import payload_of
from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, check_string
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.bus_events import BusEvent

_AWS = "aws."
_KEYS = ("source", "detail-type", "detail")
_TOO_LARGE = f"Must not be more than {limits.EVENT_BYTES} bytes"
_ROOM = 128
"""More bytes than the bus counts besides what a client sends: names of keys, and whose it is."""
# What SQS takes (https://www.w3.org/TR/REC-xml/#charsets).
_NOT_CARRIED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def events_of(data: Document) -> list[BusEvent]:
    """Return the events that a request publishes.

    Raises:
        InvalidDocumentError: there are none or too many, or a rule is broken; all are listed.
        MalformedBodyError: a detail nests too deeply.
    """
    events = _listed(data, "events")
    named = [_with_bus_words(event) for event in events]
    _require(p for at, event in enumerate(named) for p in _check_event(str(at), event))
    found = [_event(cast("Document", event)) for event in named]
    _require(p for at, event in enumerate(found) for p in _check_size(str(at), event))
    return found


def messages_of(data: Document) -> list[str]:
    """Return the bodies of the messages that a request sends.

    Raises:
        InvalidDocumentError: there are none or too many, or a rule is broken; all are listed.
    """
    bodies = [
        message["body"] if isinstance(message, Mapping) and message.keys() == {"body"} else message
        for message in _listed(data, "messages")
    ]
    _require(p for at, body in enumerate(bodies) for p in _check_message(str(at), body))
    return cast("list[str]", bodies)


def _listed(data: Document, key: str) -> list[JsonValue]:
    _require(_check_list(data, key))
    return cast("list[JsonValue]", data[key])


def _check_list(data: Document, key: str) -> Iterator[Violation]:
    for other in data.keys() - {key}:
        yield Violation((other,), "additionalProperties", None, other)
    if key not in data:
        yield Violation((key,), "required", None, key)
        return
    items = data[key]
    if not isinstance(items, list):
        yield Violation((key,), "type", "array", items)
    elif not items:
        yield Violation((key,), "minItems", 1, 0)
    elif len(items) > limits.EVENTS:
        yield Violation((key,), "maxItems", limits.EVENTS, len(items))


def _require(violations: Iterable[Violation]) -> None:
    if found := list(violations):
        raise InvalidDocumentError(found)


def _with_bus_words(event: JsonValue) -> JsonValue:
    """Return an event in which ``detail_type`` has the name that patterns know it by."""
    if not isinstance(event, Mapping) or "detail-type" in event:
        return event
    return {"detail-type" if key == "detail_type" else key: value for key, value in event.items()}


def _event(event: Document) -> BusEvent:
    # A lone surrogate has no UTF-8; the backslash form of it is its JSON escape.
    detail = payload_of(event["detail"]).encode("utf-8", "backslashreplace").decode()
    return BusEvent(cast("str", event["source"]), cast("str", event["detail-type"]), detail)


def _check_event(at: str, event: JsonValue) -> Iterator[Violation]:
    if not isinstance(event, Mapping):
        yield Violation(("events", at), "type", "object", event)
        return
    for key in event.keys() - {*_KEYS}:
        yield Violation(("events", at, key), "additionalProperties", None, key)
    for violation in (
        *_check_name(event, "source", limits.EVENT_SOURCE_CHARACTERS),
        *_check_name(event, "detail-type", limits.EVENT_DETAIL_TYPE_CHARACTERS),
        *_check_detail(event),
    ):
        path = ("events", at, *violation.path)
        yield Violation(path, violation.rule, violation.target, violation.value, violation.message)


def _check_name(event: Document, key: str, max_length: int) -> Iterator[Violation]:
    wrong = list(check_string(event, key, max_length))
    yield from wrong
    if wrong:
        return
    name = cast("str", event[key])
    if not name:
        yield Violation((key,), "minLength", 1, name)
    elif found := _NOT_CARRIED.search(name):
        yield Violation((key,), "error", None, None, _not_carried(found))
    elif key == "source" and name.lower().startswith(_AWS):
        yield Violation(
            (key,), "error", None, name, f"What begins with {_AWS} is said by AWS alone"
        )


def _check_detail(event: Document) -> Iterator[Violation]:
    if "detail" not in event:
        yield Violation(("detail",), "required", None, "detail")
    elif not isinstance(event["detail"], Mapping):
        yield Violation(("detail",), "type", "object", event["detail"])


def _check_size(at: str, event: BusEvent) -> Iterator[Violation]:
    used = len((event.source + event.detail_type + event.detail).encode()) + _ROOM
    if used > limits.EVENT_BYTES:
        yield Violation(("events", at), "error", limits.EVENT_BYTES, used, _TOO_LARGE)


def _check_message(at: str, body: JsonValue) -> Iterator[Violation]:
    path = ("messages", at)
    if not isinstance(body, str):
        yield Violation(path, "type", "string", body)
    elif not body:
        yield Violation(path, "minLength", 1, body)
    elif found := _NOT_CARRIED.search(body):
        yield Violation(path, "error", None, None, _not_carried(found))
    elif (used := len(body.encode())) > limits.EVENT_BYTES:
        yield Violation(path, "error", limits.EVENT_BYTES, used, _TOO_LARGE)


def _not_carried(found: re.Match[str]) -> str:
    """Say which character of a text AWS does not carry."""
    kind = {"Cs": "a lone surrogate", "Cc": "a control character"}.get(
        unicodedata.category(found[0]), "no character"
    )
    return f"U+{ord(found[0]):04X} at character {found.start() + 1} is {kind}, and is not carried"
