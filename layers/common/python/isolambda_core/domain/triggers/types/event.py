"""Triggers of type ``event``: what an account publishes on the installation's own bus."""

from collections.abc import Iterator
from typing import cast

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.bus_events import resource_of
from isolambda_core.domain.triggers.event_patterns.pattern import check_pattern
from isolambda_core.domain.triggers.types.rules import TypeRules, wrap_event


def _pattern(account_id: str, document: Document) -> Document:
    """Return the document's pattern, of events of its account alone."""
    return {**cast("Document", document["pattern"]), "resources": [resource_of(account_id)]}


def _check_pattern(pattern: JsonValue) -> Iterator[Violation]:
    return check_pattern(cast("Document", pattern))


RULES = TypeRules(
    description="Runs for what the account publishes.",
    event='an event of EventBridge, with a "detail-type"',
    schema={
        "type": "object",
        "required": ("pattern",),
        "properties": {
            "pattern": {
                "type": "object",
                "additionalProperties": True,
                "description": "An event pattern of EventBridge.",
                "examples": [{"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}],
            }
        },
    },
    rules={"pattern": _check_pattern},
    pattern=_pattern,
    wrap=wrap_event,
)
