"""What the document of a schedule may say; one that can never run is refused, too."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Rule, Schema, check
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.schedules.cron_fields import InvalidExpressionError
from isolambda_core.domain.triggers.schedules.rates import REPEAT_SCHEMA, check_repeat
from isolambda_core.domain.triggers.schedules.schedule import (
    Schedule,
    is_time,
    parse_expression,
    schedule_of,
)

SCHEDULE_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "schedule": {
            "type": "string",
            "maxLength": limits.SCHEDULE_CHARACTERS,
            "description": "`cron(…)`, `rate(…)` or `at(…)`, as EventBridge Scheduler has them.",
            "examples": ["cron(0 9 ? * MON-FRI *)"],
        },
        "repeat": REPEAT_SCHEMA,
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
}
"""What the document of a schedule may hold: either ``schedule``, or ``repeat`` and ``start``."""

_OTHERS = ("timezone", "start", "end", "flexible_minutes")
# Not every name that zoneinfo finds a file for: no path out of its folder, no posix/ and right/.
_ZONE_NAME = re.compile("[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*")


def check_schedule(document: Document) -> Iterator[Violation]:
    """Yield the violations of the keys of a schedule; one that can never run is wrong, too."""
    violations = [*_check_expression(document), *_check_keys(document, *_OTHERS)]
    yield from violations or _check_run(document)


def _check_expression(document: Document) -> Iterator[Violation]:
    if "repeat" not in document:
        if "schedule" not in document:
            yield Violation(("schedule",), "required", None, "schedule")
        yield from _check_keys(document, "schedule")
    elif "schedule" in document:
        yield Violation(("repeat",), "error", None, document["repeat"], "Either schedule or repeat")
    else:
        yield from check_repeat(document["repeat"])
        if "start" not in document:
            yield Violation(("start",), "required", None, "start")


def _check_keys(document: Document, *keys: str) -> Iterator[Violation]:
    part = {key: document[key] for key in keys if key in document}
    return check(part, SCHEDULE_SCHEMA, rules=_RULES)


def _check_syntax(expression: JsonValue) -> Iterator[Violation]:
    try:
        parse_expression(cast("str", expression))
    except InvalidExpressionError as error:
        yield Violation((), "error", None, expression, str(error))


def _check_timezone(name: JsonValue) -> Iterator[Violation]:
    if not _is_zone(cast("str", name)):
        message = "A name of the IANA time zone database, such as Europe/Vilnius"
        yield Violation((), "error", None, name, message)


def _is_zone(name: str) -> bool:
    if _ZONE_NAME.fullmatch(name) is None:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # no file, a folder, no file of a zone
        return False
    return True


def _check_time(time: JsonValue) -> Iterator[Violation]:
    if not is_time(cast("str", time)):
        message = "A time as ISO 8601 has it, of 1970 to 2199, such as 2026-12-01T09:00:00+02:00"
        yield Violation((), "error", None, time, message)


def _check_run(document: Document) -> Iterator[Violation]:
    schedule = schedule_of(document, 0)
    key = "repeat" if "repeat" in document else "schedule"
    try:
        parse_expression(schedule.expression)
    except InvalidExpressionError as error:  # of a repeat that its zone moves to another year
        yield Violation(("start",), "error", None, document["start"], str(error))
        return
    if schedule.end_ms is not None and schedule.end_ms <= schedule.start_ms:
        yield Violation(("end",), "error", None, document["end"], "Must be after start")
    elif schedule.next_ms(schedule.start_ms - 1) is None:
        yield Violation((key,), "error", None, document[key], _why_never(schedule))


def _why_never(schedule: Schedule) -> str:
    """Say why a schedule never runs: its local times are skipped, or its start and end leave none.

    Where clocks are never turned, the same local times run.
    """

    def local(at_ms: int) -> int:
        time = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(schedule.timezone))
        return int(time.replace(tzinfo=UTC).timestamp()) * 1000

    end_ms = schedule.end_ms
    steady = replace(
        schedule,
        timezone="UTC",
        start_ms=local(schedule.start_ms),
        end_ms=None if end_ms is None else local(end_ms),
    )
    if steady.next_ms(steady.start_ms - 1) is not None:
        return f"Never runs: clocks in {schedule.timezone} skip that time"
    unbounded = replace(schedule, start_ms=0, end_ms=None)
    if unbounded.next_ms(-1) is not None:
        return "Never runs: all its runs are before start, or after end"
    return "Never runs"


_RULES: Mapping[str, Rule] = {
    "schedule": _check_syntax,
    "timezone": _check_timezone,
    "start": _check_time,
    "end": _check_time,
}
"""What no schema says of a key."""
