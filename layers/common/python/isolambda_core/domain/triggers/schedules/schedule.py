"""Schedules: when a trigger of type ``schedule`` runs, on AWS and on one machine alike.

``schedule`` is an expression of Amazon EventBridge Scheduler; ``repeat`` says the same in
CodeMash's words. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.schedules.cron import (
    Cron,
    instant_of,
    parse_cron,
)
from isolambda_core.domain.triggers.schedules.cron_fields import InvalidExpressionError
from isolambda_core.domain.triggers.schedules.rates import expression_of

_UTC = "UTC"
_DATE = "(19[7-9]|2[01][0-9])[0-9]-[0-9]{2}-[0-9]{2}"
_TIME = re.compile(
    rf"{_DATE}T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?(Z|[+-][0-9]{{2}}:[0-9]{{2}})?"
)
_AT = re.compile(rf"{_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}")
_RATE = re.compile("([1-9][0-9]{0,4}) +(minute|hour|day)s?")
_EXPRESSION = re.compile(r"(cron|rate|at)\(([ -~]*)\)")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a trigger runs.

    ``expression`` is what EventBridge Scheduler gets. ``start_ms`` is the document's ``start``,
    else when the trigger was made; times are Unix milliseconds, and both ends are in.

    A rate runs at its start and then after each period; a day is 24 hours, however clocks are
    turned. So where no start is given the first run to come is one period after the trigger was
    made. EventBridge Scheduler, given no start, begins a rate at once, and refuses a start that is
    more than five minutes past: the one to give it is what :meth:`next_ms` says.
    """

    expression: str
    timezone: str
    start_ms: int
    end_ms: int | None
    flexible_minutes: int | None

    def next_ms(self, after_ms: int) -> int | None:
        """Return the first run after ``after_ms``; None when there is none any more.

        Takes milliseconds, whatever the expression: a cron ends with the year 2199.
        """
        after_ms = max(after_ms, self.start_ms - 1)
        zone = ZoneInfo(self.timezone)
        match parse_expression(self.expression):
            case Cron() as cron:
                run_s = cron.next_s(after_ms // 1000, zone)
                run_ms = None if run_s is None else run_s * 1000
            case timedelta() as period:
                period_ms = period // timedelta(milliseconds=1)
                periods = (after_ms - self.start_ms) // period_ms + 1
                run_ms = self.start_ms + periods * period_ms
            case local:
                run_s = instant_of(local, zone)
                run_ms = None if run_s is None or run_s * 1000 <= after_ms else run_s * 1000
        if run_ms is None or (self.end_ms is not None and run_ms > self.end_ms):
            return None
        return run_ms

    def next_runs(self, after_ms: int, count: int) -> list[int]:
        """Return the first ``count`` runs after ``after_ms``, or as many as there are."""
        runs: list[int] = []
        while len(runs) < count and (run_ms := self.next_ms(after_ms)) is not None:
            runs.append(run_ms)
            after_ms = run_ms
        return runs


def schedule_of(document: Document, created_at: int) -> Schedule:
    """Return the schedule of a document without violations; ``created_at`` is in Unix seconds."""
    timezone = cast("str", document.get("timezone", _UTC))
    zone = ZoneInfo(timezone)
    start_s, end_s = (
        _instant(cast("str", document[key]), zone) if key in document else None
        for key in ("start", "end")
    )
    if start_s is None:
        start_s = created_at
    if "repeat" in document:
        expression = expression_of(cast("Document", document["repeat"]), start_s, zone)
    else:
        expression = cast("str", document["schedule"])
    return Schedule(
        expression=expression,
        timezone=timezone,
        start_ms=start_s * 1000,
        end_ms=None if end_s is None else end_s * 1000,
        flexible_minutes=cast("int | None", document.get("flexible_minutes")),
    )


def parse_expression(expression: str) -> Cron | timedelta | datetime:
    """Return what an expression says: a cron, the period of a rate, or the local time of an at.

    Raises:
        InvalidExpressionError: it is none of the three.
    """
    found = _EXPRESSION.fullmatch(expression)
    if found is None:
        raise InvalidExpressionError("Must be cron(…), rate(…) or at(…)")
    kind, inner = found.groups()
    if kind == "cron":
        return parse_cron(inner)
    return _parse_rate(inner) if kind == "rate" else _parse_at(inner)


def is_time(text: str) -> bool:
    """Return whether a text is a time as ISO 8601 has it, of 1970 to 2199."""
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # 31 February, 25 o'clock
        return False
    return True


def _parse_rate(inner: str) -> timedelta:
    found = _RATE.fullmatch(inner)
    if found is None:
        raise InvalidExpressionError("A rate is 1 to 99999, and minutes, hours or days")
    return int(found[1]) * timedelta(**{f"{found[2]}s": 1})


def _parse_at(inner: str) -> datetime:
    if _AT.fullmatch(inner) is None or not is_time(inner):
        raise InvalidExpressionError("A time is yyyy-mm-ddThh:mm:ss, of 1970 to 2199")
    return datetime.fromisoformat(inner)


def _instant(text: str, zone: ZoneInfo) -> int:
    # Unix seconds; what is less than a second is dropped, which no schedule keeps to.
    time = datetime.fromisoformat(text)
    return int((time if time.tzinfo else time.replace(tzinfo=zone)).timestamp())
