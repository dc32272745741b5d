"""What functions executed on a day, in DynamoDB."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.daily_counts import DailyCount

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

_COUNT = "SET expires_at = :expires_at ADD executions :executions, failures :failures, cpu_us :cpu"


@dataclass(frozen=True, slots=True)
class DynamoDbDailyCountRepository:
    """The port ``DailyCountRepository``; one write for each count."""

    table: Table

    def add(self, counts: Sequence[DailyCount]) -> int:
        """Add to what is stored; see ``DailyCountRepository.add``."""
        for added, count in enumerate(counts):
            key = keys.of_daily_count(count.account_id, count.id)
            try:
                self.table.update_once(key, _COUNT, _values_of(count))
            except StoreUnavailableError:
                return added
        return len(counts)

    def find(self, account_id: str, ids: Sequence[str]) -> Sequence[DailyCount]:
        """Return some counts, by a read for each; see ``DailyCountRepository.find``."""
        keys_of_ids = (keys.of_daily_count(account_id, each) for each in ids)
        items = map(self.table.get, keys_of_ids)
        return [_count_of(account_id, item) for item in items if item is not None]

    def iterate(
        self, account_id: str, after: str, *, descending: bool = True, at_once: int
    ) -> Iterator[DailyCount]:
        """Yield the counts of an account; see ``DailyCountRepository.iterate``."""
        start = keys.of_daily_count(account_id, after)
        items = self.table.query(
            start.pk,
            keys.DAILY_COUNT_PREFIX,
            page_size=at_once,
            descending=descending,
            after=start,
        )
        for item in items:
            yield _count_of(account_id, item)


def _values_of(count: DailyCount) -> "Item":
    return {
        ":expires_at": {"N": str(count.expires_at)},
        ":executions": {"N": str(count.executions)},
        ":failures": {"N": str(count.failures)},
        ":cpu": {"N": str(count.cpu_us)},
    }


def _count_of(account_id: str, item: "Item") -> DailyCount:
    day, _, function_id = item["sk"]["S"].removeprefix(keys.DAILY_COUNT_PREFIX).partition("#")
    executions, failures, cpu_us = (
        int(item[name]["N"]) for name in ("executions", "failures", "cpu_us")
    )
    return DailyCount(account_id, day, function_id, executions, failures, cpu_us)
