"""The arithmetic of a token bucket, held against one that is simulated with fractions."""

from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.domain.accounts.rate_limits import RateLimit

START_US = 1_800_000_000_000_000
SIZES = st.builds(
    RateLimit,
    tokens=st.integers(1, 200) | st.integers(1, 1_000_000),
    per_second=st.integers(1, 100) | st.integers(1, 2_000_000),
)
# How long after the one before a request comes, and what it costs.
REQUESTS = st.lists(st.tuples(st.integers(0, 30_000_000), st.integers(1, 50)), max_size=60)


class PlainBucket:
    """A level that rises with time and falls with what is taken."""

    def __init__(self, size: RateLimit) -> None:
        self._tokens = size.tokens
        self._level = Fraction(size.tokens)
        self._per_us = 1 / Fraction(size.span_us(1))
        self._at_us = START_US

    def take(self, cost: int, now_us: int) -> bool:
        risen = self._level + (now_us - self._at_us) * self._per_us
        self._level, self._at_us = min(Fraction(self._tokens), risen), now_us
        if self._level < cost:
            return False
        self._level -= cost
        return True

    @property
    def remaining(self) -> int:
        return int(self._level)


@given(size=SIZES, requests=REQUESTS)
def test_it_grants_what_a_plain_bucket_grants(
    size: RateLimit, requests: list[tuple[int, int]]
) -> None:
    plain, full_at_us, now_us = PlainBucket(size), 0, START_US
    for later_us, cost in requests:
        now_us += later_us
        granted = plain.take(cost, now_us)
        taken = size.take(full_at_us, cost, now_us)

        assert (taken.retry_after_s is None) == granted
        assert taken.remaining == plain.remaining
        full_at_us = taken.full_at_us


@given(
    size=st.builds(RateLimit, tokens=st.integers(1, 200), per_second=st.integers(1, 2_000)),
    requests=REQUESTS,
)
def test_no_stretch_of_time_gets_more_than_a_bucket_and_what_comes_back_in_it(
    size: RateLimit, requests: list[tuple[int, int]]
) -> None:
    times = list(accumulate((later for later, _ in requests), initial=START_US))[1:]
    full_at_us, granted = 0, []
    for now_us, (_, cost) in zip(times, requests, strict=True):
        taken = size.take(full_at_us, cost, now_us)
        full_at_us = taken.full_at_us
        granted.append(cost if taken.retry_after_s is None else 0)

    for first, begin_us in enumerate(times):
        for last, end_us in enumerate(times[first:], first):
            back = Fraction(end_us - begin_us, 1_000_000) * size.per_second
            assert sum(granted[first : last + 1]) <= size.tokens + back


@given(size=SIZES, full_at_us=st.integers(0, 2 * START_US), cost=st.integers(1, 2_000_000))
def test_what_remains_is_between_nothing_and_all(
    size: RateLimit, full_at_us: int, cost: int
) -> None:
    assert 0 <= size.take(full_at_us, cost, START_US).remaining <= size.tokens


@given(size=SIZES, full_at_us=st.integers(START_US, START_US + 10**9), cost=st.integers(1, 1_000))
def test_who_waits_as_long_as_asked_is_granted(size: RateLimit, full_at_us: int, cost: int) -> None:
    refused = size.take(full_at_us, cost, START_US)
    if refused.retry_after_s is None or cost > size.tokens:
        return

    waited_us = START_US + refused.retry_after_s * 1_000_000

    assert refused.retry_after_s >= 1
    assert size.take(refused.full_at_us, cost, waited_us).retry_after_s is None
    assert size.take(refused.full_at_us, cost, waited_us - 1_000_000).retry_after_s is not None


@given(size=SIZES, waited_us=st.integers(0, 10**12), more=st.integers(1, 1_000))
def test_what_costs_more_than_a_bucket_holds_is_never_granted(
    size: RateLimit, waited_us: int, more: int
) -> None:
    refused = size.take(START_US, size.tokens + more, START_US + waited_us)

    assert refused.remaining == size.tokens
    assert refused.retry_after_s is not None
    assert 1 <= refused.retry_after_s <= 1 + size.span_us(more) / 1_000_000


@given(size=SIZES)
def test_what_remains_can_be_taken(size: RateLimit) -> None:
    first = size.take(0, 1, START_US)

    if first.remaining:
        rest = size.take(first.full_at_us, first.remaining, START_US)
        assert (rest.remaining, rest.retry_after_s) == (0, None)


def test_a_rate_that_does_not_divide_a_million_is_rounded_down() -> None:
    assert RateLimit(per_second=10).span_us(1) == 100_000
    assert RateLimit(per_second=3).span_us(3) == 1_000_002
    assert RateLimit(per_second=3_000_000).span_us(5) == 5
