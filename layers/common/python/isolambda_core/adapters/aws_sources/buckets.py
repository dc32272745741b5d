"""Triggers of type ``bucket``: rules on the bus where Amazon S3 puts its events."""

from dataclasses import dataclass
from typing import cast

from isolambda_core.adapters.aws_sources.named import NamedSources
from isolambda_core.adapters.aws_sources.rules import Rules
from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers import BUCKET_EVENTS, Trigger, TriggerRef

DEFAULT_BUS = "default"
"""Where AWS's own services put their events."""

_DETAIL_TYPES = dict(zip(BUCKET_EVENTS, ("Object Created", "Object Deleted"), strict=True))


@dataclass(frozen=True, slots=True)
class Buckets:
    """One rule for each trigger, about a bucket that the trigger's account may use."""

    rules: Rules
    named: NamedSources

    def bind(self, trigger: Trigger) -> None:
        """Make the rule, or change it to what the document says; see ``EventSources.bind``."""
        self.named.require(trigger.type, trigger.document, trigger.account_id)
        self.rules.bind(trigger)

    def unbind(self, trigger: TriggerRef) -> None:
        """Remove the rule; see ``EventSources.unbind``."""
        self.rules.unbind(trigger)


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
        "detail-type": [_DETAIL_TYPES[event] for event in BUCKET_EVENTS if event in events],
        "detail": detail,
    }


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*")
