"""Count in DynamoDB what an account and all below it have, by reading all of it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.triggers import load_trigger
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.limits import TRIGGERS

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

_AT_ONCE = 1_000
_OF_TRIGGERS = {Quota.TRIGGERS, Quota.EVENT_TRIGGERS, Quota.BUCKET_TRIGGERS}


@dataclass(frozen=True, slots=True)
class Inventory:
    """Counts what is there, for a count that is not there yet: once for an account and a quota.

    A query for each account; where triggers are asked for, one more for each function.
    """

    table: Table
    account_id: str

    def count(self, quotas: Collection[Quota]) -> Mapping[Quota, int]:
        """Return how many there are of what each of these quotas counts."""
        found = Counter(self._stored(self.account_id, set(quotas)))
        return {quota: found[quota] for quota in quotas}

    def _stored(self, account_id: str, wanted: set[Quota]) -> Iterator[Quota]:
        """Yield the quotas of each item, and others than are wanted among them."""
        pk = keys.of_account(account_id).pk
        if wanted != {Quota.ACCOUNTS}:
            for function in self._items(pk, keys.FUNCTION_PREFIX, "deleted"):
                if not function["deleted"]["BOOL"]:
                    yield Quota.FUNCTIONS
                if wanted & _OF_TRIGGERS:
                    function_id = function["sk"]["S"].removeprefix(keys.FUNCTION_PREFIX)
                    yield from self._quotas_of_triggers(account_id, function_id)
        for child in self._items(pk, keys.CHILD_PREFIX):
            yield Quota.ACCOUNTS
            yield from self._stored(child["sk"]["S"].removeprefix(keys.CHILD_PREFIX), wanted)

    def _quotas_of_triggers(self, account_id: str, function_id: str) -> Iterator[Quota]:
        pk = keys.of_trigger(account_id, function_id, "").pk
        for item in self.table.query(pk, keys.TRIGGER_PREFIX, page_size=TRIGGERS + 1):
            yield from load_trigger(item["trigger"]["S"], 0).quotas

    def _items(self, pk: str, prefix: str, *attributes: str) -> "Iterator[Item]":
        return self.table.query(pk, prefix, page_size=_AT_ONCE, attributes=(*KEYS, *attributes))
