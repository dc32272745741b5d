"""The contract of ``RateLimitRepository``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.adapters.dynamodb.rate_limit_leases import LeasedRateLimitRepository
from isolambda_core.adapters.dynamodb.rate_limits import DynamoDbRateLimitRepository
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.ports.accounts import RateLimitRepository
from isolambda_local import rate_limits as local
from isolambda_local.processes import rate_limits as shared
from isolambda_local.processes.rate_limits import SharedRateLimitRepository
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.rate_limits import MemoryRateLimitRepository
from isolambda_local.sqlite import SqliteStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Take = Callable[..., tuple[int, int | None]]

NOW_MS = 1_800_000_000_000
SIZE = RateLimit(tokens=20, per_second=10)
BUCKET = "203.0.113.7#" + "a" * 32


@pytest.fixture
def exact(store: SqliteStore | DynamoDbStore) -> RateLimitRepository:
    # One machine keeps its buckets in memory, whatever it keeps functions in.
    return store.rate_limits if isinstance(store, DynamoDbStore) else MemoryRateLimitRepository()


@pytest.fixture(params=["exact", "leased", "shared"])
def rate_limits(request: pytest.FixtureRequest, exact: RateLimitRepository) -> RateLimitRepository:
    """A repository as the store has it; leased, as an environment of the API has DynamoDB's.

    Shared, as several processes of one machine have it.
    """
    if request.param == "shared" and isinstance(exact, MemoryRateLimitRepository):
        return SharedRateLimitRepository(SharedMemory(2).of_process(1))
    if request.param == "leased" and isinstance(exact, DynamoDbRateLimitRepository):
        return LeasedRateLimitRepository(exact)
    return exact


@pytest.fixture
def take(rate_limits: RateLimitRepository) -> Take:
    """Take from a bucket, and return what remains and how long to wait if it was too much."""

    def take(
        cost: int = 1, *, later_ms: int = 0, bucket: str = BUCKET, size: RateLimit = SIZE
    ) -> tuple[int, int | None]:
        taken = rate_limits.take(bucket, size, cost, NOW_MS + later_ms)
        return taken.remaining, taken.retry_after_s

    return take


@pytest.fixture
def in_dynamodb(moto_client: "DynamoDBClient", moto_table: str) -> RateLimitRepository:
    return dynamodb.open_store(moto_table, moto_client).rate_limits


def test_a_bucket_that_was_never_asked_is_full(take: Take) -> None:
    assert take(1) == (19, None)


def test_a_bucket_gives_what_it_holds_and_then_refuses(take: Take) -> None:
    assert [take(5) for _ in range(4)] == [(15, None), (10, None), (5, None), (0, None)]
    assert take(1) == (0, 1)


def test_what_was_refused_costs_nothing(take: Take) -> None:
    take(15)

    assert [take(6) for _ in range(3)] == [(5, 1)] * 3
    assert take(5) == (0, None)


def test_a_bucket_fills_while_time_passes_and_not_over_its_brim(take: Take) -> None:
    take(20)

    assert take(1, later_ms=99) == (0, 1)
    assert take(1, later_ms=100) == (0, None)
    assert take(5, later_ms=1_100) == (5, None)
    assert take(20, later_ms=3_600_000) == (0, None)
    assert take(1, later_ms=3_600_000) == (0, 1)


def test_buckets_do_not_touch_each_other(take: Take) -> None:
    take(20)

    assert take(1, bucket=BUCKET[:-1] + "b") == (19, None)
    assert take(1, bucket="-#-") == (19, None)


def test_a_cost_beyond_the_size_is_refused_whatever_there_is(take: Take) -> None:
    assert take(21) == (20, 1)
    assert take(20) == (0, None)
    assert take(21, later_ms=60_000) == (20, 1)


def test_a_bucket_may_be_made_larger_or_smaller_between(take: Take) -> None:
    take(20)

    assert take(10, size=RateLimit(100, 10)) == (70, None)
    assert take(1, size=RateLimit(10, 10)) == (0, 3)
    assert take(1, size=RateLimit(10, 10), later_ms=2_100) == (0, None)


def test_a_clock_that_lags_behind_gives_nothing_away(take: Take) -> None:
    take(20, later_ms=500)

    assert take(1) == (0, 1)
    assert take(1, later_ms=600) == (0, None)


@pytest.mark.parametrize("used", [0, 1], ids=["full", "in use"])
def test_of_many_who_take_at_once_as_many_are_granted_as_there_are_tokens(
    rate_limits: RateLimitRepository, used: int
) -> None:
    threads = 50
    start = Barrier(threads)
    if used:
        rate_limits.take(BUCKET, SIZE, used, NOW_MS)

    def take(_: int) -> int | None:
        start.wait()
        taken = rate_limits.take(BUCKET, SIZE, 1, NOW_MS)
        return taken.remaining if taken.retry_after_s is None else None

    with ThreadPoolExecutor(threads) as pool:
        remaining = [left for left in pool.map(take, range(threads)) if left is not None]

    assert sorted(remaining) == list(range(20 - used))


@pytest.mark.parametrize("later_ms", [0, 999, 1_999, -5_000])
def test_no_bucket_is_forgotten_before_it_is_full(later_ms: int) -> None:
    rate_limits = MemoryRateLimitRepository()
    rate_limits.take(BUCKET, SIZE, 20, NOW_MS)

    for number in range(10_050):
        rate_limits.take(f"{number}", SIZE, 1, NOW_MS + later_ms)

    assert rate_limits.take(BUCKET, SIZE, 20, NOW_MS + later_ms).retry_after_s is not None


def test_no_shared_bucket_gives_up_its_place_before_it_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared, "_PLACES", 64)
    rate_limits = SharedRateLimitRepository(SharedMemory(2))
    rate_limits.take(BUCKET, SIZE, 20, NOW_MS)

    for number in range(1_000):
        rate_limits.take(f"{number}", SIZE, 1, NOW_MS + 999)

    assert rate_limits.take(BUCKET, SIZE, 20, NOW_MS + 999).retry_after_s is not None
    assert rate_limits.take(BUCKET, SIZE, 20, NOW_MS + 5_000).retry_after_s is None


def test_where_others_have_all_places_a_client_shares_a_bucket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared, "_PLACES", 1)
    monkeypatch.setattr(shared, "_WINDOW", 3)
    rate_limits = SharedRateLimitRepository(SharedMemory(2))
    for bucket in ("a", "b", "c"):
        rate_limits.take(bucket, SIZE, 15, NOW_MS)

    assert rate_limits.take("d", SIZE, 15, NOW_MS).retry_after_s == 1
    assert rate_limits.take("b", SIZE, 5, NOW_MS).retry_after_s is None
    assert rate_limits.take("d", SIZE, 15, NOW_MS + 2_000).retry_after_s is None


def test_memory_forgets_the_buckets_that_are_full() -> None:
    rate_limits = MemoryRateLimitRepository()
    for bucket, cost in (("empty", 20), ("half", 10), ("quarter", 5)):
        rate_limits.take(bucket, SIZE, cost, NOW_MS)

    rate_limits.take(BUCKET, SIZE, 1, NOW_MS + 1_000)

    assert rate_limits._full_at_us.keys() == {"empty", BUCKET}


def test_where_too_many_buckets_are_in_use_further_ones_are_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "_BUCKETS_MAX", 3)
    rate_limits = MemoryRateLimitRepository()
    for bucket in ("a", "b", "c", "d"):
        rate_limits.take(bucket, SIZE, 15, NOW_MS)

    assert rate_limits.take("e", SIZE, 15, NOW_MS).retry_after_s == 1
    assert rate_limits.take("a", SIZE, 5, NOW_MS).retry_after_s is None
    assert len(rate_limits._full_at_us) == 4
    assert rate_limits.take("e", SIZE, 15, NOW_MS + 2_000).retry_after_s is None


def test_a_bucket_in_use_takes_dynamodb_one_write_and_a_full_one_two(
    in_dynamodb: RateLimitRepository, moto_client: "DynamoDBClient"
) -> None:
    made: list[str] = []

    def note(model: Any, **_: object) -> None:
        made.append(model.name)

    moto_client.meta.events.register("provide-client-params.dynamodb", note)

    in_dynamodb.take(BUCKET, SIZE, 1, NOW_MS)
    new = len(made)
    in_dynamodb.take(BUCKET, SIZE, 1, NOW_MS)
    in_use = len(made) - new
    in_dynamodb.take(BUCKET, SIZE, 19, NOW_MS)
    refused = len(made) - new - in_use
    in_dynamodb.take(BUCKET, SIZE, 1, NOW_MS + 60_000)

    assert set(made) == {"UpdateItem"}
    assert (new, in_use, refused, len(made)) == (2, 1, 1, 6)


def test_a_bucket_in_dynamodb_expires_once_it_must_be_full(
    in_dynamodb: RateLimitRepository, moto_client: "DynamoDBClient", moto_table: str
) -> None:
    for _ in range(2):
        in_dynamodb.take(BUCKET, SIZE, 10, NOW_MS)

        [item] = moto_client.scan(TableName=moto_table)["Items"]
        assert item["expires_at"] == {"N": str(NOW_MS // 1000 + 3)}


def test_a_bucket_that_others_keep_winning_in_dynamodb_is_given_up(
    in_dynamodb: RateLimitRepository, moto_client: "DynamoDBClient"
) -> None:
    with Stubber(moto_client) as stub:
        for _ in range(6):
            stub.add_client_error("update_item", "ConditionalCheckFailedException")

        with pytest.raises(StoreUnavailableError):
            in_dynamodb.take(BUCKET, SIZE, 1, NOW_MS)

        stub.assert_no_pending_responses()


def test_what_dynamodb_refuses_makes_the_store_unavailable(
    in_dynamodb: RateLimitRepository, moto_client: "DynamoDBClient"
) -> None:
    with Stubber(moto_client) as stub:
        stub.add_client_error("update_item", "ThrottlingException")

        with pytest.raises(StoreUnavailableError):
            in_dynamodb.take(BUCKET, SIZE, 1, NOW_MS)


def test_an_answer_of_dynamodb_that_was_lost_charges_twice_at_worst(
    in_dynamodb: RateLimitRepository, moto_client: "DynamoDBClient"
) -> None:
    in_dynamodb.take(BUCKET, SIZE, 1, NOW_MS)

    def send_again(attempts: int, **_: object) -> Any:
        return 0 if attempts == 1 else None

    moto_client.meta.events.register_first("needs-retry.dynamodb.UpdateItem", send_again)

    assert in_dynamodb.take(BUCKET, SIZE, 5, NOW_MS).remaining == 9
