"""Cron expressions beside a calendar and a clock on the wall, which are looked at day by day."""

import random
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from isolambda_core.domain.triggers.schedules.cron import parse_cron

YEAR, MINUTE_S, DAY_S = 2026, 60, 86_400
DAYS_AROUND = 2
# London turns clocks at 1 o'clock, Lord Howe by half an hour, Santiago and Beirut at midnight,
# Casablanca for Ramadan, Troll by two hours, and Kolkata never.
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Europe/Vilnius",
    "Pacific/Chatham",
    "Asia/Kolkata",
]
TURNED = dict.fromkeys(ZONES, 2) | {"Asia/Kolkata": 0}

FORMS = [
    *["* * ?", "L * ?", "LW * ?", "31W * ?", "1W * ?", "28-2 * ?", "1/3 * ?", "31,1,8 * ?"],
    *["? * 5L", "? * 1L", "? * L", "? * MON#1", "? * SUN#1", "? * SUN#2", "? * 1#5", "? * FRI-MON"],
]
"""Days of the month, months and days of the week."""

MONTHS = ["*", "2", "4,6,9,11", "10-3", "NOV-FEB", "1/5"]


def is_day(day: date, of_month: str, month: str, of_week: str) -> bool:
    """Tell whether a day is one of those that an expression means, as one finds it by hand."""
    if day.month not in numbers(month, 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"):
        return False
    length = monthrange(day.year, day.month)[1]
    weekday = day.isoweekday() % 7 + 1
    if of_month == "?":
        return is_weekday(of_week, weekday, day.day, length)
    if of_month == "L":
        return day.day == length
    if of_month == "LW":
        return day == nearest_workday(day.replace(day=length))
    if of_month.endswith("W"):
        day_of_month = int(of_month[:-1])
        return day_of_month <= length and day == nearest_workday(day.replace(day=day_of_month))
    return day.day in numbers(of_month, 1, 31, "")


def is_weekday(of_week: str, weekday: int, number: int, length: int) -> bool:
    names = "SUN MON TUE WED THU FRI SAT"
    if of_week == "L":
        return weekday == 7
    if of_week.endswith("L"):
        return weekday == int(of_week[:-1]) and number + 7 > length
    name, _, nth = of_week.partition("#")
    return weekday in numbers(name, 1, 7, names) and (not nth or (number + 6) // 7 == int(nth))


def nearest_workday(day: date) -> date:
    near = (day + timedelta(days) for days in (0, -1, 1, -2, 2))
    return next(each for each in near if each.month == day.month and each.isoweekday() < 6)


@cache
def numbers(field: str, lowest: int, highest: int, names: str) -> frozenset[int]:
    """Return the numbers of a field; a range that goes down goes on from the lowest."""
    for number, name in enumerate(names.split(), lowest):
        field = field.replace(name, str(number))
    found: set[int] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.replace("*", f"{lowest}-{highest}").partition("-")
        last = last or (str(highest) if step else first)
        at, all_of_them = int(first), []
        while True:
            all_of_them.append(at)
            if at == int(last):
                break
            at = lowest if at == highest else at + 1
        found.update(all_of_them[:: int(step or 1)])
    return frozenset(found)


def some_times(chance: random.Random) -> str:
    minute = chance.choice(["0", "30", "0/15", "59", "*/7", "50-10", "7,37", "45-15/5"])
    hour = chance.choice(["*", "0", "0-3", "22-2", "*/2", "1", "2", "23-5/2"])
    return f"{minute} {hour}"


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("form", FORMS)
def test_it_runs_on_the_days_of_the_calendar(form: str, month: str) -> None:
    of_month, _, of_week = form.split()
    cron = parse_cron(f"0 12 {of_month} {month} {of_week} *")
    first, last = date(2027, 1, 1), date(2028, 12, 31)  # the second is a leap year
    at_s = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())

    found = []
    while (next_s := cron.next_s(at_s, UTC)) is not None:
        day = datetime.fromtimestamp(next_s, UTC).date()
        if day > last:
            break
        found.append(day)
        at_s = next_s

    days = (first + timedelta(number) for number in range((last - first).days + 1))
    assert found == [day for day in days if is_day(day, of_month, month, of_week)]


def turns_of(zone: ZoneInfo) -> Iterator[int]:
    """Yield the hours of a year by whose end clocks are turned."""
    first_s = int(datetime(YEAR, 1, 1, tzinfo=UTC).timestamp())
    for hour_s in range(first_s, first_s + 365 * DAY_S, 3_600):
        before, after = (datetime.fromtimestamp(hour_s + s, zone) for s in (0, 3_600))
        if before.utcoffset() != after.utcoffset():
            yield hour_s


def clock_on_the_wall(zone: ZoneInfo, first_s: int, last_s: int) -> dict[datetime, int]:
    """Return what the clock shows each minute, and when it does so for the first time."""
    seen: dict[datetime, int] = {}
    for at_s in range(first_s, last_s, MINUTE_S):
        shown = datetime.fromtimestamp(at_s, zone).replace(tzinfo=None)
        seen.setdefault(shown.replace(fold=0), at_s)
    return seen


@pytest.mark.parametrize("name", ZONES)
def test_it_runs_when_the_clock_on_the_wall_shows_it_for_the_first_time(name: str) -> None:
    zone, chance = ZoneInfo(name), random.Random(name)  # noqa: S311 - the same course each time
    turns = list(turns_of(zone))
    assert len(turns) == TURNED[name]
    for turn_s in turns or [int(datetime(YEAR, 6, 30, tzinfo=UTC).timestamp())]:
        first_s, last_s = turn_s - DAYS_AROUND * DAY_S, turn_s + DAYS_AROUND * DAY_S
        seen = clock_on_the_wall(zone, first_s - DAY_S, last_s)
        for form in FORMS:
            of_month, month, of_week = form.split()
            minute, hour = some_times(chance).split()

            cron, begun_s = parse_cron(f"{minute} {hour} {form} *"), turn_s - MINUTE_S
            found = []
            while (next_s := cron.next_s(begun_s, zone)) is not None and next_s < last_s:
                found.append(next_s)
                begun_s = next_s

            hours, minutes = numbers(hour, 0, 23, ""), numbers(minute, 0, 59, "")
            expected = [
                at_s
                for local, at_s in seen.items()
                if at_s >= turn_s
                and local.hour in hours
                and local.minute in minutes
                and is_day(local.date(), of_month, month, of_week)
            ]
            assert found == expected, (minute, hour, form)
