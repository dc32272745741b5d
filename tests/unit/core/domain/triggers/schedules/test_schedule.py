"""When a trigger of type ``schedule`` runs, and what is wrong with its document."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import (
    FLEXIBLE_MINUTES_MAX,
    REPEAT_INTERVAL_MAX,
    SCHEDULE_CHARACTERS,
    TIMEZONE_CHARACTERS,
)
from isolambda_core.domain.triggers.schedules.documents import check_schedule
from isolambda_core.domain.triggers.schedules.rates import REPEAT_TYPES
from isolambda_core.domain.triggers.schedules.schedule import Schedule, schedule_of

CREATED = "2026-11-22T10:00:00+00:00"
DAILY = "cron(0 9 * * ? *)"
UNREADABLE = "Must be cron(…), rate(…) or at(…)"
A_RATE = "A rate is 1 to 99999, and minutes, hours or days"
A_TIME = "A time is yyyy-mm-ddThh:mm:ss, of 1970 to 2199"
AN_ISO_TIME = "A time as ISO 8601 has it, of 1970 to 2199, such as 2026-12-01T09:00:00+02:00"
A_ZONE = "A name of the IANA time zone database, such as Europe/Vilnius"


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def schedule(**document: JsonValue) -> Schedule:
    assert list(check_schedule(document)) == []
    return schedule_of(document, ms(CREATED) // 1000)


def runs(made: Schedule, after: str = CREATED, count: int = 5) -> list[str]:
    """Return the next runs as local times with their offset."""
    zone = ZoneInfo(made.timezone)
    return [
        datetime.fromtimestamp(run_ms / 1000, zone).isoformat(timespec="minutes")
        for run_ms in made.next_runs(ms(after), count)
    ]


def violations(**document: JsonValue) -> list[Violation]:
    return list(check_schedule(document))


def test_a_schedule_is_what_its_document_says() -> None:
    made = schedule(
        type="schedule",
        name="report",
        schedule=DAILY,
        timezone="Europe/Vilnius",
        start="2026-12-01T00:00:00",
        end="2026-12-31T23:59:59.999Z",
        flexible_minutes=15,
    )

    assert made == Schedule(
        expression=DAILY,
        timezone="Europe/Vilnius",
        start_ms=ms("2026-12-01T00:00:00+02:00"),
        end_ms=ms("2026-12-31T23:59:59+00:00"),
        flexible_minutes=15,
    )


def test_a_schedule_is_utc_and_starts_when_it_was_made_where_the_document_does_not_say() -> None:
    assert schedule(schedule=DAILY) == Schedule(DAILY, "UTC", ms(CREATED), None, None)


def test_five_runs_of_a_cron_are_shown_ahead() -> None:
    made = schedule(schedule="cron(0 9 ? * MON-FRI *)", timezone="Europe/Vilnius")

    assert runs(made) == [
        "2026-11-23T09:00+02:00",
        "2026-11-24T09:00+02:00",
        "2026-11-25T09:00+02:00",
        "2026-11-26T09:00+02:00",
        "2026-11-27T09:00+02:00",
    ]


def test_a_cron_runs_from_its_start_to_its_end_with_both() -> None:
    made = schedule(schedule=DAILY, start="2026-12-01T09:00:00Z", end="2026-12-03T09:00:00Z")

    expected = ["2026-12-01T09:00+00:00", "2026-12-02T09:00+00:00", "2026-12-03T09:00+00:00"]
    assert runs(made) == expected
    assert made.next_ms(ms("2026-12-03T09:00:00Z")) is None


def test_a_rate_with_a_start_runs_then_and_after_each_period() -> None:
    made = schedule(schedule="rate(5 minutes)", start="2026-11-22T10:02:30Z")

    assert made.next_ms(ms(CREATED)) == ms("2026-11-22T10:02:30Z")
    assert made.next_ms(ms("2026-11-22T10:02:30Z")) == ms("2026-11-22T10:07:30Z")
    assert made.next_ms(ms("2027-11-22T10:04:00Z")) == ms("2027-11-22T10:07:30Z")


def test_a_rate_whose_start_is_past_keeps_to_it() -> None:
    made = schedule(schedule="rate(7 hours)", start="2026-11-22T00:00:00Z")

    assert runs(made, count=2) == ["2026-11-22T14:00+00:00", "2026-11-22T21:00+00:00"]


def test_a_rate_without_a_start_first_runs_a_period_after_it_was_made() -> None:
    made = schedule(schedule="rate(1 hour)")

    assert runs(made, count=2) == ["2026-11-22T11:00+00:00", "2026-11-22T12:00+00:00"]
    assert made.next_ms(ms(CREATED) + 1) == ms("2026-11-22T11:00:00Z")


def test_a_day_of_a_rate_is_24_hours_however_clocks_are_turned() -> None:
    made = schedule(
        schedule="rate(1 day)", timezone="America/New_York", start="2026-10-31T12:00:00"
    )

    assert runs(made, "2026-10-31T00:00:00Z", 3) == [
        "2026-10-31T12:00-04:00",
        "2026-11-01T11:00-05:00",
        "2026-11-02T11:00-05:00",
    ]


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("rate(1 minute)", 1),
        ("rate(1 minutes)", 1),
        ("rate(2 hour)", 120),
        ("rate(90 minutes)", 90),
        ("rate(5 days)", 5 * 1_440),
        ("rate(99999 days)", 99_999 * 1_440),
    ],
)
def test_a_rate_is_in_minutes_hours_or_days(expression: str, minutes: int) -> None:
    made = schedule(schedule=expression)

    assert made.next_ms(ms(CREATED)) == ms(CREATED) + minutes * 60_000


def test_an_at_runs_once_at_its_local_time() -> None:
    made = schedule(schedule="at(2026-12-01T09:00:30)", timezone="America/New_York")

    assert made.next_runs(ms(CREATED), 5) == [ms("2026-12-01T09:00:30-05:00")]
    assert made.next_ms(ms("2026-12-01T09:00:30-05:00")) is None


def test_an_at_that_clocks_have_twice_runs_the_first_time() -> None:
    made = schedule(schedule="at(2027-10-31T03:30:00)", timezone="Europe/Vilnius")

    assert runs(made) == ["2027-10-31T03:30+03:00"]


def test_what_was_over_before_the_trigger_was_made_does_not_run() -> None:
    assert schedule(schedule="at(2026-11-22T09:59:59)").next_ms(0) is None
    assert schedule(schedule="cron(0 9 * * ? 2025)").next_ms(0) is None
    assert schedule(schedule="rate(1 hour)", end="2026-11-22T09:00:00Z").next_ms(0) is None


# --- CodeMash's repeats ------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "interval", "expression", "expected"),
    [
        ("None", 1, "at(2026-10-20T08:30:00)", ["2026-10-20T08:30+03:00"]),
        ("Minutely", 1, "rate(1 minute)", ["2026-10-20T08:30+03:00", "2026-10-20T08:31+03:00"]),
        ("Minutely", 20, "rate(20 minutes)", ["2026-10-20T08:30+03:00", "2026-10-20T08:50+03:00"]),
        ("Hourly", 6, "rate(6 hours)", ["2026-10-20T08:30+03:00", "2026-10-20T14:30+03:00"]),
        ("Daily", 1, "cron(30 8 * * ? *)", ["2026-10-20T08:30+03:00", "2026-10-21T08:30+03:00"]),
        ("Daily", 6, "rate(6 days)", ["2026-10-20T08:30+03:00", "2026-10-26T07:30+02:00"]),
        ("Weekly", 1, "cron(30 8 ? * 3 *)", ["2026-10-20T08:30+03:00", "2026-10-27T08:30+02:00"]),
        ("Weekly", 2, "rate(14 days)", ["2026-10-20T08:30+03:00", "2026-11-03T07:30+02:00"]),
        ("Monthly", 1, "cron(30 8 20 1/1 ? *)",
         ["2026-10-20T08:30+03:00", "2026-11-20T08:30+02:00"]),
        ("Monthly", 4, "cron(30 8 20 2/4 ? *)",
         ["2026-10-20T08:30+03:00", "2027-02-20T08:30+02:00", "2027-06-20T08:30+03:00"]),
        ("Monthly", 12, "cron(30 8 20 10/12 ? *)",
         ["2026-10-20T08:30+03:00", "2027-10-20T08:30+03:00"]),
        ("Yearly", 1, "cron(30 8 20 10 ? 2026/1)",
         ["2026-10-20T08:30+03:00", "2027-10-20T08:30+03:00"]),
        ("Yearly", 3, "cron(30 8 20 10 ? 2026/3)",
         ["2026-10-20T08:30+03:00", "2029-10-20T08:30+03:00"]),
    ],
)  # fmt: skip
def test_a_repeat_is_an_expression(
    kind: str, interval: int, expression: str, expected: list[str]
) -> None:
    made = schedule(
        repeat={"type": kind, "interval": interval},
        timezone="Europe/Vilnius",
        start="2026-10-20T05:30:00Z",
    )

    assert made.expression == expression
    assert runs(made, "2026-10-01T00:00:00Z", len(expected)) == expected


def test_an_interval_is_1_where_none_is_given() -> None:
    made = schedule(repeat={"type": "Hourly"}, start=CREATED)

    assert made.expression == "rate(1 hour)"


@pytest.mark.parametrize(
    ("kind", "start", "expected"),
    [
        ("Monthly", "2027-01-31T08:00:00Z", ["2027-01-31", "2027-03-31", "2027-05-31"]),
        ("Yearly", "2028-02-29T08:00:00Z", ["2028-02-29", "2032-02-29", "2036-02-29"]),
    ],
)
def test_what_has_no_such_day_is_left_out(kind: str, start: str, expected: list[str]) -> None:
    made = schedule(repeat={"type": kind, "interval": 1}, start=start)

    assert [run[:10] for run in runs(made, count=3)] == expected


@pytest.mark.parametrize("kind", [kind for kind in REPEAT_TYPES if kind.endswith("ly")])
def test_no_repeat_runs_before_its_start_or_a_minute_after_it(kind: str) -> None:
    start_ms = ms("2026-12-31T23:59:30Z")

    made = schedule(repeat={"type": kind, "interval": 1}, start="2026-12-31T23:59:30.5Z")

    first_ms = made.next_ms(0)
    assert first_ms is not None
    assert start_ms <= first_ms < start_ms + 60_000


# --- What is wrong -----------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", UNREADABLE),
        ("0 9 * * ? *", UNREADABLE),
        ("cron 0 9 * * ? *", UNREADABLE),
        ("cron(0 9 * * ? *", UNREADABLE),
        (" cron(0 9 * * ? *)", UNREADABLE),
        ("cron(0 9 * * ? *)\n", UNREADABLE),
        ("cron(0\t9 * * ? *)", UNREADABLE),
        ("cron(\u0660 9 * * ? *)", UNREADABLE),
        ("cron(\ud800 9 * * ? *)", UNREADABLE),
        ("CRON(0 9 * * ? *)", UNREADABLE),
        ("every(5 minutes)", UNREADABLE),
        ("cron(cron(0 9 * * ? *))", "minute: cannot read 'CRON(0'"),
        (f"cron({'(' * 9} 9 * * ? *)", "minute: cannot read '((((((((('"),
        ("cron(*/0 * * * ? *)", "minute: a step is 1 to 59"),
        ("rate(0 minutes)", A_RATE),
        ("rate(-1 minutes)", A_RATE),
        ("rate(05 minutes)", A_RATE),
        ("rate(1.5 hours)", A_RATE),
        ("rate(100000 minutes)", A_RATE),
        (f"rate({'9' * 200} minutes)", A_RATE),
        ("rate(5 weeks)", A_RATE),
        ("rate(5minutes)", A_RATE),
        ("rate(5)", A_RATE),
        ("at(2026-12-01)", A_TIME),
        ("at(2026-12-01T09:00)", A_TIME),
        ("at(2026-12-01T09:00:00Z)", A_TIME),
        ("at(2026-02-30T09:00:00)", A_TIME),
        ("at(2026-12-01T25:00:00)", A_TIME),
        ("at(1969-12-01T09:00:00)", A_TIME),
        ("at(2200-01-01T00:00:00)", A_TIME),
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_read_is_reported_with_why(
    expression: str, message: str
) -> None:
    assert violations(schedule=expression) == [
        Violation(("schedule",), "error", None, expression, message)
    ]


@pytest.mark.parametrize(
    ("document", "violation"),
    [
        ({}, Violation(("schedule",), "required", None, "schedule")),
        ({"schedule": None}, Violation(("schedule",), "type", "string", None)),
        ({"schedule": [DAILY]}, Violation(("schedule",), "type", "string", [DAILY])),
        ({"schedule": "x" * 1_000_000},
         Violation(("schedule",), "maxLength", SCHEDULE_CHARACTERS, "x" * 1_000_000)),
        ({"schedule": DAILY, "repeat": {"type": "Daily"}},
         Violation(("repeat",), "error", None, {"type": "Daily"}, "Either schedule or repeat")),
        ({"repeat": {"type": "Daily"}}, Violation(("start",), "required", None, "start")),
        ({"repeat": "Daily", "start": CREATED}, Violation(("repeat",), "type", "object", "Daily")),
        ({"repeat": {}, "start": CREATED},
         Violation(("repeat", "type"), "required", None, "type")),
        ({"repeat": {"type": "daily"}, "start": CREATED},
         Violation(("repeat", "type"), "enum", list(REPEAT_TYPES), "daily")),
        ({"repeat": {"type": None}, "start": CREATED},
         Violation(("repeat", "type"), "enum", list(REPEAT_TYPES), None)),
        ({"repeat": {"type": "Daily", "every": 2}, "start": CREATED},
         Violation(("repeat", "every"), "additionalProperties", None, "every")),
        ({"repeat": {"type": "Daily", "interval": 0}, "start": CREATED},
         Violation(("repeat", "interval"), "minimum", 1, 0)),
        ({"repeat": {"type": "Daily", "interval": 10**30}, "start": CREATED},
         Violation(("repeat", "interval"), "maximum", REPEAT_INTERVAL_MAX, 10**30)),
        ({"repeat": {"type": "Monthly", "interval": True}, "start": CREATED},
         Violation(("repeat", "interval"), "type", "integer", True)),
        ({"repeat": {"type": "Monthly", "interval": 5}, "start": CREATED},
         Violation(("repeat", "interval"), "error", None, 5,
                 "Must divide the months of a year: 1, 2, 3, 4, 6 or 12")),
        ({"repeat": {"type": "Monthly", "interval": 24}, "start": CREATED},
         Violation(("repeat", "interval"), "error", None, 24,
                 "Must divide the months of a year: 1, 2, 3, 4, 6 or 12")),
        ({"schedule": DAILY, "timezone": 2}, Violation(("timezone",), "type", "string", 2)),
        ({"schedule": DAILY, "timezone": "X" * 51},
         Violation(("timezone",), "maxLength", TIMEZONE_CHARACTERS, "X" * 51)),
        ({"schedule": DAILY, "start": 1_795_338_000},
         Violation(("start",), "type", "string", 1_795_338_000)),
        ({"schedule": DAILY, "flexible_minutes": 0},
         Violation(("flexible_minutes",), "minimum", 1, 0)),
        ({"schedule": DAILY, "flexible_minutes": 1_441},
         Violation(("flexible_minutes",), "maximum", FLEXIBLE_MINUTES_MAX, 1_441)),
        ({"schedule": DAILY, "flexible_minutes": "15"},
         Violation(("flexible_minutes",), "type", "integer", "15")),
        ({"schedule": DAILY, "start": "2026-12-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
         Violation(("end",), "error", None, "2026-12-01T00:00:00Z", "Must be after start")),
        ({"schedule": DAILY, "timezone": "Europe/Vilnius",
          "start": "2026-12-01T00:00:00", "end": "2026-11-30T21:59:59Z"},
         Violation(("end",), "error", None, "2026-11-30T21:59:59Z", "Must be after start")),
    ],
    ids=lambda value: "" if isinstance(value, dict) else f"{value.path} {value.rule}",
)  # fmt: skip
def test_a_broken_rule_is_reported_with_its_place(
    document: dict[str, JsonValue], violation: Violation
) -> None:
    assert violations(**document) == [violation]


@pytest.mark.parametrize(
    "name",
    [
        "", "Europe/Atlantis", "Europe", "Europe/", "/Europe/Vilnius", "Europe//Vilnius",
        "../Europe/Vilnius", "Europe/../Europe/Vilnius", "/etc/localtime", "localtime",
        "posix/Europe/Vilnius", "right/Europe/Vilnius", "posixrules", "zone.tab", "utc",
        "Europe/Vilnius\n", "Europe\\Vilnius", "Europe/Vilni\u016bs", "UTC\0", "\ud800",
        "+02:00", "UTC+2",
    ],
)  # fmt: skip
def test_what_is_no_name_of_a_zone_is_refused(name: str) -> None:
    assert violations(schedule=DAILY, timezone=name) == [
        Violation(("timezone",), "error", None, name, A_ZONE)
    ]


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/Vilnius", "America/Argentina/Buenos_Aires", "America/Port-au-Prince",
     "Etc/GMT+5", "EST5EDT", "GB-Eire", "Antarctica/DumontDUrville"],
)  # fmt: skip
def test_names_of_zones_come_in_many_forms(name: str) -> None:
    assert violations(schedule=DAILY, timezone=name) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01T09:00", "2026-12-01T07:00:00Z"),
        ("2026-12-01T09:00:00", "2026-12-01T07:00:00Z"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
        ("2026-12-01T09:00:00.999Z", "2026-12-01T09:00:00Z"),
        ("2026-12-01T09:00:00.123456789Z", "2026-12-01T09:00:00Z"),
        ("2026-12-01T09:00:00-05:30", "2026-12-01T14:30:00Z"),
        ("1970-01-01T00:00:00+14:00", "1969-12-31T10:00:00Z"),
        ("2199-12-31T12:00:00", "2199-12-31T10:00:00Z"),
    ],
)
def test_a_time_is_local_unless_it_has_an_offset(text: str, expected: str) -> None:
    made = schedule(schedule="rate(1 day)", timezone="Europe/Vilnius", start=text)

    assert made.start_ms == ms(expected)


@pytest.mark.parametrize("key", ["start", "end"])
@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2026-12-01", "20261201T090000", "2026-W49-2", "2026-12-01 09:00:00",
        "2026-12-01T09", "2026-12-01T09:00:00+02", "2026-12-01T09:00:00z", "2026-13-01T09:00:00Z",
        "2026-02-29T09:00:00Z", "2026-12-01T09:00:60Z", "2026-12-01T09:00:00+25:00",
        "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "2026-12-01T09:00:00Z\n", "\u0662026-12-01T09:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(key: str, text: str) -> None:
    expected = Violation((key,), "error", None, text, AN_ISO_TIME)

    assert violations(schedule=DAILY, **{key: text}) == [expected]


SKIPPED = "Never runs: clocks in Europe/Vilnius skip that time"
OUTSIDE = "Never runs: all its runs are before start, or after end"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"schedule": "cron(0 9 31 2 ? *)"}, "Never runs"),
        ({"schedule": "cron(0 9 29 2 ? 2027/2)"}, "Never runs"),
        ({"schedule": "cron(0 9 * * ? 2025)", "start": "2026-01-01T00:00:00Z"}, OUTSIDE),
        ({"schedule": "cron(0 9 1 1 ? *)", "start": "2026-02-01T00:00:00Z",
         "end": "2026-12-31T00:00:00Z"}, OUTSIDE),
        ({"schedule": "cron(30 3 29 3 ? 2026)", "timezone": "Europe/Vilnius"}, SKIPPED),
        ({"schedule": "cron(* 3 ? 3 1L 2003-2199)", "timezone": "Europe/Vilnius"}, SKIPPED),
        ({"schedule": "at(2026-03-29T03:30:00)", "timezone": "Europe/Vilnius"}, SKIPPED),
        ({"schedule": "at(2026-03-29T03:30:00)", "timezone": "Europe/Vilnius",
         "start": "2026-03-29T02:00:00", "end": "2026-03-29T05:00:00"}, SKIPPED),
        ({"schedule": "at(2026-03-08T02:00:00)", "timezone": "America/New_York"},
         "Never runs: clocks in America/New_York skip that time"),
        ({"schedule": "at(2026-10-04T02:15:00)", "timezone": "Australia/Lord_Howe"},
         "Never runs: clocks in Australia/Lord_Howe skip that time"),
        ({"schedule": "at(2026-09-06T00:00:00)", "timezone": "America/Santiago"},
         "Never runs: clocks in America/Santiago skip that time"),
        ({"schedule": "at(2026-03-29T02:30:00)", "timezone": "Europe/Vilnius",
         "start": "2026-04-01T00:00:00"}, OUTSIDE),
        ({"schedule": "at(2026-12-01T09:00:00)", "start": "2026-12-01T09:00:01Z"}, OUTSIDE),
        ({"schedule": "at(2026-12-01T09:00:00)", "end": "2026-12-01T08:59:59Z"}, OUTSIDE),
    ],
)  # fmt: skip
def test_a_schedule_that_can_never_run_is_refused_and_says_why(
    document: dict[str, JsonValue], message: str
) -> None:
    assert violations(**document) == [
        Violation(("schedule",), "error", None, document["schedule"], message)
    ]


def test_a_repeat_that_can_never_run_is_refused() -> None:
    repeat: JsonValue = {"type": "Daily", "interval": 1}

    found = violations(repeat=repeat, start="2026-12-01T09:00:30Z", end="2026-12-01T09:00:59Z")

    assert found == [Violation(("repeat",), "error", None, repeat, OUTSIDE)]


def test_every_problem_is_reported() -> None:
    found = violations(schedule="x", timezone="x", start="x", end=None, flexible_minutes=0)

    assert [(violation.path, violation.rule) for violation in found] == [
        (("schedule",), "error"),
        (("timezone",), "error"),
        (("start",), "error"),
        (("end",), "type"),
        (("flexible_minutes",), "minimum"),
    ]


def test_other_keys_are_not_looked_at() -> None:
    assert violations(schedule=DAILY, name=5, type=None, qualifier=[], custom={"start": 1}) == []


def test_runs_end_with_the_years_of_a_cron() -> None:
    made = schedule(schedule=DAILY)

    assert made.next_ms(ms("2199-12-31T08:59:59Z")) == ms("2199-12-31T09:00:00Z")
    assert made.next_ms(ms("2199-12-31T09:00:00Z")) is None


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("None", "1970-01-01T00:00:00+14:00"),
        ("Yearly", "1970-01-01T00:00:00+14:00"),
        ("None", "2199-12-31T23:59:59-12:00"),
        ("Yearly", "2199-12-31T23:59:59-12:00"),
        ("Yearly", "2199-12-31T23:59:30"),
    ],
)
def test_a_start_that_its_zone_moves_out_of_all_years_is_a_problem(kind: str, start: str) -> None:
    [violation] = violations(repeat={"type": kind}, start=start)

    assert violation.path == ("start",)
