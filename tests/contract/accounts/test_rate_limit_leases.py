"""Environments take tokens of one bucket for several requests at once, within a stated bound."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.dynamodb import rate_limit_leases
from isolambda_core.adapters.dynamodb.rate_limit_leases import LeasedRateLimitRepository
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.limits import (
    RATE_LIMIT_LEASE_MS,
    RATE_LIMIT_LEASE_TOKENS,
)
from isolambda_core.ports.accounts import RateLimitRepository

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

NOW_MS = 1_800_000_000_000
SIZE = RateLimit(tokens=100, per_second=10)
BUCKET = "203.0.113.7#" + "a" * 32


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment of the API; the time is milliseconds after ``NOW_MS``."""

    rate_limits: RateLimitRepository

    def ask(self, at_ms: int = 0, cost: int = 1, bucket: str = BUCKET) -> int | None:
        """Take tokens, and return those that remain; None for too few."""
        taken = self.rate_limits.take(bucket, SIZE, cost, NOW_MS + at_ms)
        return taken.remaining if taken.retry_after_s is None else None

    def is_granted(self, at_ms: int = 0) -> bool:
        return self.ask(at_ms) is not None


@pytest.fixture
def environment(moto_client: "DynamoDBClient", moto_table: str) -> Callable[[], Environment]:
    """Return a maker of environments that share the table."""

    def make() -> Environment:
        exact = dynamodb.open_store(moto_table, moto_client).rate_limits
        return Environment(LeasedRateLimitRepository(exact))

    return make


@pytest.fixture
def written(moto_client: "DynamoDBClient") -> list[str]:
    """The writes that were made."""
    made: list[str] = []

    def note(model: Any, **_: object) -> None:
        made.append(model.name)

    moto_client.meta.events.register("provide-client-params.dynamodb", note)
    return made


Make = Callable[[], Environment]


def test_what_remains_is_never_more_than_a_full_bucket_leaves(environment: Make) -> None:
    one = environment()
    one.ask()

    assert one.ask(at_ms=RATE_LIMIT_LEASE_MS - 1) == 99


def test_ten_requests_of_a_client_write_once(environment: Make, written: list[str]) -> None:
    one = environment()

    left = [one.ask(at_ms=n) for n in range(RATE_LIMIT_LEASE_TOKENS)]

    assert left == list(range(99, 89, -1))
    assert written == ["UpdateItem"]
    one.ask()
    assert len(written) == 2


def test_tokens_are_taken_one_by_one_when_the_bucket_is_half_empty(
    environment: Make, written: list[str]
) -> None:
    one = environment()
    for _ in range(50):
        assert one.is_granted()
    assert len(written) == 5

    assert [one.ask() for _ in range(50)] == list(range(49, -1, -1))
    assert len(written) == 55
    assert not one.is_granted()


def test_a_cost_beyond_a_lease_is_taken_as_it_is(environment: Make) -> None:
    one = environment()

    assert one.ask(cost=35) == 65
    assert one.ask(cost=35) == 30
    assert one.ask(cost=35) is None
    assert one.ask(cost=30) == 0


def test_what_is_kept_counts_towards_a_larger_cost(environment: Make) -> None:
    one = environment()
    one.ask()

    assert one.ask(cost=35) == 64


def test_what_was_not_used_in_time_is_lost(environment: Make, written: list[str]) -> None:
    one = environment()
    one.ask()
    one.ask(at_ms=RATE_LIMIT_LEASE_MS - 1)
    assert len(written) == 1

    one.ask(at_ms=RATE_LIMIT_LEASE_MS)

    assert len(written) == 2


def test_environments_never_get_the_same_token(environment: Make) -> None:
    every = [environment() for _ in range(7)]

    granted = sum(one.is_granted() for _ in range(30) for one in every)

    assert granted == SIZE.tokens


def test_environments_that_kept_tokens_give_at_most_those_of_five_seconds_more(
    environment: Make,
) -> None:
    every = [environment() for _ in range(20)]
    for one in every:
        one.is_granted()
    at_ms = RATE_LIMIT_LEASE_MS - 1

    granted = sum(one.is_granted(at_ms) for _ in range(30) for one in every)

    more = SIZE.per_second * RATE_LIMIT_LEASE_MS // 1000
    assert SIZE.tokens < granted <= SIZE.tokens + more


@pytest.mark.parametrize("environments", [1, 3, 20])
def test_a_client_that_asks_as_fast_as_tokens_come_back_never_waits(
    environment: Make, environments: int
) -> None:
    every = [environment() for _ in range(environments)]
    every_ms = 1000 // SIZE.per_second

    for n in range(600):
        assert every[n % environments].is_granted(at_ms=n * every_ms)


def test_a_clock_that_goes_back_keeps_no_tokens(environment: Make, written: list[str]) -> None:
    one = environment()
    one.ask(at_ms=1_000)

    assert one.ask() == 79  # a second before, ten tokens more are missing
    assert len(written) == 2


def test_an_environment_keeps_tokens_of_so_many_buckets(
    environment: Make, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit_leases, "RATE_LIMIT_LEASES", 20)
    one = environment()
    for number in range(20 + 1):
        one.ask(bucket=f"-#{number:032x}")
    written.clear()

    one.ask(bucket=f"-#{1:032x}")
    assert written == []
    one.ask(bucket=f"-#{0:032x}")
    assert written != []
