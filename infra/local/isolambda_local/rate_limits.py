"""Token buckets in the memory of one process; a restart fills them all."""

from threading import Lock

from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitCharge,
)

_BUCKETS_MAX = 100_000
_SHARED = "shared"
_SWEEP_US = 1_000_000


class MemoryRateLimitRepository:
    """The port ``RateLimitRepository``.

    A full bucket is the same as none, and is forgotten; no other is. Where too many are not full,
    further clients share one.
    """

    def __init__(self) -> None:
        self._full_at_us: dict[str, int] = {}
        self._swept_at_us = 0
        self._lock = Lock()

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take tokens from a bucket; see ``RateLimitRepository.take``."""
        now_us = now_ms * 1000
        with self._lock:
            self._forget_full(now_us)
            if bucket not in self._full_at_us and len(self._full_at_us) >= _BUCKETS_MAX:
                bucket = _SHARED
            taken = size.take(self._full_at_us.get(bucket, 0), cost, now_us)
            self._full_at_us[bucket] = taken.full_at_us
        return taken

    def _forget_full(self, now_us: int) -> None:
        """Forget the full buckets, once a second; the clock may have been set back."""
        if abs(now_us - self._swept_at_us) >= _SWEEP_US:
            self._swept_at_us = now_us
            self._full_at_us = {
                name: full_at_us
                for name, full_at_us in self._full_at_us.items()
                if full_at_us > now_us
            }
