"""CodeMash's way to say when something runs: a type and an interval, from a start on.

Each is one expression of EventBridge Scheduler (CN: hub.dtos.cs, RepeatType and RepeatInterval).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import cast

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Schema, check
from isolambda_core.domain.json_text import JsonValue

REPEAT_TYPES = ("None", "Minutely", "Hourly", "Daily", "Weekly", "Monthly", "Yearly")
REPEAT_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ("type",),
    "properties": {
        "type": {"enum": REPEAT_TYPES},
        "interval": {
            "type": "integer",
            "minimum": 1,
            "maximum": limits.REPEAT_INTERVAL_MAX,
            "default": 1,
        },
    },
    "description": "When a schedule runs, in CodeMash's words.",
}
"""What ``repeat`` may hold."""

_INTERVAL = ("repeat", "interval")
_MONTHS = 12
_PERIODS: Mapping[str, tuple[int, str]] = {
    "Minutely": (1, "minute"),
    "Hourly": (1, "hour"),
    "Daily": (1, "day"),
    "Weekly": (7, "day"),
}
_KEEPING_TIME = ("Daily", "Weekly")
"""What, at an interval of 1, runs at the same local time however clocks are turned."""


def check_repeat(repeat: JsonValue) -> Iterator[Violation]:
    """Yield the violations of ``repeat``: ``{"type": …, "interval": 1}``."""
    broken = list(check(repeat, REPEAT_SCHEMA, ("repeat",)))
    yield from broken
    if isinstance(repeat, Mapping) and all(each.path != _INTERVAL for each in broken):
        interval = cast("int", repeat.get("interval", 1))
        if repeat.get("type") == "Monthly" and _MONTHS % interval:
            message = "Must divide the months of a year: 1, 2, 3, 4, 6 or 12"
            yield Violation(_INTERVAL, "error", None, interval, message)


def expression_of(repeat: Document, start_s: int, zone: tzinfo) -> str:
    """Return the expression for a ``repeat`` without violations; its start is in Unix seconds.

    Days and weeks keep the local time of the start at an interval of 1, and are 24 hours each at a
    longer one. Months and years keep its day too; those without such a day are left out.
    """
    kind, interval = cast("str", repeat["type"]), cast("int", repeat.get("interval", 1))
    start = datetime.fromtimestamp(start_s, zone)
    if kind == "None":
        return f"at({start:%Y-%m-%dT%H:%M:%S})"
    if kind in _PERIODS and not (kind in _KEEPING_TIME and interval == 1):
        value, unit = _PERIODS[kind]
        value *= interval
        return f"rate({value} {unit if value == 1 else f'{unit}s'})"
    # A cron runs at the full minute; the first one from the start on.
    start = datetime.fromtimestamp(-(-start_s // 60) * 60, zone)
    days = {
        "Daily": "* * ? *",
        "Weekly": f"? * {start.isoweekday() % 7 + 1} *",
        "Monthly": f"{start.day} {(start.month - 1) % interval + 1}/{interval} ? *",
        "Yearly": f"{start.day} {start.month} ? {start.year}/{interval}",
    }
    return f"cron({start.minute} {start.hour} {days[kind]})"
