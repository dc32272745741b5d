"""The contract of ``DailyCountRepository``."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.limits import DAILY_COUNTS_DAYS
from isolambda_core.ports.executions import DailyCountRepository
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.stores import Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "e" * 32, "f" * 32
BEFORE_ALL, AFTER_ALL = "!", "~"


@pytest.fixture
def counts(store: Store) -> DailyCountRepository:
    return store.daily_counts


@pytest.fixture
def sqlite_store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as store:
        yield store


def count(
    day: str = "2026-11-30", function_id: str = FUNCTION, account_id: str = ACCOUNT, **more: int
) -> DailyCount:
    numbers = {"executions": 2, "failures": 1, "cpu_us": 3_500, **more}
    return DailyCount(account_id, day, function_id, **numbers)


def whole(counts: DailyCountRepository, account_id: str = ACCOUNT) -> list[DailyCount]:
    return list(counts.iterate(account_id, AFTER_ALL, at_once=2))


def test_what_is_added_is_there_and_the_next_is_added_to_it(counts: DailyCountRepository) -> None:
    assert counts.add([count()]) == 1
    assert whole(counts) == [count()]

    counts.add([count(executions=1, failures=0, cpu_us=2**40)])

    assert whole(counts) == [count(executions=3, failures=1, cpu_us=2**40 + 3_500)]


def test_days_functions_and_accounts_are_counted_apart(counts: DailyCountRepository) -> None:
    apart = [
        count(),
        count("2026-12-01"),
        count(function_id=OTHER_FUNCTION),
        count(account_id=OTHER_ACCOUNT, executions=9),
    ]

    assert counts.add(apart) == len(apart)

    assert whole(counts) == [apart[1], apart[2], apart[0]]
    assert whole(counts, OTHER_ACCOUNT) == [apart[3]]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("at_once", [1, 3, 500])
def test_counts_come_in_the_order_of_days_and_functions(
    counts: DailyCountRepository, at_once: int, *, descending: bool
) -> None:
    days = ("2025-12-31", "2026-01-01", "2026-01-02")
    kept = [count(day, function_id) for day in days for function_id in (FUNCTION, OTHER_FUNCTION)]
    counts.add(kept[::2])
    counts.add(kept[1::2])

    def found(after: str) -> list[DailyCount]:
        return list(counts.iterate(ACCOUNT, after, descending=descending, at_once=at_once))

    in_order = kept[::-1] if descending else kept
    assert found(AFTER_ALL if descending else BEFORE_ALL) == in_order
    assert found(in_order[2].id) == in_order[3:]
    assert found("2026-01-01") == (kept[1::-1] if descending else kept[2:])
    assert found("2026-01-01~") == (kept[3::-1] if descending else kept[4:])


def test_some_are_found_by_their_ids(counts: DailyCountRepository) -> None:
    kept = [count("2026-01-01"), count("2026-01-03"), count("2026-01-04")]
    counts.add([*kept, count("2026-01-02", account_id=OTHER_ACCOUNT)])
    ids = [count(f"2026-01-0{day}").id for day in (4, 2, 1)]

    assert counts.find(ACCOUNT, ids) == [kept[2], kept[0]]
    assert counts.find(ACCOUNT, [count().id]) == []


def test_an_account_without_counts_has_none(counts: DailyCountRepository) -> None:
    counts.add([count(account_id=OTHER_ACCOUNT)])

    assert whole(counts) == []


@pytest.mark.parametrize("two_of_one_store", ["sqlite-file"], indirect=True)
def test_two_processes_add_to_the_same_counts(two_of_one_store: tuple[Store, Store]) -> None:
    stores = two_of_one_store * 5

    with ThreadPoolExecutor(len(stores)) as pool:
        added = list(pool.map(lambda store: store.daily_counts.add([count()]), stores))

    assert added == [1] * len(stores)
    assert whole(stores[0].daily_counts) == [count(executions=20, failures=10, cpu_us=35_000)]


def test_sqlite_forgets_days_that_are_over_for_long(sqlite_store: SqliteStore) -> None:
    counts = sqlite_store.daily_counts
    counts.add([count("2026-01-01"), count("2026-01-02"), count("2026-01-03")])

    counts.add([count("2026-04-02", account_id=OTHER_ACCOUNT)])

    assert DAILY_COUNTS_DAYS == 90
    assert [each.day for each in whole(counts)] == ["2026-01-03", "2026-01-02"]


def test_sqlite_forgets_a_bounded_number_at_a_time(sqlite_store: SqliteStore) -> None:
    counts = sqlite_store.daily_counts
    counts.add([count(function_id=f"{number:032x}") for number in range(1_500)])

    counts.add([count("2027-11-30", account_id=OTHER_ACCOUNT)])
    after_one = len(whole(counts))
    counts.add([count("2027-11-30", account_id=OTHER_ACCOUNT)])

    assert (after_one, len(whole(counts))) == (500, 0)


def test_dynamodb_gets_the_time_when_a_count_may_go(
    moto_client: "DynamoDBClient", moto_table: str
) -> None:
    dynamodb.open_store(moto_table, moto_client).daily_counts.add([count("1970-01-01")])

    [item] = moto_client.scan(TableName=moto_table)["Items"]
    assert item["expires_at"] == {"N": str((1 + DAILY_COUNTS_DAYS) * 86_400)}
