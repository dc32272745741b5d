"""Count in DynamoDB what expires without a write, by the time at which it does.

An item counts all of a quota, and for each slot of time what of it expires in that slot. The first
addition after a slot has passed takes its count off the whole.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb.keys import Key
from isolambda_core.adapters.dynamodb.quotas import (
    limits_of,
    name_of,
    require_room,
    within_own_limit,
)
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import Quota

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

    Update = tuple[str, str, Item]

_IS_CURRENT = "(attribute_not_exists(passed) OR passed >= :passed)"


@dataclass(frozen=True, slots=True)
class Counted:
    """What something counts for, and until when, in Unix seconds."""

    steps: Mapping[Quota, int]
    until: int


@dataclass(frozen=True, slots=True)
class ExpiringCounts:
    """Counts in one item of each account, by slots of ``slot_s`` seconds.

    ``key_of`` returns the key of an account's item. What expires counts for up to a slot longer.
    Of :meth:`add` and :meth:`remove`, a change whose answer was lost may be made twice.
    """

    table: Table
    key_of: Callable[[str], Key]
    slot_s: int

    def additions(
        self, path: Sequence[str], steps: Mapping[Quota, int], expires_at: int, now: int
    ) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the parts of a transaction that count more in each account, while there is room."""
        for account_id in path:
            limits = limits_of(path, account_id)
            yield self.part(account_id, self._addition(steps, limits, expires_at, now))

    def removals(
        self, path: Sequence[str], quota: Quota, expiries: Sequence[int]
    ) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the parts of a transaction that count fewer in each account.

        ``expiries`` are the times at which what is removed would expire; what counts no more by now
        is passed over.
        """
        return self.removed(path, [Counted({quota: 1}, expires_at) for expires_at in expiries])

    def removed(
        self, path: Sequence[str], counted: Sequence[Counted]
    ) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the parts of a transaction that count no more what was counted before.

        What counts no more by now is passed over.
        """
        slots: dict[Quota, Counter[str]] = defaultdict(Counter)
        for each in counted:
            for quota, step in each.steps.items():
                slots[quota][self._slot_name(quota, each.until)] += step
        for account_id in path:
            item = self.table.get(self.key_of(account_id)) or {}
            there = {
                quota: {name: count for name, count in of_quota.items() if name in item}
                for quota, of_quota in slots.items()
            }
            named = {name: count for each in there.values() for name, count in each.items()}
            if named:
                sums = {name_of(quota): sum(each.values()) for quota, each in there.items() if each}
                yield self.part(account_id, _removal({**sums, **named}, named))

    def exchange(
        self,
        path: Sequence[str],
        account_id: str,
        before: "Counted",
        after: "Counted",
        now: int,
    ) -> "Update":
        """Return the update of one account's item that counts ``after`` instead of ``before``.

        What of ``before`` counts no more is passed over. One read.
        """
        item = self.table.get(self.key_of(account_id)) or {}
        counts: Counter[str] = Counter()
        there: list[str] = []
        for quota, step in before.steps.items():
            slot = self._slot_name(quota, before.until)
            if slot in item:
                there.append(slot)
                counts.update({name_of(quota): -step, slot: -step})
        for quota, step in after.steps.items():
            counts.update({name_of(quota): step, self._slot_name(quota, after.until): step})
        more = {quota: counts[name_of(quota)] for quota in after.steps}
        more = {quota: step for quota, step in more.items() if step > 0}
        conditions, values = _room(more, limits_of(path, account_id))
        conditions += [_IS_CURRENT, *(f"attribute_exists({slot})" for slot in there)]
        return (
            f"SET passed = if_not_exists(passed, :passed) ADD {_list(counts)}",
            " AND ".join(conditions),
            {**values, **_values(counts), ":passed": {"N": str(now // self.slot_s)}},
        )

    def add(
        self, path: Sequence[str], steps: Mapping[Quota, int], expires_at: int, now: int
    ) -> None:
        """Count more, by a request for each account, in no transaction.

        Raises:
            QuotaExceededError: an account has no room; then none counts it.
        """
        counted: list[str] = []
        try:
            for account_id in path:
                limits = limits_of(path, account_id)
                while not self._update(account_id, self._addition(steps, limits, expires_at, now)):
                    self._settle(account_id, steps, limits, now)
                counted.append(account_id)
        except QuotaExceededError:
            self.remove(counted, steps, expires_at)
            raise

    def remove(self, path: Sequence[str], steps: Mapping[Quota, int], expires_at: int) -> None:
        """Count fewer, by a request for each account; nothing where all of it has expired."""
        slots = {self._slot_name(quota, expires_at): step for quota, step in steps.items()}
        counts = {name_of(quota): step for quota, step in steps.items()} | slots
        for account_id in path:
            self._update(account_id, _removal(counts, slots))

    def settle(self, path: Sequence[str], steps: Mapping[Quota, int], now: int) -> bool:
        """Take off what has expired, and return whether a slot has passed in an account.

        Raises:
            QuotaExceededError: nothing has, and an account has no room for ``steps``.
        """
        settled = [
            self._settle(account_id, steps, limits_of(path, account_id), now) for account_id in path
        ]
        return any(settled)

    def used(self, account_id: str, quotas: Sequence[Quota], now: int) -> Mapping[Quota, int]:
        """Return what one account has of each quota, less what has expired; one read."""
        item = self.table.get(self.key_of(account_id)) or {}
        return {
            quota: _count_in(item, name_of(quota))
            - sum(_count_in(item, slot) for slot in _slot_names(quota, item, now // self.slot_s))
            for quota in quotas
        }

    def _settle(
        self, account_id: str, steps: Mapping[Quota, int], limits: Mapping[Quota, int], now: int
    ) -> bool:
        item, passed = self.table.get(self.key_of(account_id)) or {}, now // self.slot_s
        if "passed" in item and int(item["passed"]["N"]) < passed:
            self._take_off(account_id, item, passed)
            return True
        for quota, step in steps.items():
            require_room(item, quota, limits, step)
        return False

    def _take_off(self, account_id: str, item: "Item", passed: int) -> None:
        """Take off what expired up to a slot, if the item is still the one that was read."""
        names = {quota: _slot_names(quota, item, passed) for quota in Quota}
        expired = [name for each in names.values() for name in each]
        fewer = {
            name_of(quota): -sum(_count_in(item, name) for name in each)
            for quota, each in names.items()
            if each
        }
        changes = ["SET passed = :passed"]
        if expired:
            changes += [f"ADD {_list(fewer)}", f"REMOVE {', '.join(expired)}"]
        as_read = ["passed = :before", *(f"{name} = :{name}" for name in expired)]
        values: Item = {
            ":passed": {"N": str(passed)},
            ":before": item["passed"],
            **_values(fewer),
            **{f":{name}": item[name] for name in expired},
        }
        self._update(account_id, (" ".join(changes), " AND ".join(as_read), values))

    def _addition(
        self, steps: Mapping[Quota, int], limits: Mapping[Quota, int], expires_at: int, now: int
    ) -> "Update":
        counts = {name_of(quota): step for quota, step in steps.items()} | {
            self._slot_name(quota, expires_at): step for quota, step in steps.items()
        }
        conditions, values = _room(steps, limits)
        return (
            f"SET passed = if_not_exists(passed, :passed) ADD {_list(counts)}",
            " AND ".join([_IS_CURRENT, *conditions]),
            {**values, **_values(counts), ":passed": {"N": str(now // self.slot_s)}},
        )

    def _slot_name(self, quota: Quota, expires_at: int) -> str:
        return f"{quota}_{-(-expires_at // self.slot_s)}"

    def _update(self, account_id: str, update: "Update") -> bool:
        done, _ = self.table.update(self.key_of(account_id), *update)
        return done

    def part(self, account_id: str, update: "Update") -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that makes an update of an account's item."""
        changes, condition, values = update
        return {
            "Update": {
                "TableName": self.table.name,
                "Key": self.key_of(account_id).attributes(),
                "UpdateExpression": changes,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }


def _room(steps: Mapping[Quota, int], limits: Mapping[Quota, int]) -> "tuple[list[str], Item]":
    """Return the conditions that an item has room for more, and their values."""
    conditions = [*map(within_own_limit, steps)]
    values: Item = {}
    for quota in steps.keys() & limits.keys():
        room = limits[quota] - steps[quota]
        none = f"attribute_not_exists({name_of(quota)}) OR " if room >= 0 else ""
        conditions.append(f"({none}{name_of(quota)} <= :{quota}_room)")
        values = {**values, f":{quota}_room": {"N": str(room)}}
    return conditions, values


def _count_in(item: "Item", name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _removal(counts: Mapping[str, int], slots: Mapping[str, int]) -> "Update":
    fewer = {name: -count for name, count in counts.items()}
    condition = " AND ".join(f"attribute_exists({name})" for name in slots)
    return f"ADD {_list(fewer)}", condition, _values(fewer)


def _slot_names(quota: Quota, item: "Item", passed: int) -> Sequence[str]:
    """Return the slots of a quota that an item has and that have passed."""
    slots = {name: name.removeprefix(f"{quota}_") for name in item if name.startswith(f"{quota}_")}
    return [name for name, slot in slots.items() if slot.isdigit() and int(slot) <= passed]


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} :{name}" for name in counts)


def _values(counts: Mapping[str, int]) -> "Item":
    return {f":{name}": {"N": str(count)} for name, count in counts.items()}
