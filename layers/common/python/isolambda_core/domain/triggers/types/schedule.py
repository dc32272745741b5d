"""Triggers of type ``schedule``: times at which Amazon EventBridge Scheduler runs them."""

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.schedules.documents import check_schedule
from isolambda_core.domain.triggers.schedules.rates import REPEAT_TYPES
from isolambda_core.domain.triggers.types.rules import TypeRules


def _wrap(event: Document) -> Document | None:
    match event:
        case {"source": "aws.scheduler", "time": time}:
            return {"scheduled_at": time}
    return None


RULES = TypeRules(
    description="Runs by the clock: as `schedule` says, or `repeat` from `start` on.",
    event='an event of EventBridge Scheduler, "source": "aws.scheduler"',
    properties={
        "schedule": {
            "type": "string",
            "maxLength": limits.SCHEDULE_CHARACTERS,
            "description": "`cron(…)`, `rate(…)` or `at(…)`, as EventBridge Scheduler has them.",
            "examples": ["cron(0 9 ? * MON-FRI *)"],
        },
        "repeat": {
            "type": "object",
            "title": "Repeat",
            "description": "When a schedule runs, in CodeMash's words.",
            "additionalProperties": False,
            "properties": {
                "type": {"type": "string", "title": "Type", "enum": list(REPEAT_TYPES)},
                "interval": {
                    "type": "integer",
                    "title": "Interval",
                    "minimum": 1,
                    "maximum": limits.REPEAT_INTERVAL_MAX,
                    "default": 1,
                },
            },
            "required": ["type"],
        },
        "timezone": {
            "type": "string",
            "maxLength": limits.TIMEZONE_CHARACTERS,
            "description": "The IANA name of a time zone.",
            "default": "UTC",
        },
        "start": {
            "type": "string",
            "description": "ISO 8601; in `timezone` where it has no offset.",
            "examples": ["2026-12-01T09:00:00"],
        },
        "end": {"type": "string", "description": "As `start`."},
        "flexible_minutes": {
            "type": "integer",
            "minimum": 1,
            "maximum": limits.FLEXIBLE_MINUTES_MAX,
            "description": "How much later it may run; not at all if absent.",
        },
        "input": {"description": "What the function is told each time.", "default": None},
    },
    integers=(("flexible_minutes",), ("repeat", "interval")),
    check=check_schedule,
    wrap=_wrap,
)
