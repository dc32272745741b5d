"""The token bucket that limits the rate of requests (Kx: doc/rate_limiting.md).

A bucket is one number: the time when it is full again, in Unix microseconds. The time until then
says how many tokens it lacks, since each token takes the same time to come back.
"""

from dataclasses import dataclass

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class RateLimitUsage:
    """The tokens that a request took from a bucket, and those that it left."""

    consumed: int
    remaining: int


@dataclass(frozen=True, slots=True)
class RateLimitCharge:
    """The result of taking tokens from a bucket.

    ``retry_after_s`` is None when the tokens were taken, else the whole seconds until they will be
    there; ``full_at_us`` is the new state of the bucket.
    """

    remaining: int
    full_at_us: int
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The size of a bucket in tokens, and the tokens that it gets back a second, both 1 or more.

    A rate that does not divide a million is rounded down to one that does.
    """

    tokens: int = 100
    per_second: int = 10

    def span_us(self, tokens: int) -> int:
        """Return the time that a number of tokens takes to come back, in microseconds."""
        return tokens * -(-_SECOND_US // self.per_second)

    def take(self, full_at_us: int, cost: int, now_us: int, leaving: int = 0) -> RateLimitCharge:
        """Take ``cost`` tokens from a bucket that is full at ``full_at_us``.

        They are taken if they are there, and if ``leaving`` tokens remain.
        """
        before = max(full_at_us, now_us)
        after = before + self.span_us(cost)
        missing_us = after - now_us - self.span_us(self.tokens - leaving)
        if missing_us > 0:
            return RateLimitCharge(
                self.remaining(before, now_us), before, -(-missing_us // _SECOND_US)
            )
        return RateLimitCharge(self.remaining(after, now_us), after)

    def remaining(self, full_at_us: int, now_us: int) -> int:
        """Return the tokens in a bucket that is full at ``full_at_us``."""
        # Round the missing tokens up, so that a caller can take all tokens that remain.
        missing = -(-max(0, full_at_us - now_us) // self.span_us(1))
        return max(0, self.tokens - missing)
