"""Token buckets that all server processes take from; a restart fills them all."""

from typing import Final

from isolambda_core.domain.accounts.rate_limits import RateLimit, RateLimitCharge
from isolambda_local.processes.shared_memory import SharedMemory

_PLACES: Final = 262_144
_WINDOW: Final = 32
"""Places in which a bucket may be; where others that are not full have them all, it shares one."""
_KEY, _FULL_AT = 0, 1
_WIDTH: Final = 2


class SharedRateLimitRepository:
    """The port ``RateLimitRepository`` over all processes.

    A full bucket is the same as none, so its place is free.
    """

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._words = memory.reserve((_PLACES + _WINDOW) * _WIDTH)

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take tokens from a bucket; see ``RateLimitRepository.take``."""
        now_us = now_ms * 1000
        key = self._memory.key_of(bucket)
        with self._memory:
            place = self._find(key, now_us)
            taken = size.take(self._words[place + _FULL_AT], cost, now_us)
            self._words[place + _FULL_AT] = taken.full_at_us
        return taken

    def _find(self, key: int, now_us: int) -> int:
        """Return where a bucket is, which is a free place if there is none."""
        words = self._words
        first = key % _PLACES * _WIDTH
        free = -1
        for place in range(first, first + _WINDOW * _WIDTH, _WIDTH):
            if words[place] == key:
                return place
            if free < 0 and words[place + _FULL_AT] <= now_us:
                free = place
            if not words[place]:  # it was never used, so no place behind it is the bucket's
                break
        if free < 0:
            return first  # which another client has, too
        words[free], words[free + _FULL_AT] = key, 0
        return free
