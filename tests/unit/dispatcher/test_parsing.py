"""Any event is read, or refused as none."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_dispatcher.parsing import (
    UnknownEventError,
    iso,
    unix_ms,
)
from isolambda_dispatcher.sources import (
    bucket,
    event,
    queue,
    stream,
    topic,
)
from tests.support.recorded import recorded

Read = Callable[[Any], TriggerEvent]

READERS: dict[str, Read] = {
    "sqs": queue.read,
    "sqs_fifo": queue.read,
    "dynamodb_stream": stream.read,
    "kinesis_stream": stream.read,
    "sns": topic.read,
    "eventbridge_custom": event.read,
    "s3_object_created": bucket.read,
    "s3_object_deleted": bucket.read,
}
JUNK: tuple[Any, ...] = (None, True, -1, 1e300, "", "hunter2", [], ["hunter2"], {}, {"hunter2": 1})


def items(name: str) -> list[Any]:
    event = recorded(name)
    return list(event["Records"]) if "Records" in event else [event]


def spoilt(value: Any) -> Iterator[Any]:
    """Yield a value with one part after the other gone, or something else in its place."""
    yield from JUNK
    if isinstance(value, dict):
        for key, part in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            yield from ({**value, key: junk} for junk in spoilt(part))
    if isinstance(value, list):
        for at, part in enumerate(value):
            yield from ([*value[:at], junk, *value[at + 1 :]] for junk in spoilt(part))


@pytest.mark.parametrize("name", READERS)
def test_a_spoilt_event_is_read_or_refused_as_none(name: str) -> None:
    read, refused = READERS[name], list[UnknownEventError]()
    for item in items(name):
        for junk in spoilt(item):
            try:
                trigger_event = read(deepcopy(junk))
            except UnknownEventError as error:
                refused.append(error)
            else:
                assert isinstance(json.loads(trigger_event.payload), dict)
                assert isinstance(trigger_event.event_id, str)
                assert isinstance(trigger_event.at_ms, int)
    assert len(refused) > len(JUNK)
    assert "hunter2" not in " ".join(map(str, refused))
    assert all(error.__suppress_context__ for error in refused)


@pytest.mark.parametrize("name", READERS)
def test_an_event_is_read_the_same_each_time(name: str) -> None:
    for item in items(name):
        assert READERS[name](deepcopy(item)) == READERS[name](deepcopy(item))


@pytest.mark.parametrize("name", ["s3_object_created", "s3_object_deleted"])
@pytest.mark.parametrize(
    "key",
    ["a+b", "a%2Bb", "%", " a  b ", "a\"b'c", "a\nb\r\n", "e\u0301", "\u00e9", "a/+ %/b", "a\\b"],
    ids=ascii,
)
def test_a_key_of_an_object_is_reported_as_it_is(name: str, key: str) -> None:
    event = recorded(name)
    event["detail"]["object"]["key"] = key

    assert json.loads(READERS[name](event).payload)["key"] == key


@pytest.mark.parametrize(
    ("at_ms", "time"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_796_115_600_000, "2026-12-01T09:00:00Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_written_and_read(at_ms: int, time: str) -> None:
    assert iso(at_ms) == time
    assert unix_ms(time) == at_ms


def test_a_time_of_another_offset_is_the_same_time() -> None:
    assert unix_ms("2026-12-01T11:00:00+02:00") == unix_ms("2026-12-01T09:00:00.000Z")


@pytest.mark.parametrize("time", ["2026-12-01T09:00:00", "", "now", None, 5, "\ud800"])
def test_what_is_no_instant_is_refused(time: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        unix_ms(time)
