"""Take tokens for several requests at once, so that few requests write to DynamoDB."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from isolambda_core.adapters.dynamodb.rate_limits import DynamoDbRateLimitRepository
from isolambda_core.domain.accounts.rate_limits import RateLimit, RateLimitCharge
from isolambda_core.domain.limits import (
    RATE_LIMIT_LEASE_MS,
    RATE_LIMIT_LEASE_TOKENS,
    RATE_LIMIT_LEASES,
)


@dataclass(frozen=True, slots=True)
class _Lease:
    """Tokens of a bucket that this environment took; ``full_at_us`` is the bucket's state then."""

    tokens: int
    taken_ms: int
    size: RateLimit
    full_at_us: int

    def good_tokens(self, size: RateLimit, now_ms: int) -> int:
        """Return the tokens that may still be used."""
        is_good = self.size == size and 0 <= now_ms - self.taken_ms < RATE_LIMIT_LEASE_MS
        return self.tokens if is_good else 0


class LeasedRateLimitRepository:
    """The port ``RateLimitRepository``; this environment keeps tokens for the next requests.

    It takes ``RATE_LIMIT_LEASE_TOKENS`` at a time while the bucket is at least half full after
    that, and else what a request costs: so what is kept, and lost at last, never makes a client
    wait that asks no faster than tokens come back. Each token was taken from the bucket at most
    ``RATE_LIMIT_LEASE_MS`` before a request used it: so in any time a client gets what the bucket
    gives in that time and in ``RATE_LIMIT_LEASE_MS`` more. What remains is an estimate, since other
    environments may have taken tokens since.
    """

    def __init__(self, repository: DynamoDbRateLimitRepository) -> None:
        self._repository = repository
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._lock = Lock()  # a Lambda serves one request at a time

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take tokens from a bucket; see ``RateLimitRepository.take``.

        No request to DynamoDB while tokens are kept; else one, or two where another environment
        used the bucket in between.
        """
        with self._lock:
            lease = self._leases.pop(bucket, None) or _Lease(0, now_ms, size, 0)
            kept, taken_ms = lease.good_tokens(size, now_ms), lease.taken_ms
            full_at_us = lease.full_at_us
            retry_after_s = None
            if kept < cost:
                charge, taken = self._ask(bucket, size, cost - kept, now_ms * 1000, full_at_us)
                full_at_us, retry_after_s = charge.full_at_us, charge.retry_after_s
                if retry_after_s is None:
                    kept, taken_ms = kept + taken, now_ms
            if retry_after_s is None:
                kept -= cost
            self._keep(bucket, _Lease(kept, taken_ms, size, full_at_us))
        most = size.tokens if retry_after_s is not None else size.tokens - cost
        remaining = min(most, size.remaining(full_at_us, now_ms * 1000) + kept)
        return RateLimitCharge(remaining, full_at_us, retry_after_s)

    def _ask(
        self, bucket: str, size: RateLimit, missing: int, now_us: int, full_at_us: int
    ) -> tuple[RateLimitCharge, int]:
        """Take ``missing`` tokens or more; return the charge, and how many were asked for last.

        ``full_at_us`` is the state of the bucket when this environment last asked.
        """
        probably_full = full_at_us < now_us
        many, half = max(missing, RATE_LIMIT_LEASE_TOKENS), (size.tokens + 1) // 2
        if many > missing and size.take(full_at_us, many, now_us, half).retry_after_s is None:
            charge = self._repository.take_leaving(
                bucket, size, many, now_us, leaving=half, probably_full=probably_full
            )
            if charge.retry_after_s is None:
                return charge, many
            probably_full = False
        charge = self._repository.take_leaving(
            bucket, size, missing, now_us, probably_full=probably_full
        )
        return charge, missing

    def _keep(self, bucket: str, lease: _Lease) -> None:
        self._leases[bucket] = lease
        if len(self._leases) > RATE_LIMIT_LEASES:
            self._leases.popitem(last=False)
