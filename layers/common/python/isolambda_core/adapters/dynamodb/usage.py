"""What accounts have of their quotas, in DynamoDB."""

from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.expiring_counts import ExpiringCounts
from isolambda_core.adapters.dynamodb.quotas import STORED, DynamoDbQuotas, name_of
from isolambda_core.domain.accounts.quotas import Quota


@dataclass(frozen=True, slots=True)
class DynamoDbUsageRepository:
    """The port ``UsageRepository``: five reads, and once a count of what was stored before."""

    quotas: DynamoDbQuotas
    key_counts: ExpiringCounts
    approval_counts: ExpiringCounts
    execution_counts: ExpiringCounts
    value_counts: ExpiringCounts

    def used(self, account_id: str, now: int) -> Mapping[Quota, int]:
        """Return how much an account has of each quota; see ``UsageRepository.used``."""
        key = keys.of_usage(account_id)
        self.quotas.count_missing((account_id,), STORED)
        item = self.quotas.table.get(key) or {}
        waiting = (Quota.WAITING_EXECUTIONS, Quota.RECORD_BYTES)
        return {
            **{each: int(item[name_of(each)]["N"]) for each in STORED if name_of(each) in item},
            **self.key_counts.used(account_id, (Quota.IDEMPOTENCY_KEYS,), now),
            **self.approval_counts.used(account_id, (Quota.APPROVALS,), now),
            **self.execution_counts.used(account_id, waiting, now),
            **self.value_counts.used(account_id, (Quota.KV_ITEMS, Quota.KV_BYTES), now),
        }
