"""What accounts have used of their budgets, in DynamoDB: an item for each period."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.budgets import Amounts, Measure, Meter, Spent, share_of
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import DAILY_COUNTS_DAYS

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

_TRIES = 8
_KEPT_S = DAILY_COUNTS_DAYS * 86_400


@dataclass(frozen=True, slots=True)
class DynamoDbBudgetRepository:
    """The port ``BudgetRepository``: one write for a share, and none where nothing is left."""

    table: Table

    def take(self, meter: Meter, limits: Amounts, owed: Amounts, known: Amounts) -> Spent:
        """Add what is owed, and lend shares; see ``BudgetRepository.take``.

        One request where ``known`` is near what is used, one more for each process that has used
        so much meanwhile that the share is too large. Where nothing was left it is one read: others
        may have given back since.
        """
        used, is_current = known, False
        for _ in range(_TRIES):
            shares = {
                each: share_of(each, limit, used.get(each, 0) + owed.get(each, 0))
                for each, limit in limits.items()
            }
            lent = {each: share for each, share in shares.items() if share}
            if lent:
                more = {each: shares[each] + owed.get(each, 0) for each in limits}
                rooms = {each: limits[each] - more[each] for each in lent}
                done, item = self._add(meter, more, rooms)
                used = _used_in(item)
                if done:
                    return Spent(used, shares)
            elif debts := {each: amount for each, amount in owed.items() if amount}:
                done, item = self._add(meter, debts, {})
                used, owed = _used_in(item), {} if done else owed
            elif is_current:
                return Spent(used, shares)
            else:
                used = self.used(meter)
            is_current = True
        raise StoreUnavailableError

    def add(self, meter: Meter, amounts: Amounts) -> None:
        """Add to what is used; see ``BudgetRepository.add``."""
        if more := {each: amount for each, amount in amounts.items() if amount}:
            self._add(meter, more, {})

    def used(self, meter: Meter) -> Amounts:
        """Return what is used, by one read; see ``BudgetRepository.used``."""
        return _used_in(self.table.get(_key_of(meter)) or {})

    def mark(self, meter: Meter, measure: Measure, percent: int) -> bool:
        """Note a percentage; see ``BudgetRepository.mark``.

        A lost answer looks as if another process had noted it: then no callback goes out.
        """
        name = f"{measure}_notified"
        done, _ = self.table.update(
            _key_of(meter),
            f"SET {name} = :percent",
            f"attribute_not_exists({name}) OR {name} < :percent",
            {":percent": {"N": str(percent)}},
        )
        return done

    def _add(
        self, meter: Meter, more: Amounts, rooms: Mapping[Measure, int]
    ) -> "tuple[bool, Item]":
        """Add to what is used, if no more is used than the rooms say."""
        names = {each: f"{each}_used" for each in more}
        conditions = [
            f"(attribute_not_exists({names[each]}) OR {names[each]} <= :{each}_room)"
            for each in rooms
        ]
        values: Item = {
            ":expires_at": {"N": str(meter.ends_at + _KEPT_S)},
            **{f":{each}_room": {"N": str(room)} for each, room in rooms.items()},
            **{f":{each}": {"N": str(amount)} for each, amount in more.items()},
        }
        sums = ", ".join(f"{name} :{each}" for each, name in names.items())
        return self.table.update_once(
            _key_of(meter),
            f"SET expires_at = :expires_at ADD {sums}",
            values,
            " AND ".join(conditions),
        )


def _key_of(meter: Meter) -> keys.Key:
    return keys.of_budget_meter(meter.account_id, meter.name)


def _used_in(item: "Item") -> Amounts:
    names = {each: f"{each}_used" for each in Measure}
    return {each: int(item[name]["N"]) for each, name in names.items() if name in item}
