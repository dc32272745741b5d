"""Count what a tenant has in DynamoDB, in the transaction that adds to it or removes from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.errors import quota_exceeded
from isolambda_core.domain.accounts.quotas import RULES, Quota

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

_TENANTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class DynamoDbQuotas:
    """Counts for the repositories on one table.

    It remembers of which tenant an account is: that never changes.
    """

    table: Table
    _tenants: dict[str, str] = field(default_factory=dict)

    def key_of(self, account_id: str) -> keys.Key:
        """Return the key of the counts of the tenant that an account is of."""
        return keys.of_usage(self._tenant_of(account_id))

    def change(
        self, key: keys.Key, quotas: Sequence[Quota], step: int
    ) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that counts one more, while there is room, or fewer."""
        values: Item = {":step": {"N": str(step)}}
        change: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self.table.name,
                "Key": key.attributes(),
                "UpdateExpression": f"ADD {', '.join(f'{_name(each)} :step' for each in quotas)}",
                "ExpressionAttributeValues": values,
            }
        }
        if step > 0:
            change["Update"]["ConditionExpression"] = " AND ".join(map(_has_room, quotas))
            limits: Item = {f":{_name(each)}": {"N": str(RULES[each].limit)} for each in quotas}
            change["Update"]["ExpressionAttributeValues"] = {**values, **limits}
        return change

    def require_room(self, key: keys.Key, quotas: Sequence[Quota]) -> None:
        """Let pass what has room in all of these quotas; one read.

        Raises:
            QuotaExceededError: the first quota is full, of those that are.
        """
        item = self.table.get(key) or {}
        for quota in quotas:
            used = int(item[_name(quota)]["N"]) if _name(quota) in item else 0
            if used >= RULES[quota].limit:
                raise quota_exceeded(quota, used)

    def _tenant_of(self, account_id: str) -> str:
        if account_id not in self._tenants:
            item = self.table.get(keys.of_account(account_id))
            if item is None:
                return account_id
            if len(self._tenants) >= _TENANTS_MAX:
                self._tenants.clear()
            ancestors = item["ancestor_ids"]["L"]
            self._tenants[account_id] = ancestors[0]["S"] if ancestors else account_id
        return self._tenants[account_id]


def _name(quota: Quota) -> str:
    # DynamoDB has many of the plain words for itself.
    return f"{quota}_used"


def _has_room(quota: Quota) -> str:
    return f"(attribute_not_exists({_name(quota)}) OR {_name(quota)} < :{_name(quota)})"
