"""Idempotency keys in DynamoDB, which removes expired ones some time after (TTL)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.expiring_counts import ExpiringCounts
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.table import KEYS, Table, setting
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.idempotency import IdempotencyRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

_IS_FREE = "attribute_not_exists(pk) OR expires_at <= :now"
_IS_FOR = "execution_id = :held_by"
_ONE = {Quota.IDEMPOTENCY_KEYS: 1}
_REMOVED_AT_ONCE = 90
"""DynamoDB takes a hundred writes in one transaction; the others are counts."""


@dataclass(frozen=True, slots=True)
class DynamoDbIdempotencyRepository:
    """The port ``IdempotencyRepository``."""

    table: Table
    quotas: DynamoDbQuotas
    counts: ExpiringCounts

    def add(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord:
        """Store a record, or return the one that is there; see ``IdempotencyRepository.add``.

        One read where there is one, and a transaction where there is none; where it does not count,
        one request.
        """
        if not claim.is_counted:
            return self._add_uncounted(claim, now)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": {**_key_of(claim).attributes(), **_attributes_of(claim)},
                "ConditionExpression": _IS_FREE,
                "ExpressionAttributeValues": {":now": {"N": str(now)}},
            }
        }
        path = self.quotas.path_of(claim.account_id)
        counts = list(self.counts.additions(path, _ONE, claim.expires_at, now))
        found = self._find(claim, now)
        while found is None:
            if self.table.transact(put, *counts):
                return claim
            found = self._find(claim, now)
            if found is None:
                self.counts.settle(path, _ONE, now)
        return found

    def _find(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord | None:
        item = self.table.get(_key_of(claim))
        found = None if item is None else _claim_of(item, claim)
        return None if found is None or found.expires_at <= now else found

    def _add_uncounted(self, claim: IdempotencyRecord, now: int) -> IdempotencyRecord:
        # When the answer is lost, the second try finds what the first one wrote.
        changes, values = setting(_attributes_of(claim))
        values = {**values, ":now": {"N": str(now)}}
        _, item = self.table.update(_key_of(claim), changes, _IS_FREE, values)
        return _claim_of(item, claim)

    def replace(self, claim: IdempotencyRecord, before: IdempotencyRecord) -> None:
        """Write a claim over another; see ``ClaimRepository.replace``.

        It counts until the time at which the first one would have expired.
        """
        item = {**_key_of(claim).attributes(), **_attributes_of(claim)}
        if not self.table.put(item, _IS_FOR, _held_by(before)):
            raise RevisionConflictError

    def remove(self, claim: IdempotencyRecord) -> None:
        """Remove a claim; see ``ClaimRepository.remove``."""
        path = self.quotas.path_of(claim.account_id)
        held = self.table.get(_key_of(claim))
        while held is not None and held["execution_id"]["S"] == claim.execution_id:
            if self._remove(path, [held]):
                return
            held = self.table.get(_key_of(claim))

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every claim of a function; see ``ClaimRepository.remove_all``."""
        path = self.quotas.path_of(account_id)
        while found := list(islice(self._items(account_id, function_id), _REMOVED_AT_ONCE)):
            self._remove(path, found)  # where one has changed since, all are read again

    def _items(self, account_id: str, function_id: str) -> "Iterator[Item]":
        return self.table.query(
            keys.of_claim(account_id, function_id, "").pk,
            keys.CLAIM_PREFIX,
            page_size=_REMOVED_AT_ONCE,
            attributes=(*KEYS, "execution_id", "lease_until_ms", "expires_at"),
        )

    def _remove(self, path: Sequence[str], items: "Sequence[Item]") -> bool:
        """Remove claims that are still as they were read, and count fewer."""
        deletes: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self.table.name,
                    "Key": {name: item[name] for name in KEYS},
                    "ConditionExpression": _IS_FOR,
                    "ExpressionAttributeValues": {":held_by": item["execution_id"]},
                }
            }
            for item in items
        ]
        expiries = [
            int(item["expires_at"]["N"]) for item in items if item["lease_until_ms"]["N"] != "0"
        ]
        counts = self.counts.removals(path, Quota.IDEMPOTENCY_KEYS, expiries)
        return self.table.transact(*deletes, *counts)


def _key_of(claim: IdempotencyRecord) -> keys.Key:
    return keys.of_claim(claim.account_id, claim.function_id, claim.key_sha256)


def _claim_of(item: "Item", claim: IdempotencyRecord) -> IdempotencyRecord:
    """Return the claim that an item has of the same key."""
    return replace(
        claim,
        fingerprint=item["fingerprint"]["S"],
        execution_id=item["execution_id"]["S"],
        lease_until_ms=int(item["lease_until_ms"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
    )


def _attributes_of(claim: IdempotencyRecord) -> "Item":
    return {
        "fingerprint": {"S": claim.fingerprint},
        "execution_id": {"S": claim.execution_id},
        "lease_until_ms": {"N": str(claim.lease_until_ms)},
        "expires_at": {"N": str(claim.expires_at)},
    }


def _held_by(claim: IdempotencyRecord) -> "Item":
    return {":held_by": {"S": claim.execution_id}}
