"""Limit the rate of requests of a client (Kx: doc/rate_limiting.md)."""

import re
from dataclasses import dataclass

from isolambda_core.domain.accounts.errors import TooManyRequestsError
from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitUsage,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.ports.accounts import RateLimitRepository
from isolambda_core.ports.clock import Clock

_ADDRESS = re.compile(r"[0-9A-Za-z.:%]{1,45}")
_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class RateLimiter:
    """Takes tokens for requests from a bucket for each address and account.

    Without ``rate_limits`` it counts no request and refuses none.
    """

    rate_limits: RateLimitRepository | None
    size: RateLimit
    clock: Clock

    @property
    def untouched(self) -> RateLimitUsage:
        """The usage of a bucket from which no token was taken."""
        return RateLimitUsage(0, self.size.tokens)

    def take(self, address: str, account_id: str, cost: int) -> RateLimitUsage:
        """Take the cost of a request from its bucket, but never more than a full bucket has.

        All texts that are no address share a bucket, and so do all that are no id.

        Raises:
            TooManyRequestsError: the bucket has too few tokens.
        """
        if self.rate_limits is None:
            return self.untouched
        cost = min(cost, self.size.tokens)
        taken = self.rate_limits.take(
            _name(address, account_id), self.size, cost, self.clock.now_ms()
        )
        if taken.retry_after_s is not None:
            raise TooManyRequestsError(taken.remaining, taken.retry_after_s)
        return RateLimitUsage(cost, taken.remaining)


def _name(address: str, account_id: str) -> str:
    # Both come from the client, and become a key of the store.
    known_address = address if _ADDRESS.fullmatch(address) else _UNKNOWN
    return f"{known_address}#{account_id if is_id(account_id) else _UNKNOWN}"
