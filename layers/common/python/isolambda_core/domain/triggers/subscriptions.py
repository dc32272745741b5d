"""What triggers listen to, as event patterns, and how what comes says which one it is for."""

from collections.abc import Mapping
from typing import cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.bus_events import resource_of
from isolambda_core.domain.triggers.triggers import (
    BUCKET_EVENTS,
    Trigger,
)

DETAIL_TYPES = dict(zip(BUCKET_EVENTS, ("Object Created", "Object Deleted"), strict=True))
"""What EventBridge calls the events of a bucket."""


def address_of(trigger: Trigger) -> Mapping[str, str]:
    """Return what is put to an event, so that the dispatcher knows which trigger it is for."""
    return {
        "isolambda": trigger.type,
        "account_id": trigger.account_id,
        "function_id": trigger.function_id,
        "trigger_id": trigger.id,
    }


def event_pattern(trigger: Trigger) -> Document:
    """Return the pattern of a trigger on the stack's own bus: its document's, of its account."""
    pattern = cast("Document", trigger.document["pattern"])
    return {**pattern, "resources": [resource_of(trigger.account_id)]}


def bucket_pattern(trigger: Trigger) -> Document:
    """Return the pattern of the objects of a bucket that a trigger is about."""
    document = trigger.document
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
