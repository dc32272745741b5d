"""Token buckets in the memory of one process; a restart fills them all."""

from collections import OrderedDict
from threading import Lock

from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitCharge,
)

_BUCKETS_MAX = 10_000


class MemoryRateLimitRepository:
    """The port ``BucketRepository``.

    Of too many buckets, the one that was asked the longest ago is forgotten first: it has had the
    most time to fill, and a full one is the same as none.
    """

    def __init__(self) -> None:
        self._full_at_us: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take tokens from a bucket; see ``BucketRepository.take``."""
        with self._lock:
            taken = size.take(self._full_at_us.pop(bucket, 0), cost, now_ms * 1000)
            self._full_at_us[bucket] = taken.full_at_us
            if len(self._full_at_us) > _BUCKETS_MAX:
                self._full_at_us.popitem(last=False)
        return taken
