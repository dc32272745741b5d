"""Count in DynamoDB what accounts have, in the transaction that adds to it or removes from it.

What an account has counts in its own item and in those of all accounts above it. A transaction
counts only where a count is, so the first one that finds none counts what is there already: until
that count is written, no other transaction can add or remove anything.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.inventory import Inventory
from isolambda_core.adapters.dynamodb.table import Table, setting
from isolambda_core.domain.accounts.errors import quota_exceeded
from isolambda_core.domain.accounts.quotas import RULES, Quota

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

    Count = Callable[[Collection[Quota]], Mapping[Quota, int]]

STORED = (
    Quota.FUNCTIONS,
    Quota.ACCOUNTS,
    Quota.TRIGGERS,
    Quota.EVENT_TRIGGERS,
    Quota.BUCKET_TRIGGERS,
)
"""What counts in the transactions that add and remove it."""
_PATHS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class DynamoDbQuotas:
    """Counts for the repositories on one table.

    It remembers which accounts are above an account: that never changes.
    """

    table: Table
    _paths: dict[str, Sequence[str]] = field(default_factory=dict)

    def path_of(self, account_id: str) -> Sequence[str]:
        """Return the accounts in which an account's items count: from the top down to itself."""
        if account_id not in self._paths:
            item = self.table.get(keys.of_account(account_id))
            if item is None:
                return (account_id,)
            if len(self._paths) >= _PATHS_MAX:
                self._paths.clear()
            above = [ancestor["S"] for ancestor in item["ancestor_ids"]["L"]]
            self._paths[account_id] = (*above, account_id)
        return self._paths[account_id]

    def changes(
        self, path: Sequence[str], steps: Mapping[Quota, int]
    ) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the parts of a transaction that count ``steps`` in each account of a path."""
        for account_id in path:
            yield self.change(keys.of_usage(account_id), steps, limits_of(path, account_id))

    def settle(self, path: Sequence[str], quotas: Collection[Quota]) -> bool:
        """Count once what is not counted yet, and return whether there was any.

        Raises:
            QuotaExceededError: an account of the path has all of one of these quotas.
        """
        found = False
        for account_id in path:
            key, limits = keys.of_usage(account_id), limits_of(path, account_id)
            inventory = Inventory(self.table, account_id)
            found |= self.settle_item(key, quotas, limits, inventory.count)
        return found

    def count_missing(self, path: Sequence[str], quotas: Collection[Quota]) -> bool:
        """Count as :meth:`settle`, whether or not there is room for more."""
        missing = [
            self.settle_item(keys.of_usage(each), quotas, None, Inventory(self.table, each).count)
            for each in path
        ]
        return any(missing)

    def change(
        self, key: keys.Key, steps: Mapping[Quota, int], limits: Mapping[Quota, int]
    ) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that counts in one item, while there is room."""
        values: Item = {f":{name_of(each)}": {"N": str(step)} for each, step in steps.items()}
        sums = ", ".join(f"{name_of(each)} :{name_of(each)}" for each in steps)
        conditions = [f"attribute_exists({name_of(each)})" for each in steps]
        for quota, step in steps.items():
            if step > 0:
                conditions.append(within_own_limit(quota))
            if quota in limits and step > 0:
                conditions.append(f"{name_of(quota)} < :{quota}_limit")
                values = {**values, f":{quota}_limit": {"N": str(limits[quota])}}
        return {
            "Update": {
                "TableName": self.table.name,
                "Key": key.attributes(),
                "UpdateExpression": f"ADD {sums}",
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeValues": values,
            }
        }

    def settle_item(
        self,
        key: keys.Key,
        quotas: Collection[Quota],
        limits: Mapping[Quota, int] | None,
        count: "Count",
    ) -> bool:
        """Settle one item, as :meth:`settle`; ``count`` counts what is there already.

        With None for ``limits`` there need not be room for more.
        """
        item = self.table.get(key) or {}
        for quota in quotas if limits is not None else ():
            require_room(item, quota, limits)
        missing = [quota for quota in quotas if name_of(quota) not in item]
        if missing:
            changes, values = setting(counts_of(count(missing)))
            condition = " AND ".join(f"attribute_not_exists({name_of(each)})" for each in missing)
            self.table.update(key, changes, condition, values)
        return bool(missing)


def require_room(
    item: "Item", quota: Quota, limits: Mapping[Quota, int] | None, step: int = 1
) -> None:
    """Let pass ``step`` more of a quota, if that is within the limits and the item's own limit.

    Raises:
        QuotaExceededError: it is not.
    """
    used = int(item[name_of(quota)]["N"]) if name_of(quota) in item else 0
    if limits is not None and quota in limits and used + step > limits[quota]:
        raise quota_exceeded(quota, used, limits[quota])
    own = f"{quota}_limit"
    if own in item and used >= int(item[own]["N"]):
        raise quota_exceeded(quota, used, int(item[own]["N"]))


def within_own_limit(quota: Quota) -> str:
    """Return the condition that an item which has a limit of its own counts less than that."""
    return f"(attribute_not_exists({quota}_limit) OR {name_of(quota)} < {quota}_limit)"


def own_limits(quotas: Iterable[Quota], own: Mapping[Quota, int]) -> "Item":
    """Return the attributes with the limits of its own that an item of an account has."""
    return {f"{quota}_limit": {"N": str(own[quota])} for quota in quotas if quota in own}


def counts_of(used: Mapping[Quota, int]) -> "Item":
    """Return the attributes of an item that counts."""
    return {name_of(quota): {"N": str(count)} for quota, count in used.items()}


def name_of(quota: Quota) -> str:
    """Return the attribute that counts a quota; DynamoDB has many of the plain words for itself."""
    return f"{quota}_used"


def limits_of(path: Sequence[str], account_id: str) -> Mapping[Quota, int]:
    """Return the limits that one of the accounts of a path has."""
    return {quota: rule.limit for quota, rule in RULES.items()} if account_id == path[0] else {}
