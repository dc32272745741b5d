"""Token buckets in DynamoDB."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.rate_limits import (
    RateLimit,
    RateLimitCharge,
)
from isolambda_core.domain.errors import StoreUnavailableError

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

_TRIES = 3
_HAS_ROOM = "full_at_us >= :now AND full_at_us <= :latest"
_IS_FULL = "attribute_not_exists(full_at_us) OR full_at_us < :now"


@dataclass(frozen=True, slots=True)
class DynamoDbRateLimitRepository:
    """The port ``RateLimitRepository``.

    A lost answer costs the client its tokens twice: botocore tries again, and an addition leaves no
    mark by which the second try could know the first.
    """

    table: Table

    def take(self, bucket: str, size: RateLimit, cost: int, now_ms: int) -> RateLimitCharge:
        """Take tokens from a bucket; see ``RateLimitRepository.take``.

        One request for a bucket in use, two for a full one. Of many requests that find it full at
        the same moment one is first; the others then find it in use.
        """
        return self.take_leaving(bucket, size, cost, now_ms * 1000)

    def take_leaving(
        self,
        bucket: str,
        size: RateLimit,
        cost: int,
        now_us: int,
        *,
        leaving: int = 0,
        probably_full: bool = False,
    ) -> RateLimitCharge:
        """Take tokens from a bucket if ``leaving`` tokens remain; see :meth:`take`.

        If it is ``probably_full``, a full bucket takes one request, and one in use two.
        """
        if probably_full:
            taken = size.take(0, cost, now_us, leaving)
            if taken.retry_after_s is None and self._begin(bucket, size, taken, now_us):
                return taken
        for _ in range(_TRIES):
            added, item = self._add(bucket, size, cost, now_us, leaving)
            full_at_us = int(item["full_at_us"]["N"]) if item else 0
            if added:
                return RateLimitCharge(size.remaining(full_at_us, now_us), full_at_us)
            taken = size.take(full_at_us, cost, now_us, leaving)
            if taken.retry_after_s is not None or self._begin(bucket, size, taken, now_us):
                return taken
        raise StoreUnavailableError

    def _add(
        self, bucket: str, size: RateLimit, cost: int, now_us: int, leaving: int
    ) -> "tuple[bool, Item]":
        span_us = size.span_us(cost)
        return self.table.update(
            keys.of_bucket(bucket),
            "SET expires_at = :expires_at ADD full_at_us :span",
            _HAS_ROOM,
            {
                ":span": {"N": str(span_us)},
                ":latest": {"N": str(now_us + size.span_us(size.tokens - leaving) - span_us)},
                **_times(size, now_us),
            },
        )

    def _begin(self, bucket: str, size: RateLimit, taken: RateLimitCharge, now_us: int) -> bool:
        begun, _ = self.table.update(
            keys.of_bucket(bucket),
            "SET expires_at = :expires_at, full_at_us = :full_at",
            _IS_FULL,
            {":full_at": {"N": str(taken.full_at_us)}, **_times(size, now_us)},
        )
        return begun


def _times(size: RateLimit, now_us: int) -> "Item":
    # Whatever is taken from it now, a bucket is full again by the time that it expires.
    full_by_us = now_us + size.span_us(size.tokens)
    return {":now": {"N": str(now_us)}, ":expires_at": {"N": str(full_by_us // 1_000_000 + 1)}}
