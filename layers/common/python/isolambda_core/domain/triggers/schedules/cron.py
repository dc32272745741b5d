"""Cron expressions as Amazon EventBridge Scheduler reads them: ``m h dom mon dow year``.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and, for the examples,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html. Where these are
silent, what AWS might refuse is refused, such as ``L``, ``W`` or ``#`` in a list.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from isolambda_core.domain.triggers.schedules.cron_fields import (
    HOUR,
    MINUTE,
    MONTH,
    YEAR,
    DaysOf,
    InvalidExpressionError,
    days_of_month,
    days_of_week,
    numbers_of,
)

_FIELDS = ("minutes", "hours", "day-of-month", "month", "day-of-week", "year")


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression; its numbers are ascending."""

    minutes: Sequence[int]
    hours: Sequence[int]
    months: Sequence[int]
    years: Sequence[int]
    days_of: DaysOf

    def next_s(self, after_s: int, zone: tzinfo) -> int | None:
        """Return the first run after ``after_s``, both Unix seconds; None when there is none.

        A local time that a zone skips does not run, and one that it has twice runs the first time.
        """
        after = datetime.fromtimestamp(after_s, zone).replace(tzinfo=None)
        for times in self._hours(after):
            # What a zone skips is looked for at both ends, not minute by minute for 200 years.
            if instant_of(times[0], zone) is None and instant_of(times[-1], zone) is None:
                continue
            for local in times:
                run_s = instant_of(local, zone)
                if run_s is not None and run_s > after_s:
                    return run_s
        return None

    def _hours(self, after: datetime) -> Iterator[Sequence[datetime]]:
        # The local times of one hour together, where there is one after ``after``.
        for day in self._days(after.date()):
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local
            for hour in self.hours:
                if midnight.replace(hour=hour, minute=self.minutes[-1]) > after:
                    yield [midnight.replace(hour=hour, minute=minute) for minute in self.minutes]

    def _days(self, first: date) -> Iterator[date]:
        for year in self.years[bisect_left(self.years, first.year) :]:
            for month in self.months:
                weekday, length = monthrange(year, month)
                for number in self.days_of((weekday + 1) % 7 + 1, length):
                    day = date(year, month, number)
                    if day >= first:
                        yield day


def parse_cron(fields: str) -> Cron:
    """Return what the six fields between the parentheses of ``cron(…)`` say.

    Raises:
        InvalidExpressionError: EventBridge Scheduler would not take them.
    """
    parts = fields.upper().split()
    if len(parts) != len(_FIELDS):
        raise InvalidExpressionError(f"A cron has six fields: {' '.join(_FIELDS)}")
    minute, hour, day, month, weekday, year = parts
    if (day == "?") == (weekday == "?"):
        raise InvalidExpressionError("Either day of month or day of week must be ?")
    return Cron(
        minutes=numbers_of(MINUTE, minute),
        hours=numbers_of(HOUR, hour),
        months=numbers_of(MONTH, month),
        years=numbers_of(YEAR, year),
        days_of=days_of_week(weekday) if day == "?" else days_of_month(day),
    )


def instant_of(local: datetime, zone: tzinfo) -> int | None:
    """Return when a local time is, in Unix seconds, for the first time; None where it never is."""
    first = local.replace(tzinfo=zone).timestamp()
    second = local.replace(tzinfo=zone, fold=1).timestamp()
    # Equal, unless clocks were turned: back, and it is twice, or forward, and both are made up.
    return None if second < first else int(first)
