"""Cron expressions in EventBridge Scheduler's dialect."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aws_croniter import AwsCroniter  # type: ignore[import-untyped]

from isolambda_core.domain.triggers.schedules.cron import (
    instant_of,
    parse_cron,
)
from isolambda_core.domain.triggers.schedules.cron_fields import InvalidExpressionError

VILNIUS, NEW_YORK = ZoneInfo("Europe/Vilnius"), ZoneInfo("America/New_York")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
SIX_FIELDS = "A cron has six fields: minutes hours day-of-month month day-of-week year"
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def runs(fields: str, after: str, count: int, zone: ZoneInfo | None = None) -> Iterator[str]:
    """Yield the first runs after a time, as local times with their offset."""
    cron, after_s = parse_cron(fields), seconds(after)
    for _ in range(count):
        next_s = cron.next_s(after_s, zone or UTC)
        if next_s is None:
            return
        yield datetime.fromtimestamp(next_s, zone or UTC).isoformat(timespec="minutes")
        after_s = next_s


def utc_runs(fields: str, after: str, count: int) -> list[str]:
    return [run.removesuffix("+00:00") for run in runs(fields, after, count)]


# The examples of the documentation, from Wednesday, 1 October 2025, noon.
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("0 10 * * ? *", ["2025-10-02T10:00", "2025-10-03T10:00", "2025-10-04T10:00"]),
        ("15 12 * * ? *", ["2025-10-01T12:15", "2025-10-02T12:15", "2025-10-03T12:15"]),
        ("0 18 ? * MON-FRI *", ["2025-10-01T18:00", "2025-10-02T18:00", "2025-10-03T18:00",
                                "2025-10-06T18:00"]),
        ("0 8 1 * ? *", ["2025-11-01T08:00", "2025-12-01T08:00", "2026-01-01T08:00"]),
        ("0/15 * * * ? *", ["2025-10-01T12:15", "2025-10-01T12:30", "2025-10-01T12:45",
                            "2025-10-01T13:00"]),
        ("1/10 * * * ? *", ["2025-10-01T12:01", "2025-10-01T12:11", "2025-10-01T12:21"]),
        ("0/10 * ? * MON-FRI *", ["2025-10-01T12:10", "2025-10-01T12:20"]),
        ("0/5 8-17 ? * MON-FRI *", ["2025-10-01T12:05", "2025-10-01T12:10"]),
        ("0/30 20-2 ? * MON-FRI *", ["2025-10-01T20:00", "2025-10-01T20:30", "2025-10-01T21:00"]),
        ("15 10 ? * 6L 2025-2026", ["2025-10-31T10:15", "2025-11-28T10:15", "2025-12-26T10:15"]),
        ("0 0 1-15 JAN,FEB,MAR ? *", ["2026-01-01T00:00", "2026-01-02T00:00"]),
        ("0 9 3W * ? *", ["2025-10-03T09:00", "2025-11-03T09:00", "2025-12-03T09:00"]),
        ("0 9 ? * 3#2 *", ["2025-10-14T09:00", "2025-11-11T09:00", "2025-12-09T09:00"]),
        ("0 9 L * ? *", ["2025-10-31T09:00", "2025-11-30T09:00", "2025-12-31T09:00"]),
        ("0 9 ? * L *", ["2025-10-04T09:00", "2025-10-11T09:00", "2025-10-18T09:00"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_it_runs_when_the_documentation_of_aws_says(fields: str, expected: list[str]) -> None:
    assert utc_runs(fields, "2025-10-01T12:00+00:00", len(expected)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("0 9 ? * FRI#2 *", ["2026-08-14", "2026-09-11", "2026-10-09"]),
        ("0 9 ? * FRI#5 *", ["2026-10-30", "2027-01-29", "2027-04-30"]),
        ("0 9 ? * FRIL *", ["2026-08-28", "2026-09-25", "2026-10-30"]),
        ("0 9 ? * FRI-SUN *", ["2026-08-01", "2026-08-02", "2026-08-07"]),
        ("0 9 ? * mon,wed *", ["2026-08-03", "2026-08-05", "2026-08-10"]),
        ("0 9 LW * ? *", ["2026-08-31", "2026-09-30", "2026-10-30", "2026-11-30"]),
        ("0 9 1W * ? *", ["2026-08-03", "2026-09-01", "2026-10-01", "2026-11-02"]),
        ("0 9 2W 1,5 ? *", ["2027-01-01", "2027-05-03", "2028-01-03"]),
        ("0 9 15W * ? *", ["2026-08-14", "2026-09-15", "2026-10-15", "2026-11-16"]),
        ("0 9 31W * ? *", ["2026-08-31", "2026-10-30", "2026-12-31"]),
        ("0 9 31 * ? *", ["2026-08-31", "2026-10-31", "2026-12-31"]),
        ("0 9 1/10 * ? *", ["2026-08-01", "2026-08-11", "2026-08-21", "2026-08-31"]),
        ("0 9 28-2 SEP ? *", ["2026-09-01", "2026-09-02", "2026-09-28"]),
        ("0 9 1 NOV-FEB/2 ? *", ["2026-11-01", "2027-01-01", "2027-11-01"]),
        ("0 9 29 2 ? *", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("0 9 29 2 ? 2096-2199", ["2096-02-29", "2104-02-29"]),
        ("0 9 1 1 ? 2027/3", ["2027-01-01", "2030-01-01", "2033-01-01"]),
        ("0 9 1 1 ? 2030,2028", ["2028-01-01", "2030-01-01"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_form_of_a_day_is_found(fields: str, expected: list[str]) -> None:
    found = utc_runs(fields, "2026-08-01T00:00+00:00", len(expected))

    assert found == [f"{day}T09:00" for day in expected]


@pytest.mark.parametrize(
    ("zone", "fields", "after", "expected"),
    [
        (VILNIUS, "30 3 * * ? *", "2026-03-27T12:00+02:00",
         ["2026-03-28T03:30+02:00", "2026-03-30T03:30+03:00"]),
        (VILNIUS, "0/30 2-4 * * ? *", "2026-03-29T02:00+02:00",
         ["2026-03-29T02:30+02:00", "2026-03-29T04:00+03:00", "2026-03-29T04:30+03:00"]),
        (VILNIUS, "30 3 * * ? *", "2026-10-24T12:00+03:00",
         ["2026-10-25T03:30+03:00", "2026-10-26T03:30+02:00"]),
        (VILNIUS, "0/30 2-4 * * ? *", "2026-10-25T03:00+03:00",
         ["2026-10-25T03:30+03:00", "2026-10-25T04:00+02:00"]),
        (VILNIUS, "* * * * ? *", "2026-10-25T03:20:30+02:00", ["2026-10-25T04:00+02:00"]),
        (NEW_YORK, "30 2 * * ? *", "2026-03-07T12:00-05:00",
         ["2026-03-09T02:30-04:00", "2026-03-10T02:30-04:00"]),
        (NEW_YORK, "30 1 * * ? *", "2026-10-31T12:00-04:00",
         ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"]),
        (NEW_YORK, "0 9 * * ? *", "2026-03-07T12:00-05:00",
         ["2026-03-08T09:00-04:00", "2026-03-09T09:00-04:00"]),
        (ZoneInfo("Australia/Lord_Howe"), "0/15 2 4 10 ? *", "2026-10-04T00:00+10:30",
         ["2026-10-04T02:30+11:00", "2026-10-04T02:45+11:00", "2027-10-04T02:00+11:00"]),
        (ZoneInfo("Pacific/Apia"), "0 12 * * ? *", "2011-12-29T00:00-10:00",
         ["2011-12-29T12:00-10:00", "2011-12-31T12:00+14:00"]),
    ],
)  # fmt: skip
def test_a_time_that_clocks_skip_does_not_run_and_one_they_repeat_runs_once(
    zone: ZoneInfo, fields: str, after: str, expected: list[str]
) -> None:
    assert list(runs(fields, after, len(expected), zone)) == expected


def test_a_run_is_the_first_second_of_its_minute_and_after_the_time_given() -> None:
    cron, run_s = parse_cron("30 9 * * ? *"), seconds("2026-08-01T09:30+00:00")

    assert cron.next_s(run_s - 1, UTC) == run_s
    assert cron.next_s(run_s, UTC) == run_s + 24 * 3_600


@pytest.mark.parametrize(
    "fields",
    [
        "0 9 31 2 ? *",
        "* * 31 2,4,6,9,11 ? *",
        "0 9 30W 2 ? *",
        "0 9 29 2 ? 2027/2",
        "0 9 ? 2 SUN#5 2190-2199",
        "0 9 1 1 ? 2025",
        "* 3 ? 3 1L *",  # clocks are turned just then
    ],
)
def test_what_never_runs_any_more_has_no_next_run(fields: str) -> None:
    assert parse_cron(fields).next_s(seconds("2026-08-01T00:00+00:00"), VILNIUS) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("", SIX_FIELDS),
        ("0 9 * * ?", SIX_FIELDS),
        ("0 9 * * ? * *", SIX_FIELDS),
        ("0 9 * * * *", "Either day of month or day of week must be ?"),
        ("0 9 ? * ? *", "Either day of month or day of week must be ?"),
        ("0 9 1 * MON *", "Either day of month or day of week must be ?"),
        ("60 9 * * ? *", "minute: 60 is none of 0 to 59"),
        ("0 24 * * ? *", "hour: 24 is none of 0 to 23"),
        ("0 9 0 * ? *", "day of month: 0 is none of 1 to 31"),
        ("0 9 32W * ? *", "day of month: 32 is none of 1 to 31"),
        ("0 9 1 13 ? *", "month: 13 is none of 1 to 12"),
        ("0 9 1 MON ? *", "month: MON is none of 1 to 12"),
        ("0 9 ? * 0 *", "day of week: 0 is none of 1 to 7"),
        ("0 9 ? * 8L *", "day of week: 8 is none of 1 to 7"),
        ("0 9 1 * ? 1969", "year: 1969 is none of 1970 to 2199"),
        ("0 9 1 * ? 2026-2200", "year: 2200 is none of 1970 to 2199"),
        ("0 9 1 * ? 2027-2026", "year: the range '2027-2026' goes down"),
        ("*/0 9 * * ? *", "minute: a step is 1 to 59"),
        ("*/60 9 * * ? *", "minute: a step is 1 to 59"),
        ("0 */24 * * ? *", "hour: a step is 1 to 23"),
        ("0 9 ? * MON/2 *", "day of week: EventBridge Scheduler has no steps here"),
        ("0 9 ? * 3#1,6#3 *", "day of week: cannot read '3#1'"),
        ("0 9 ? * FRI#6 *", "day of week: cannot read 'FRI#6'"),
        ("0 9 L-3 * ? *", "day of month: cannot read 'L-3'"),
        ("0 9 L,15 * ? *", "day of month: cannot read 'L'"),
        ("? 9 * * ? *", "minute: cannot read '?'"),
        ("1, 9 * * ? *", "minute: cannot read ''"),
        ("1-2-3 9 * * ? *", "minute: cannot read '1-2-3'"),
        ("*/5/5 9 * * ? *", "minute: cannot read '*/5/5'"),
        ("-1 9 * * ? *", "minute: cannot read '-1'"),
        ("99999999999 9 * * ? *", "minute: cannot read '99999999999'"),
        ("\u0663 9 * * ? *", "minute: cannot read '\u0663'"),
    ],
)  # fmt: skip
def test_what_aws_would_not_take_is_refused_with_its_field(fields: str, message: str) -> None:
    with pytest.raises(InvalidExpressionError) as caught:
        parse_cron(fields)

    assert str(caught.value) == message


# --- Beside aws-croniter -----------------------------------------------------
# It speaks the dialect but for LW and a day of week L, and knows of no zones.


def a_value(chance: random.Random, lowest: int, highest: int, names: list[str]) -> str:
    value = chance.randint(lowest, highest)
    return names[value - lowest] if names and chance.random() < 0.3 else str(value)


def some_values(
    chance: random.Random, lowest: int, highest: int, names: list[str], *, steps: bool = True
) -> str:
    if chance.random() < 0.3:
        return "*"
    items = []
    for _ in range(chance.randint(1, 3)):
        item = a_value(chance, lowest, highest, names)
        if chance.random() < 0.4:
            item += "-" + a_value(chance, lowest, highest, names)
        if steps and chance.random() < 0.3:
            item += f"/{chance.randint(1, min(highest, 9))}"
        items.append(item)
    return ",".join(items)


def some_days(chance: random.Random) -> tuple[str, str]:
    weekday = a_value(chance, 1, 7, WEEKDAYS)
    return chance.choice(
        [
            (some_values(chance, 1, 31, []), "?"),
            ("L", "?"),
            (f"{chance.randint(1, 28)}W", "?"),  # in a shorter month it takes 31W for 30W
            ("?", some_values(chance, 1, 7, WEEKDAYS, steps=False)),
            ("?", f"{weekday}L"),
            ("?", f"{weekday}#{chance.randint(1, 5)}"),
        ]
    )


def some_fields(chance: random.Random) -> str:
    day, weekday = some_days(chance)
    year = chance.choice(["*", "2026-2040", "2027", "2027,2030-2031"])
    month = some_values(chance, 1, 12, MONTHS)
    return f"{some_times(chance)} {day} {month} {weekday} {year}"


def some_times(chance: random.Random) -> str:
    return f"{some_values(chance, 0, 59, [])} {some_values(chance, 0, 23, [])}"


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_another_reader_of_the_dialect(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same course in every test run
    for _ in range(15):
        fields = some_fields(chance)
        after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(10**6))

        expected = [run for run in AwsCroniter(fields).get_next(after, 8) if run is not None]

        found = utc_runs(fields, after.isoformat(), 8)
        assert found == [f"{run:%Y-%m-%dT%H:%M}" for run in expected], fields


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Europe/Vilnius", "America/New_York", "Australia/Lord_Howe",
                                  "America/Santiago", "Asia/Kolkata"])  # fmt: skip
def test_it_runs_at_the_first_of_each_local_minute_that_there_is(name: str) -> None:
    zone, chance = ZoneInfo(name), random.Random(name)  # noqa: S311 - the same course each time
    turns = hours_of_turned_clocks(zone, 2026)
    for _ in range(4):
        fields = f"{some_times(chance)} * * ? *"
        for turn in turns:
            first_s, last_s = turn - 4 * 3_600, turn + 4 * 3_600

            expected = walked(fields, zone, first_s, last_s)

            cron, found = parse_cron(fields), [first_s - 1]
            while (next_s := cron.next_s(found[-1], zone)) is not None and next_s <= last_s:
                found.append(next_s)
            assert found[1:] == expected, fields


def hours_of_turned_clocks(zone: ZoneInfo, year: int) -> list[int]:
    """Return hours of a year by whose end clocks are turned; one in June where they never are."""
    first_s = seconds(f"{year}-01-01T00:00+00:00")
    hours = range(first_s, first_s + 365 * 86_400, 3_600)

    def offset(at_s: int) -> timedelta | None:
        return datetime.fromtimestamp(at_s, zone).utcoffset()

    turned = [hour for hour in hours if offset(hour) != offset(hour + 3_600)]
    return turned or [first_s + 180 * 86_400]


def walked(fields: str, zone: ZoneInfo, first_s: int, last_s: int) -> list[int]:
    """Return the runs as a watchman finds them who looks at the clock on the wall each minute."""
    seen: dict[str, int] = {}
    for at_s in range(first_s - 4 * 3_600, last_s + 1, 60):
        seen.setdefault(f"{datetime.fromtimestamp(at_s, zone):%Y-%m-%dT%H:%M}", at_s)
    local = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (min(seen), max(seen)))
    due = AwsCroniter(fields).get_all_schedule_bw_dates(*local)
    at = [seen.get(f"{run:%Y-%m-%dT%H:%M}") for run in due]
    return [at_s for at_s in at if at_s is not None and at_s >= first_s]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-07-01T03:30", "2026-07-01T03:30+03:00"),
        ("2026-03-29T02:59", "2026-03-29T02:59+02:00"),
        ("2026-03-29T03:00", None),
        ("2026-03-29T03:59", None),
        ("2026-03-29T04:00", "2026-03-29T04:00+03:00"),
        ("2026-10-25T02:59", "2026-10-25T02:59+03:00"),
        ("2026-10-25T03:00", "2026-10-25T03:00+03:00"),
        ("2026-10-25T04:00", "2026-10-25T04:00+02:00"),
    ],
)
def test_a_local_time_is_the_first_instant_that_has_it(local: str, expected: str | None) -> None:
    found = instant_of(datetime.fromisoformat(local), VILNIUS)

    assert found == (None if expected is None else seconds(expected))
