"""What a client puts on the bus, or into the queue of a trigger."""

from collections.abc import Mapping
from typing import cast

from isolambda_api.http.body import payload_of
from isolambda_core.domain.documents import Document, require_none
from isolambda_core.domain.json_schema import check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.sent_documents import (
    EVENTS_SCHEMA,
    MESSAGES_SCHEMA,
    check_bodies,
    check_event_sizes,
    check_events,
)


def events_of(data: Document) -> list[BusEvent]:
    """Return the events that a request publishes.

    Raises:
        InvalidDocumentError: there are none or too many, or a rule is broken; all are listed.
        MalformedBodyError: a detail nests too deeply.
    """
    require_none(check(data, EVENTS_SCHEMA))
    named = [_with_bus_words(event) for event in cast("list[JsonValue]", data["events"])]
    require_none(check_events(named))
    events = [_event(cast("Document", event)) for event in named]
    require_none(check_event_sizes(events))
    return events


def messages_of(data: Document) -> list[str]:
    """Return the bodies of the messages that a request sends.

    Raises:
        InvalidDocumentError: there are none or too many, or a rule is broken; all are listed.
    """
    require_none(check(data, MESSAGES_SCHEMA))
    bodies = [_body(message) for message in cast("list[JsonValue]", data["messages"])]
    require_none(check_bodies(bodies))
    return cast("list[str]", bodies)


def _with_bus_words(event: JsonValue) -> JsonValue:
    """Return an event in which ``detail_type`` has the name that patterns know it by."""
    if not isinstance(event, Mapping) or "detail-type" in event:
        return event
    return {"detail-type" if key == "detail_type" else key: value for key, value in event.items()}


def _event(event: Document) -> BusEvent:
    detail = payload_of(event["detail"]).decode()
    return BusEvent(cast("str", event["source"]), cast("str", event["detail-type"]), detail)


def _body(message: JsonValue) -> JsonValue:
    is_object = isinstance(message, Mapping) and message.keys() == {"body"}
    return cast("Document", message)["body"] if is_object else message
