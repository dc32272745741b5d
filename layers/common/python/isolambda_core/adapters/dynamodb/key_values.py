"""The values of functions in DynamoDB, which removes expired ones some time after (TTL).

A write over a value that counts for as much, until the same time, is one conditional update. Any
other is a transaction with the counts of the account and of those above it. An integer is a number,
so that DynamoDB itself adds to it; of any other value the digest is beside it, to be compared with.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from secrets import token_hex
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.expiring_counts import Counted, ExpiringCounts
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.key_values.values import (
    ItemKey,
    KeyValue,
    Value,
    counted_until,
    incremented,
    require_namespaces,
)
from isolambda_core.domain.limits import KV_INTEGER_MAX, KV_NAMESPACES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

    Holds = Callable[[KeyValue | None], bool]

_IS_THERE = "attribute_exists(pk) AND (attribute_not_exists(expires_at) OR expires_at > :now)"
_COUNTS_ALIKE = "counted_bytes = :counted_bytes AND counted_until = :counted_until"
_IS_AS_READ = "write_mark = :read_mark"
_IS_NEW = "attribute_not_exists(pk)"
_ADDS = "amount BETWEEN :low AND :high AND write_mark <> :write_mark"
_HAS_NAMESPACE = (
    "(attribute_not_exists(kv_namespaces) OR contains(kv_namespaces, :namespace)"
    " OR size(kv_namespaces) < :kv_namespaces)"
)
_OF_VALUES = ("amount", "encoded", "digest", "expires_at")
_REMOVED_AT_ONCE = 50
"""With their counts below a hundred writes, and below the 4 MB of a transaction."""


@dataclass(frozen=True, slots=True)
class DynamoDbKeyValueRepository:
    """The port ``KeyValueRepository``."""

    table: Table
    quotas: DynamoDbQuotas
    counts: ExpiringCounts

    def get(self, item: ItemKey, now: int) -> KeyValue | None:
        """Return a value; see ``KeyValueRepository.get``."""
        return _live(self.table.get(_key_of(item)), now)

    def put(self, item: ItemKey, value: Value, expires_at: int | None, now: int) -> None:
        """Write a value; see ``KeyValueRepository.put``."""
        new = KeyValue(item.key, value, expires_at)
        self._write(item, new, now, lambda _: True)

    def compare_and_set(
        self,
        item: ItemKey,
        expected: Value | None,
        value: Value,
        expires_at: int | None,
        now: int,
    ) -> bool:
        """Write a value over an expected one; see ``KeyValueRepository.compare_and_set``."""
        new = KeyValue(item.key, value, expires_at)
        if expected is None:
            return self._add(item, new, now)
        digest, condition = expected.digest, " AND digest = :expected"
        values: Item = {":expected": {"S": digest}}
        if expected.integer is not None:
            condition = " AND (digest = :expected OR amount = :integer)"
            values = {**values, ":integer": {"N": str(expected.integer)}}

        def is_expected(found: KeyValue | None) -> bool:
            return found is not None and found.value.digest == digest

        return self._write(item, new, now, is_expected, (condition, values))

    def increment(self, item: ItemKey, by: int, now: int) -> int:
        """Add to an integer; see ``KeyValueRepository.increment``.

        Where nothing is, it is written as :meth:`compare_and_set` writes.
        """
        first = KeyValue(item.key, Value(str(by).encode()))
        values: Item = {
            ":now": {"N": str(now)},
            ":by": {"N": str(by)},
            ":low": {"N": str(max(-KV_INTEGER_MAX, -KV_INTEGER_MAX - by))},
            ":high": {"N": str(min(KV_INTEGER_MAX, KV_INTEGER_MAX - by))},
            ":write_mark": {"S": token_hex(16)},
        }
        changes = "SET amount = amount + :by, write_mark = :write_mark"
        while True:
            key = _key_of(item)
            done, found = self.table.update(key, changes, f"{_IS_THERE} AND {_ADDS}", values)
            if done or found.get("write_mark") == values[":write_mark"]:
                return int(found["amount"]["N"])
            there = _live(found or self.table.get(key), now)
            if there is not None:
                incremented(there, by)  # which raises, unless another write came in between
            elif self._add(item, first, now):
                return by

    def delete(self, item: ItemKey, now: int) -> bool:
        """Remove a value; see ``KeyValueRepository.delete``."""
        path = self.quotas.path_of(item.account_id)
        while (found := self.table.get(_key_of(item))) is not None:
            if self._remove(path, [found]):
                return _live(found, now) is not None
        return False

    def iterate(
        self, account_id: str, namespace: str, prefix: str, after: str | None, *, at_once: int
    ) -> Iterator[KeyValue]:
        """Yield values in the order of their keys; see ``KeyValueRepository.iterate``."""
        start = keys.of_value(account_id, namespace, prefix)
        behind = None if after is None else keys.of_value(account_id, namespace, after)
        found = self.table.query(start.pk, start.sk, page_size=at_once, after=behind)
        return map(_item_of, found)

    def namespaces(self, account_id: str) -> Sequence[str]:
        """Return the namespaces with values; see ``KeyValueRepository.namespaces``."""
        item = self.table.get(keys.of_value_usage(account_id)) or {}
        return sorted(item["kv_namespaces"]["SS"]) if "kv_namespaces" in item else []

    def remove_all(self, account_id: str) -> None:
        """Remove every value of an account; see ``KeyValueRepository.remove_all``."""
        path = self.quotas.path_of(account_id)
        for namespace in self.namespaces(account_id):
            while found := list(islice(self._counted(account_id, namespace), _REMOVED_AT_ONCE)):
                self._remove(path, found)  # where one has changed since, all are read again

    def _counted(self, account_id: str, namespace: str) -> "Iterator[Item]":
        return self.table.query(
            keys.of_value(account_id, namespace, "").pk,
            keys.VALUE_PREFIX,
            page_size=_REMOVED_AT_ONCE,
            attributes=(*KEYS, "write_mark", "counted_bytes", "counted_until"),
        )

    def _add(self, item: ItemKey, new: KeyValue, now: int) -> bool:
        """Write a value where there is none, and return whether there was none."""
        found = self.table.get(_key_of(item))
        return self._exchange(item, found, new, now, lambda there: there is None)

    def _write(
        self,
        item: ItemKey,
        new: KeyValue,
        now: int,
        holds: "Holds",
        where: "tuple[str, Item]" = ("", {}),
    ) -> bool:
        """Write a value where ``holds`` and its condition ``where`` say so, and return whether."""
        changes, values = _setting(new, now)
        condition, more = where
        condition = f"{_IS_THERE} AND {_COUNTS_ALIKE}{condition}"
        values = {**values, ":now": {"N": str(now)}, **more}
        done, found = self.table.update(_key_of(item), changes, condition, values)
        if done or found.get("write_mark") == values[":write_mark"]:
            return True
        return self._exchange(item, found or self.table.get(_key_of(item)), new, now, holds)

    def _exchange(
        self, item: ItemKey, found: "Item | None", new: KeyValue, now: int, holds: "Holds"
    ) -> bool:
        """Write a value and its counts instead of what was ``found``, while ``holds`` says so."""
        path = self.quotas.path_of(item.account_id)
        changes, values = _setting(new, now)
        while holds(_live(found, now)):
            before, after = _counted_of(found), _counts_of(new, counted_until(new.expires_at, now))
            writes = [self._put(item, found, changes, values)]
            writes += self._counting(path, item, before, after, now)
            if self.table.transact(*writes):
                return True
            again = self.table.get(_key_of(item))
            if _mark_of(again) == _mark_of(found):
                self._settle(path, item, before, after, now)
            found = again
        return False

    def _put(
        self, item: ItemKey, found: "Item | None", changes: str, values: "Item"
    ) -> "TransactWriteItemTypeDef":
        if found is not None:
            values = {**values, ":read_mark": found["write_mark"]}
        return {
            "Update": {
                "TableName": self.table.name,
                "Key": _key_of(item).attributes(),
                "UpdateExpression": changes,
                "ConditionExpression": _IS_NEW if found is None else _IS_AS_READ,
                "ExpressionAttributeValues": values,
            }
        }

    def _counting(
        self, path: Sequence[str], item: ItemKey, before: Counted, after: Counted, now: int
    ) -> "Iterator[TransactWriteItemTypeDef]":
        for account_id in path:
            changes, condition, values = self.counts.exchange(path, account_id, before, after, now)
            if account_id == item.account_id:
                changes = f"{changes}, kv_namespaces :namespaces"
                condition = f"{condition} AND {_HAS_NAMESPACE}"
                values = {
                    **values,
                    ":namespaces": {"SS": [item.namespace]},
                    ":namespace": {"S": item.namespace},
                    ":kv_namespaces": {"N": str(KV_NAMESPACES)},
                }
            yield self.counts.part(account_id, (changes, condition, values))

    def _settle(
        self, path: Sequence[str], item: ItemKey, before: Counted, after: Counted, now: int
    ) -> None:
        """Take off what has expired.

        Raises:
            QuotaExceededError: nothing has, and an account has no room.
            NamespacesExceededError: nothing has, and it would be in one namespace too many.
        """
        steps = {quota: step - before.steps.get(quota, 0) for quota, step in after.steps.items()}
        self.counts.settle(path, {quota: step for quota, step in steps.items() if step > 0}, now)
        require_namespaces(len({*self.namespaces(item.account_id), item.namespace}))

    def _remove(self, path: Sequence[str], items: "Sequence[Item]") -> bool:
        """Remove values that are still as they were read, and count fewer."""
        deletes: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self.table.name,
                    "Key": {name: item[name] for name in KEYS},
                    "ConditionExpression": _IS_AS_READ,
                    "ExpressionAttributeValues": {":read_mark": item["write_mark"]},
                }
            }
            for item in items
        ]
        counted = [_counted_of(item) for item in items]
        return self.table.transact(*deletes, *self.counts.removed(path, counted))


def _key_of(item: ItemKey) -> keys.Key:
    return keys.of_value(item.account_id, item.namespace, item.key)


def _item_of(item: "Item") -> KeyValue:
    is_integer = "amount" in item
    encoded = item["amount"]["N"].encode() if is_integer else bytes(item["encoded"]["B"])
    expires_at = int(item["expires_at"]["N"]) if "expires_at" in item else None
    return KeyValue(item["sk"]["S"].removeprefix(keys.VALUE_PREFIX), Value(encoded), expires_at)


def _live(item: "Item | None", now: int) -> KeyValue | None:
    found = _item_of(item) if item else None
    return None if found is None or found.has_expired(now) else found


def _mark_of(item: "Item | None") -> str | None:
    return item["write_mark"]["S"] if item else None


def _setting(new: KeyValue, now: int) -> "tuple[str, Item]":
    """Return the changes that write a value over any other, and their values."""
    attributes: Item = {
        "counted_bytes": {"N": str(new.counted_bytes)},
        "counted_until": {"N": str(counted_until(new.expires_at, now))},
        "write_mark": {"S": token_hex(16)},
    }
    if new.value.integer is not None:
        attributes = {**attributes, "amount": {"N": str(new.value.integer)}}
    else:
        attributes = {
            **attributes,
            "encoded": {"B": new.value.encoded},
            "digest": {"S": new.value.digest},
        }
    if new.expires_at is not None:
        attributes = {**attributes, "expires_at": {"N": str(new.expires_at)}}
    sets = ", ".join(f"{name} = :{name}" for name in attributes)
    removes = ", ".join(name for name in _OF_VALUES if name not in attributes)
    values = {f":{name}": value for name, value in attributes.items()}
    return f"SET {sets} REMOVE {removes}", values


def _counts_of(new: KeyValue, until: int) -> Counted:
    return Counted({Quota.KV_ITEMS: 1, Quota.KV_BYTES: new.counted_bytes}, until)


def _counted_of(item: "Item | None") -> Counted:
    """Return what an item was counted for when it was written."""
    if not item:
        return Counted({}, 0)
    steps = {Quota.KV_ITEMS: 1, Quota.KV_BYTES: int(item["counted_bytes"]["N"])}
    return Counted(steps, int(item["counted_until"]["N"]))
