"""The contract of ``RecordRepository``."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.domain.execution import ExceededLimit, ExecutionError, Outcome, exceeded
from isolambda_core.domain.limits import RECORD_S, RECORD_TEXT_CHARACTERS
from isolambda_core.domain.records import Record
from isolambda_core.ports import RecordRepository
from isolambda_local import sqlite
from isolambda_local.sqlite import SqliteStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
NOW_MS = 1_800_000_000_123
LONGEST = "\U0001f600" * RECORD_TEXT_CHARACTERS
HARD_ERRORS = {
    "none": None,
    "plain": ExecutionError("TypeError", "x is not a function", "at 1:2", 1, 2),
    "empty": ExecutionError("", "", ""),
    "a limit": exceeded("wall_time_ms", 5_000, 5_003),
    "texts that no store likes": ExecutionError("\x00", "\ud800\U0001f600\udfff", "\u2028\r\n"),
    "numbers of every size": ExecutionError(
        "n", "m", "s", 0, 2**53, ExceededLimit("memory_mb", 2**63, 10**30)
    ),
    "the longest": ExecutionError(LONGEST, LONGEST, LONGEST),
}


@pytest.fixture
def sqlite_store() -> Iterator[SqliteStore]:
    with closing(sqlite.open_store(None)) as opened:
        yield opened


@pytest.fixture
def records(store: SqliteStore | DynamoDbStore) -> RecordRepository:
    return store.records


def a_record(
    number: int = 1,
    ended_at_ms: int = NOW_MS,
    *,
    account_id: str = ACCOUNT,
    function_id: str = FUNCTION,
    error: ExecutionError | None = None,
) -> Record:
    return Record(
        execution_id=f"{number:032x}",
        account_id=account_id,
        function_id=function_id,
        version="$LATEST",
        revision=7,
        ended_at_ms=ended_at_ms,
        outcome=Outcome.EXCEPTION,
        error=error,
    )


def add_all(records: RecordRepository, added: Iterable[Record]) -> None:
    for record in added:
        records.add(record)


@pytest.mark.parametrize("error", HARD_ERRORS.values(), ids=HARD_ERRORS)
def test_what_was_added_comes_back_whole(
    records: RecordRepository, error: ExecutionError | None
) -> None:
    record = a_record(error=error)

    records.add(record)

    assert records.latest(ACCOUNT, FUNCTION, 10) == [record]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_comes_back(records: RecordRepository, outcome: Outcome) -> None:
    record = replace(a_record(), outcome=outcome)

    records.add(record)

    assert records.latest(ACCOUNT, FUNCTION, 1) == [record]


def test_a_function_without_records_has_none(records: RecordRepository) -> None:
    assert list(records.latest(ACCOUNT, FUNCTION, 10)) == []


def test_the_newest_comes_first_and_of_one_moment_the_highest_id(
    records: RecordRepository,
) -> None:
    oldest, newest = a_record(9, NOW_MS - 1), a_record(1, NOW_MS + 1)
    low, high = a_record(2), a_record(3)

    add_all(records, [low, newest, oldest, high])

    assert records.latest(ACCOUNT, FUNCTION, 10) == [newest, high, low, oldest]


def test_no_more_come_than_were_asked_for(records: RecordRepository) -> None:
    made = [a_record(number, NOW_MS + number) for number in range(5)]
    add_all(records, made)

    assert records.latest(ACCOUNT, FUNCTION, 2) == [made[4], made[3]]


def test_they_go_on_behind_a_key_that_need_not_be_there(records: RecordRepository) -> None:
    made = [a_record(number, NOW_MS + number) for number in range(5)]
    add_all(records, made)

    assert records.latest(ACCOUNT, FUNCTION, 2, made[3].sort_key) == [made[2], made[1]]
    assert records.latest(ACCOUNT, FUNCTION, 9, made[1].sort_key[:-1]) == [made[0]]
    assert list(records.latest(ACCOUNT, FUNCTION, 9, made[0].sort_key)) == []


@pytest.mark.parametrize(("before", "count"), [("~", 3), ("!", 0), ("x" * 900, 3)])
def test_any_text_may_stand_for_a_key(records: RecordRepository, before: str, count: int) -> None:
    add_all(records, [a_record(number) for number in range(3)])

    assert len(records.latest(ACCOUNT, FUNCTION, 9, before)) == count


def test_records_of_others_do_not_show(records: RecordRepository) -> None:
    mine = a_record()
    add_all(
        records,
        [
            a_record(2, account_id=OTHER_ACCOUNT),
            mine,
            a_record(3, function_id=OTHER_FUNCTION),
            a_record(4, account_id=OTHER_ACCOUNT, function_id=OTHER_FUNCTION),
        ],
    )

    assert records.latest(ACCOUNT, FUNCTION, 10) == [mine]


def test_the_same_record_once_more_does_no_harm(records: RecordRepository) -> None:
    add_all(records, [a_record(), a_record()])

    assert records.latest(ACCOUNT, FUNCTION, 10) == [a_record()]


def test_records_added_at_once_are_all_kept(records: RecordRepository) -> None:
    made = [a_record(number) for number in range(40)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(records.add, made))

    assert records.latest(ACCOUNT, FUNCTION, 100) == made[::-1]


def test_dynamodb_is_told_when_a_record_may_go(
    moto_client: "DynamoDBClient", moto_table: str
) -> None:
    dynamodb.open_store(moto_table, moto_client).records.add(a_record())

    [item] = moto_client.scan(TableName=moto_table)["Items"]
    assert item["expires_at"] == {"N": str(NOW_MS // 1000 + RECORD_S)}


def test_sqlite_lets_go_of_what_expired_a_bounded_number_at_a_time(
    sqlite_store: SqliteStore,
) -> None:
    records = sqlite_store.records
    old = [a_record(number, function_id=f"{number:032x}") for number in range(150)]
    add_all(records, old)
    later = a_record(1_000, NOW_MS + RECORD_S * 1000)

    records.add(later)
    after_one = count(sqlite_store)
    records.add(replace(later, execution_id="1" * 32))

    assert after_one == 51
    assert count(sqlite_store) == 2
    assert later in records.latest(ACCOUNT, FUNCTION, 10)


def test_sqlite_keeps_what_is_a_second_short_of_expiry(sqlite_store: SqliteStore) -> None:
    add_all(sqlite_store.records, [a_record(), a_record(2, NOW_MS + (RECORD_S - 1) * 1000)])

    assert count(sqlite_store) == 2


def count(store: SqliteStore) -> int:
    with store.database.connection() as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM records").fetchall()
    return int(rows)
