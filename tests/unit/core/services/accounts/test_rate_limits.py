from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from isolambda_core.domain.accounts.errors import TooManyRequestsError
from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitCharge,
    RateLimitUsage,
)
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_local.rate_limits import MemoryRateLimitRepository
from tests.support.clocks import SetClock

ADDRESS, OTHER_ADDRESS = "203.0.113.7", "2001:db8:0:0:0:0:0:7"
ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
SIZE = RateLimit(tokens=100, per_second=10)


@dataclass
class NotingBuckets(MemoryRateLimitRepository):
    """Notes the names of the buckets that are asked for."""

    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @override
    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        self.names.append(bucket)
        return super().take(bucket, size, cost, now_ms)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def rate_limits() -> NotingBuckets:
    return NotingBuckets()


@pytest.fixture
def rates(rate_limits: NotingBuckets, clock: SetClock) -> RateLimiter:
    return RateLimiter(rate_limits, SIZE, clock)


def test_it_says_what_was_taken_and_what_is_left(rates: RateLimiter) -> None:
    assert rates.untouched == RateLimitUsage(consumed=0, remaining=100)
    assert rates.take(ADDRESS, ACCOUNT, 1) == RateLimitUsage(consumed=1, remaining=99)
    assert rates.take(ADDRESS, ACCOUNT, 35) == RateLimitUsage(consumed=35, remaining=64)


def test_an_empty_bucket_refuses_until_it_has_filled(rates: RateLimiter, clock: SetClock) -> None:
    rates.take(ADDRESS, ACCOUNT, 90)

    with pytest.raises(TooManyRequestsError) as caught:
        rates.take(ADDRESS, ACCOUNT, 35)

    assert (caught.value.remaining, caught.value.retry_after_s) == (10, 3)
    clock.time_ms += 3_000
    assert rates.take(ADDRESS, ACCOUNT, 35) == RateLimitUsage(35, 5)


def test_each_address_has_a_bucket_for_each_account(
    rates: RateLimiter, rate_limits: NotingBuckets
) -> None:
    for address in (ADDRESS, OTHER_ADDRESS):
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            assert rates.take(address, account_id, 1).remaining == 99

    assert rate_limits.names[0] == f"{ADDRESS}#{ACCOUNT}"
    assert len(set(rate_limits.names)) == 4
    assert rates.take(ADDRESS, None, 1).remaining == 99


@pytest.mark.parametrize(
    "address", ["", "-", "x" * 46, "10.0.0.1#x", "10.0.0.1\n", "\ud800", "\u0661"], ids=ascii
)
def test_what_is_no_address_shares_one_bucket(
    rates: RateLimiter, rate_limits: NotingBuckets, address: str
) -> None:
    rates.take(address, ACCOUNT, 1)

    assert rate_limits.names == [f"-#{ACCOUNT}"]


def test_who_shows_no_key_has_the_bucket_of_the_address(
    rates: RateLimiter, rate_limits: NotingBuckets
) -> None:
    rates.take(ADDRESS, None, 1)

    assert rate_limits.names == [f"{ADDRESS}#-"]


@pytest.mark.parametrize(
    "address",
    [
        "2001:db8:1:2::",
        "2001:DB8:1:2:ffff:ffff:ffff:ffff",
        "2001:0db8:0001:0002:0000:0000:192.168.100.228",
        "2001:db8:1:2::7%eth0",
    ],
)
def test_a_network_of_ipv6_has_one_bucket(
    rates: RateLimiter, rate_limits: NotingBuckets, address: str
) -> None:
    rates.take(address, None, 1)

    assert rate_limits.names == ["2001:db8:1:2::/64#-"]


@pytest.mark.parametrize("address", ["2001:db8:1:3::", "2001:db8:1:1:ffff:ffff:ffff:ffff"])
def test_the_next_network_of_ipv6_has_another(
    rates: RateLimiter, rate_limits: NotingBuckets, address: str
) -> None:
    rates.take("2001:db8:1:2::7", None, 1)
    rates.take(address, None, 1)

    assert len(set(rate_limits.names)) == 2


@pytest.mark.parametrize("address", ["::ffff:203.0.113.7", "0:0:0:0:0:FFFF:203.0.113.7"])
def test_an_address_of_ipv4_is_the_same_within_ipv6(
    rates: RateLimiter, rate_limits: NotingBuckets, address: str
) -> None:
    rates.take(address, ACCOUNT, 1)

    assert rate_limits.names == [f"{ADDRESS}#{ACCOUNT}"]


def test_what_costs_more_than_a_bucket_holds_takes_all_of_it(
    rate_limits: NotingBuckets, clock: SetClock
) -> None:
    rates = RateLimiter(rate_limits, RateLimit(20, 10), clock)

    assert rates.take(ADDRESS, ACCOUNT, 35) == RateLimitUsage(20, 0)
    with pytest.raises(TooManyRequestsError):
        rates.take(ADDRESS, ACCOUNT, 35)
    clock.time_ms += 2_000
    assert rates.take(ADDRESS, ACCOUNT, 35) == RateLimitUsage(20, 0)


def test_without_buckets_nothing_is_counted(clock: SetClock) -> None:
    rates = RateLimiter(None, SIZE, clock)

    assert {rates.take(ADDRESS, ACCOUNT, 35) for _ in range(10)} == {RateLimitUsage(0, 100)}
