"""Limit the rate of requests of a client (Kx: doc/rate_limiting.md)."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from isolambda_core.domain.accounts.errors import TooManyRequestsError
from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitUsage,
)
from isolambda_core.ports.accounts import RateLimitRepository
from isolambda_core.ports.clock import Clock

_UNKNOWN = "-"
_NETWORK_BITS = 64
"""What one client of IPv6 has: it may use any address of its network."""
_CLIENTS = 1_024
"""Addresses that are not parsed again, of the clients that were here last."""


@dataclass(frozen=True)
class RateLimiter:
    """Takes tokens for requests from a bucket for each address, and for each account there.

    Without ``rate_limits`` it counts no request and refuses none.
    """

    rate_limits: RateLimitRepository | None
    size: RateLimit
    clock: Clock

    @cached_property
    def untouched(self) -> RateLimitUsage:
        """The usage of a bucket from which no token was taken."""
        return RateLimitUsage(0, self.size.tokens)

    def take(self, address: str, account_id: str | None, cost: int) -> RateLimitUsage:
        """Take the cost of a request from its bucket, but never more than a full bucket has.

        ``account_id`` is that of the caller's key, None while there is none. A client of IPv6 has
        one bucket for its /64. All texts that are no address share a bucket.

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


def _name(address: str, account_id: str | None) -> str:
    return f"{client_of(address)}#{_UNKNOWN if account_id is None else account_id}"


@lru_cache(_CLIENTS)
def client_of(address: str) -> str:
    """Return the address of IPv4, also where IPv6 carries it, or the network of IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return _UNKNOWN
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, _NETWORK_BITS), strict=False))
