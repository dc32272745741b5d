"""Each record is one line, with time, level and correlation id, whatever a stranger put into it."""

import json
import logging
from collections.abc import Mapping
from typing import Any, cast

import pytest

from isolambda_api.http.request_log import RequestLines
from isolambda_local.logs.formats import JsonFormatter, LineFormatter, TextFormatter

HOSTILE = "a\nb\r\x1b[2J\x00\u2028\u2029\x85\u202e\ud800\udfff\U0001f600"
AT = 1_800_000_000.123456
FORMATTERS = [TextFormatter(), JsonFormatter()]


def record_of(message: object, *arguments: object, **fields: object) -> logging.LogRecord:
    args = arguments[0] if arguments and isinstance(arguments[0], dict) else arguments
    about = {"levelname": "WARNING", "created": AT, "msg": message, "args": args, **fields}
    return logging.makeLogRecord(about)


def of_json(record: logging.LogRecord) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(JsonFormatter().format(record)))


def failing(message: str) -> Any:
    error = ValueError(message)
    return type(error), error, None


def test_a_line_of_text_has_time_level_correlation_id_message_and_fields() -> None:
    record = record_of("no room", correlation_id="r-1", limit=3, reason="a b")

    assert TextFormatter().format(record) == (
        '2027-01-15T08:00:00.123Z WARNING r-1 no room limit=3 reason="a b"'
    )


def test_a_line_of_text_repeats_no_field_that_its_message_names() -> None:
    fields = {"execution_id": "e" * 32, "attempts": 2}
    record = record_of("%(execution_id)s failed", fields, **fields)

    assert TextFormatter().format(record).endswith(f" WARNING - {'e' * 32} failed attempts=2")


def test_an_object_has_time_level_correlation_id_message_and_fields() -> None:
    record = record_of("%s is full", "it", correlation_id="r-1", limit=3, reason="a b")

    assert of_json(record) == {
        "time": "2027-01-15T08:00:00.123Z",
        "level": "WARNING",
        "correlation_id": "r-1",
        "message": "it is full",
        "limit": 3,
        "reason": "a b",
    }


def test_an_object_has_no_correlation_id_where_there_is_none() -> None:
    assert "correlation_id" not in of_json(record_of("started", correlation_id=None))


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize(
    "record",
    [
        record_of(HOSTILE),
        record_of("%s", HOSTILE),
        record_of("it", reason=HOSTILE),
        record_of("it", reason=[HOSTILE], path={HOSTILE: HOSTILE}),
        record_of("it", reason=ValueError(HOSTILE)),
    ],
)
def test_nothing_in_a_record_ends_its_line_or_moves_a_cursor(
    formatter: LineFormatter, record: logging.LogRecord
) -> None:
    line = formatter.format(record)

    assert line.isprintable()
    assert len(line.splitlines()) == 1
    line.encode()


def test_each_line_of_a_traceback_stands_behind_spaces_in_text() -> None:
    record = record_of("it failed", exc_info=failing(f"no\n2027-01-15 INFO - forged\n{HOSTILE}"))

    head, *trace = TextFormatter().format(record).split("\n")

    assert head.endswith(" WARNING - it failed")
    assert all(line.startswith("    ") and line.isprintable() for line in trace)
    assert any("forged" in line for line in trace)


def test_a_traceback_is_a_field_of_an_object() -> None:
    line = of_json(record_of("it failed", exc_info=failing("no\nforged")))

    assert line["message"] == "it failed"
    assert line["exception"].endswith("ValueError: no\nforged")


def test_half_a_surrogate_pair_is_written_as_its_number_and_a_whole_one_stays() -> None:
    line = of_json(record_of("it", half="\ud800", whole="\U0001f600"))

    assert (line["half"], line["whole"]) == ("\\ud800", "\U0001f600")


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_a_line_is_bounded(formatter: LineFormatter) -> None:
    long = "x" * 1_000_000
    record = record_of(long, reason=long, exc_info=failing(long))

    assert len(formatter.format(record)) < 60_000


@pytest.mark.parametrize("name", ["time", "level", "message"])
def test_no_field_takes_the_place_of_what_each_line_has(name: str) -> None:
    record = record_of("it")
    before = of_json(record)
    vars(record)[name] = "forged"

    assert of_json(record)[name] == before[name]


def lines_of(formatter: LineFormatter) -> list[str]:
    requests = RequestLines(
        ("POST", "/a/{b}", 200, 5.0, 5.0 + number / 10_000, f"r-{number}") for number in range(3)
    )
    return formatter.format(record_of(requests, levelname="INFO")).split("\n")


def test_requests_that_end_together_are_a_line_of_text_each() -> None:
    for number, line in enumerate(lines_of(TextFormatter())):
        time, rest = line.split(" ", 1)
        assert time.endswith("Z")
        assert rest == f"INFO r-{number} POST /a/{{b}} 200 {number / 10} ms"


def test_requests_that_end_together_are_an_object_each() -> None:
    for number, line in enumerate(lines_of(JsonFormatter())):
        request: Mapping[str, Any] = json.loads(line)
        assert {name: value for name, value in request.items() if name != "time"} == {
            "level": "INFO",
            "correlation_id": f"r-{number}",
            "message": f"POST /a/{{b}} 200 {number / 10} ms",
            "method": "POST",
            "route": "/a/{b}",
            "status": 200,
            "duration_ms": number / 10,
        }
