"""The contract of ``RecordRepository`` on all records of an account, and of what follows them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from isolambda_core.domain.executions.errors import ExecutionNotFoundError, UnknownCursorError
from isolambda_core.domain.executions.execution import ExecutionResult, LogLine, Outcome
from isolambda_core.domain.executions.positions import (
    AFTER_ALL,
    BEFORE_ALL,
    PositionedRecord,
)
from isolambda_core.domain.executions.records import (
    Callback,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.limits import RECORD_S
from isolambda_core.ports.executions import RecordRepository
from tests.support.clocks import SetClock
from tests.support.following import Follower

Make = Callable[..., ExecutionRecord]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
OK = ExecutionResult("1" * 32, Outcome.OK, result=b"1")
FAILED = ExecutionResult("1" * 32, Outcome.EXCEPTION)
SECOND_MS = 1_000

TEXTS = {
    "nothing": "",
    "zero": "\x00",
    "before all": BEFORE_ALL,
    "after all": AFTER_ALL,
    "beyond the others": "\U0001f600" * 16,
    "no position": "0" * 64,
}
FORGED = {
    "nothing": "",
    "after all": AFTER_ALL,
    "no number": "x" * 13 + "~",
    "a number alone": "0" * 13,
    "too many digits": "0" * 14 + "~",
    "digits of others": "\u0661" * 13 + "~",
    "no id": "0" * 13 + "#" + "g" * 32,
    "an end of a line": "0" * 13 + "~\n",
    "far ahead": "9" * 13 + "~",
}


@pytest.fixture
def follower(records: RecordRepository, clock: SetClock) -> Follower:
    return Follower(records, clock)


@dataclass
class Writer:
    """Writes records as executions do, each write a moment after the one before."""

    records: RecordRepository
    clock: SetClock

    def ask(self, record: ExecutionRecord) -> ExecutionRecord:
        self.clock.time_ms += 1
        self.records.add(record, ExecutionPayload(b"{}"))
        return record

    def replace(
        self, record: ExecutionRecord, result: ExecutionResult | None = None
    ) -> ExecutionRecord:
        self.clock.time_ms += 1
        self.records.replace(record, record.revision - 1, result)
        return record

    def end(self, record: ExecutionRecord, result: ExecutionResult = OK) -> ExecutionRecord:
        return self.replace(record.ended(result, self.clock.time_ms), result)


@pytest.fixture
def writer(records: RecordRepository, clock: SetClock) -> Writer:
    return Writer(records, clock)


def listed(records: RecordRepository, account_id: str = ACCOUNT) -> list[ExecutionRecord]:
    found = records.iterate_account(account_id, AFTER_ALL, descending=True, at_once=2)
    return [each.record for each in found]


def positioned(records: RecordRepository, record: ExecutionRecord) -> PositionedRecord:
    found = records.iterate_account(ACCOUNT, BEFORE_ALL, descending=False, at_once=9)
    return next(each for each in found if each.record.id == record.id)


def test_records_of_all_functions_of_the_account_are_listed_both_ways(
    records: RecordRepository, writer: Writer, a_record: Make
) -> None:
    asked = [
        writer.ask(a_record(number, function_id=function))
        for number, function in ((3, FUNCTION), (1, OTHER_FUNCTION), (2, FUNCTION))
    ]
    other = writer.ask(a_record(4, account_id=OTHER_ACCOUNT))

    up = records.iterate_account(ACCOUNT, BEFORE_ALL, descending=False, at_once=2)

    assert [each.record for each in up] == asked
    assert listed(records) == asked[::-1]
    assert listed(records, OTHER_ACCOUNT) == [other]
    assert listed(records, "c" * 32) == []


def test_the_end_of_an_attempt_makes_a_record_the_latest(
    records: RecordRepository, writer: Writer, a_record: Make
) -> None:
    one, other = (writer.ask(a_record(number)) for number in (1, 2))

    again = writer.replace(one.to_be_retried(FAILED), FAILED)
    assert listed(records) == [again, other]

    ended = writer.end(other)
    assert listed(records) == [ended, again]


def test_whatever_else_happens_to_a_record_leaves_it_in_its_place(
    records: RecordRepository, writer: Writer, a_record: Make
) -> None:
    record, latest = (writer.ask(a_record(number)) for number in (1, 2))
    before = positioned(records, record)

    record = writer.replace(record.begun(1))
    record = writer.replace(record.put_back())
    record = writer.replace(record.called_back(Callback("https://example.org")))
    record = writer.replace(record.redriven())
    records.add(record, ExecutionPayload(b"once more"))

    assert listed(records) == [latest, record]
    assert positioned(records, record) == PositionedRecord(before.position, record)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_is_before_or_after_a_position(
    records: RecordRepository, writer: Writer, a_record: Make, text: str
) -> None:
    record = writer.ask(a_record())

    up, down = (
        [*records.iterate_account(ACCOUNT, text, descending=descending, at_once=9)]
        for descending in (False, True)
    )

    assert [each.record for each in up + down] == [record]


def test_a_result_is_that_of_the_attempt_at_the_position(
    records: RecordRepository, writer: Writer, a_record: Make
) -> None:
    first, second = (
        ExecutionResult("1" * 32, Outcome.EXCEPTION, logs=(LogLine("log", text * 9_000, 1),))
        for text in "ab"
    )
    record = writer.ask(a_record())
    assert records.get_result(positioned(records, record)) is None

    record = writer.replace(record.to_be_retried(first), first)
    found = positioned(records, record)
    record = writer.replace(record.begun(1))
    assert records.get_result(found) == first

    record = writer.end(record, second)
    assert records.get_result(positioned(records, record)) == second
    with pytest.raises(ExecutionNotFoundError):
        records.get_result(found)


def test_the_records_of_a_function_that_is_removed_are_listed_no_more(
    records: RecordRepository, writer: Writer, a_record: Make
) -> None:
    removed, left = (
        writer.ask(a_record(number, function_id=function))
        for number, function in ((1, FUNCTION), (2, OTHER_FUNCTION))
    )
    found = positioned(records, removed)

    records.remove_all(ACCOUNT, FUNCTION)

    assert listed(records) == [left]
    with pytest.raises(ExecutionNotFoundError):
        records.get_result(found)


def test_a_position_is_never_that_of_an_earlier_write(
    records: RecordRepository, writer: Writer, a_record: Make
) -> None:
    before = positioned(records, writer.ask(a_record(1))).position
    records.remove_all(ACCOUNT, FUNCTION)

    assert positioned(records, writer.ask(a_record(2))).position > before


@pytest.mark.parametrize("cursor", FORGED.values(), ids=FORGED)
def test_a_cursor_that_no_answer_had_is_refused(
    follower: Follower, writer: Writer, a_record: Make, cursor: str
) -> None:
    writer.ask(a_record())
    follower.cursor = cursor

    with pytest.raises(UnknownCursorError):
        follower.look()


def test_the_cursor_of_another_account_shows_nothing_of_that_account(
    records: RecordRepository, writer: Writer, clock: SetClock, a_record: Make
) -> None:
    for number, account_id in enumerate((ACCOUNT, OTHER_ACCOUNT, OTHER_ACCOUNT, ACCOUNT)):
        writer.end(writer.ask(a_record(number, account_id=account_id)))
    clock.time_ms += SECOND_MS
    other = Follower(records, clock, OTHER_ACCOUNT)
    other.look()

    mine = Follower(records, clock, cursor=other.cursor)

    assert mine.look().entries == []


def test_an_attempt_is_told_once_when_it_has_ended_and_as_long_as_the_record_shows_it(
    follower: Follower, writer: Writer, clock: SetClock, a_record: Make
) -> None:
    def told() -> list[int]:
        clock.time_ms += SECOND_MS
        return [entry.record.attempts for entry in follower.look().entries]

    record = writer.ask(a_record())
    assert told() == []
    record = writer.replace(record.to_be_retried(FAILED), FAILED)
    assert told() == [1]
    record = writer.replace(record.begun(1))
    assert told() == []
    record = writer.replace(record.to_be_retried(FAILED), FAILED)
    record = writer.replace(record.begun(1))
    assert told() == [2]
    record = writer.end(writer.replace(record.to_be_retried(FAILED), FAILED))
    assert told() == [4]
    record = writer.replace(record.called_back(Callback("https://example.org")))
    writer.replace(record.redriven())
    assert told() == []


def test_an_attempt_is_told_within_a_second_by_one_who_looks_every_400_ms(
    follower: Follower, writer: Writer, clock: SetClock, a_record: Make
) -> None:
    behind = []
    for number in range(6):
        for moment in range(0, 400, 80):
            clock.time_ms += 79
            record = writer.ask(a_record(number * 400 + moment, status=Status.SUCCEEDED))
            writer.end(record)
        told = [entry.record for entry in follower.look().entries]
        behind += [clock.time_ms - (record.ended_at_ms or 0) for record in told]

    assert len(behind) >= 4 * 5
    assert max(behind) <= SECOND_MS


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_page_after_page_tells_all_and_nothing_twice(
    follower: Follower, writer: Writer, clock: SetClock, a_record: Make, limit: int
) -> None:
    ended = [writer.end(writer.ask(a_record(number))) for number in range(20)]
    clock.time_ms += SECOND_MS
    follower.limit = limit

    while follower.look().entries:
        pass

    assert follower.heard == [(record.id, 1) for record in ended]


def test_without_a_cursor_the_newest_come_and_then_what_is_behind_them(
    follower: Follower, writer: Writer, clock: SetClock, a_record: Make
) -> None:
    ended = [writer.end(writer.ask(a_record(number))) for number in range(5)]
    clock.time_ms += SECOND_MS
    follower.cursor, follower.limit = None, 3

    assert [entry.record for entry in follower.look().entries] == ended[2:]
    assert follower.look().entries == []

    last = writer.end(writer.ask(a_record(9)))
    clock.time_ms += SECOND_MS
    assert [entry.record for entry in follower.look().entries] == [last]


def test_an_expired_record_is_not_told(
    follower: Follower, writer: Writer, clock: SetClock, a_record: Make
) -> None:
    writer.end(writer.ask(a_record()))

    clock.time_ms += RECORD_S * 1_000

    assert follower.look().entries == []
