"""The audit in DynamoDB, which removes expired entries some time after (TTL).

Each entry is written in one transaction with its change, and counts there. A change that finds the
audit of its account full removes the oldest entries first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.audit import dump_entry, load_entry
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.expiring_counts import ExpiringCounts
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.acting import current_actor
from isolambda_core.domain.audit.changes import Changed, change_of
from isolambda_core.domain.audit.entries import AuditEntry, entry_of, id_after
from isolambda_core.domain.correlation import correlation_id
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

_ONE = {Quota.AUDIT_ENTRIES: 1}
_TRIES = 8
"""Each of them fails because another change came first, or counts were in the way."""
_REMOVED_AT_ONCE = 20
_READ_AT_ONCE = 100
_IS_THERE = "attribute_exists(pk)"
_IS_VALID = "expires_at > :now"


@dataclass(slots=True)
class _Ids:
    """The ids of entries that this process makes, in their order."""

    last: str | None = None
    lock: Lock = field(default_factory=Lock)

    def next(self, now_ms: int) -> str:
        with self.lock:
            self.last = id_after(self.last, now_ms)
            return self.last


@dataclass(frozen=True, slots=True)
class DynamoDbAuditRepository:
    """The port ``AuditRepository``; the other repositories write by :meth:`transact`.

    The order of entries that two environments write within a moment is that of their clocks.
    ``days`` is how long an entry is kept.
    """

    table: Table
    counts: ExpiringCounts
    clock: Clock
    days: int
    _ids: _Ids = field(default_factory=_Ids)

    def transact(
        self,
        write: "Callable[..., bool]",
        before: Changed | None,
        after: Changed | None,
        *writes: "TransactWriteItemTypeDef",
    ) -> bool:
        """Make the writes of a change with its entry, and return whether their conditions held.

        ``write`` makes a transaction, as ``Table.transact`` does.
        """
        change = change_of(before, after)
        for _ in range(_TRIES):
            now_ms = self.clock.now_ms()
            entry = entry_of(
                change, current_actor(), self._ids.next(now_ms), now_ms, correlation_id(), self.days
            )
            path = (entry.account_id,)
            counts = self.counts.additions(path, _ONE, entry.expires_at, now_ms // 1_000)
            if write(*writes, self._put(entry), *counts):
                return True
            if not self._made_room(entry.account_id, now_ms // 1_000):
                return False
        raise StoreUnavailableError

    def iterate(
        self,
        account_id: str,
        now: int,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[AuditEntry]:
        """Yield entries in the order of their ids; see ``AuditRepository.iterate``."""
        start = keys.of_audit_entry(account_id, after or "")
        items = self.table.query(
            start.pk,
            keys.AUDIT_ENTRY_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else start,
            where=(_IS_VALID, {":now": {"N": str(now)}}),
        )
        return (load_entry(bytes(item["entry"]["B"])) for item in items)

    def _made_room(self, account_id: str, now: int) -> bool:
        """Return whether the counts of an account's audit were in the way, and are no more."""
        try:
            return self.counts.settle((account_id,), _ONE, now)
        except QuotaExceededError:
            self._remove_oldest(account_id, now)
            return True

    def _remove_oldest(self, account_id: str, now: int) -> None:
        oldest = self.table.query(
            keys.of_audit_entry(account_id, "").pk,
            keys.AUDIT_ENTRY_PREFIX,
            page_size=_READ_AT_ONCE,
            where=(_IS_VALID, {":now": {"N": str(now)}}),
            attributes=(*KEYS, "expires_at"),
        )
        found = list(islice(oldest, _REMOVED_AT_ONCE))
        if not found:  # something else than this code removed them, and the count is wrong
            self.table.delete_all([keys.of_audit_usage(account_id).attributes()])
            return
        expiries = [int(item["expires_at"]["N"]) for item in found]
        # Where another change removes them at the same time, one of both transactions fails.
        self.table.transact(
            *map(self._delete, found),
            *self.counts.removals((account_id,), Quota.AUDIT_ENTRIES, expiries),
        )

    def _put(self, entry: AuditEntry) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **keys.of_audit_entry(entry.account_id, entry.id).attributes(),
                    "entry": {"B": dump_entry(entry)},
                    "expires_at": {"N": str(entry.expires_at)},
                },
            }
        }

    def _delete(self, item: "Item") -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self.table.name,
                "Key": {name: item[name] for name in KEYS},
                "ConditionExpression": _IS_THERE,
            }
        }
