"""What the document of a schedule may say; one that can never run is refused, too."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from isolambda_core.domain import limits
from isolambda_core.domain.documents import Document, check_integer, check_string
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.triggers.schedules.cron_fields import InvalidExpressionError
from isolambda_core.domain.triggers.schedules.rates import check_repeat
from isolambda_core.domain.triggers.schedules.schedule import (
    Schedule,
    is_time,
    parse_expression,
    schedule_of,
)

# Not every name that zoneinfo finds a file for: no path out of its folder, no posix/ and right/.
_ZONE_NAME = re.compile("[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*")
_FLEXIBLE = (1, limits.FLEXIBLE_MINUTES_MAX)


def check_schedule(document: Document) -> Iterator[Violation]:
    """Say what is wrong with the keys of a schedule; one that can never run is wrong, too."""
    violations = [
        *_check_expression(document),
        *_check_timezone(document),
        *_check_time(document, "start"),
        *_check_time(document, "end"),
    ]
    if "flexible_minutes" in document:
        flexible = document["flexible_minutes"]
        violations += check_integer(("flexible_minutes",), flexible, _FLEXIBLE)
    yield from violations or _check_run(document)


def _check_expression(document: Document) -> Iterator[Violation]:
    if "repeat" not in document:
        wrong = list(check_string(document, "schedule", limits.SCHEDULE_CHARACTERS))
        yield from wrong
        if not wrong:
            try:
                parse_expression(cast("str", document["schedule"]))
            except InvalidExpressionError as error:
                yield Violation(("schedule",), "error", None, document["schedule"], str(error))
    elif "schedule" in document:
        yield Violation(("repeat",), "error", None, document["repeat"], "Either schedule or repeat")
    else:
        yield from check_repeat(document["repeat"])
        if "start" not in document:
            yield Violation(("start",), "required", None, "start")


def _check_timezone(document: Document) -> Iterator[Violation]:
    if "timezone" not in document:
        return
    wrong = list(check_string(document, "timezone", limits.TIMEZONE_CHARACTERS))
    yield from wrong
    name = document["timezone"]
    if not wrong and not _is_zone(cast("str", name)):
        message = "A name of the IANA time zone database, such as Europe/Vilnius"
        yield Violation(("timezone",), "error", None, name, message)


def _is_zone(name: str) -> bool:
    if _ZONE_NAME.fullmatch(name) is None:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # no file, a folder, no file of a zone
        return False
    return True


def _check_time(document: Document, key: str) -> Iterator[Violation]:
    if key not in document:
        return
    value = document[key]
    if not isinstance(value, str):
        yield Violation((key,), "type", "string", value)
    elif not is_time(value):
        message = "A time as ISO 8601 has it, of 1970 to 2199, such as 2026-12-01T09:00:00+02:00"
        yield Violation((key,), "error", None, value, message)


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
