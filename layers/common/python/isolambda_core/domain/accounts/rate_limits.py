"""The token bucket that bounds how fast a client may ask (Kx: doc/rate_limiting.md).

A bucket is one number: the moment at which it will be full again, in Unix microseconds. What is
missing from it is the time until then, counted in the time that one token takes to come back.
"""

from dataclasses import dataclass

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class RateLimitUsage:
    """What a request took from a bucket, and what it left there."""

    consumed: int
    remaining: int


@dataclass(frozen=True, slots=True)
class RateLimitCharge:
    """What came of asking a bucket.

    ``retry_after_s`` is None when the tokens were taken, else the whole seconds until they will be
    there; ``full_at_us`` is what to keep of the bucket.
    """

    remaining: int
    full_at_us: int
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many tokens a bucket holds, and how many a second it gets back, both 1 or more.

    A rate that does not divide a million is rounded down to one that does.
    """

    tokens: int = 100
    per_second: int = 10

    def span_us(self, tokens: int) -> int:
        """Return how long so many tokens take to come back, in microseconds."""
        return tokens * -(-_SECOND_US // self.per_second)

    def take(self, full_at_us: int, cost: int, now_us: int) -> RateLimitCharge:
        """Take ``cost`` tokens, if they are there, from a bucket that is full at ``full_at_us``."""
        before = max(full_at_us, now_us)
        after = before + self.span_us(cost)
        missing_us = after - now_us - self.span_us(self.tokens)
        if missing_us > 0:
            return RateLimitCharge(
                self.remaining(before, now_us), before, -(-missing_us // _SECOND_US)
            )
        return RateLimitCharge(self.remaining(after, now_us), after)

    def remaining(self, full_at_us: int, now_us: int) -> int:
        """Return how many tokens are in a bucket that is full at ``full_at_us``."""
        # Rounded up to whole tokens missing, so that what is reported can also be taken.
        missing = -(-max(0, full_at_us - now_us) // self.span_us(1))
        return max(0, self.tokens - missing)
