"""Records of executions in DynamoDB, which removes expired ones some time after (TTL)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.adapters.records import dump_record, load_record
from isolambda_core.domain.records import Record

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item


@dataclass(frozen=True, slots=True)
class DynamoDbRecordRepository:
    """The port ``RecordRepository``."""

    table: Table

    def add(self, record: Record) -> None:
        """Keep a record; see ``RecordRepository.add``."""
        key = keys.of_record(record.account_id, record.function_id, record.sort_key)
        item: Item = {
            **key.attributes(),
            "record": {"S": dump_record(record)},
            "expires_at": {"N": str(record.expires_at)},
        }
        self.table.put(item, "attribute_not_exists(pk)")

    def latest(
        self, account_id: str, function_id: str, limit: int, before: str | None = None
    ) -> Sequence[Record]:
        """Return the newest records; see ``RecordRepository.latest``."""
        start = keys.of_record(account_id, function_id, before or "")
        items = self.table.query(
            start.pk,
            keys.EXECUTION_PREFIX,
            page_size=limit,
            descending=True,
            after=None if before is None else start,
        )
        return [load_record(item["record"]["S"]) for item in islice(items, limit)]
