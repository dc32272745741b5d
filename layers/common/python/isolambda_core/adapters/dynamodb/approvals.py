"""Approvals in DynamoDB, which removes expired ones some time after (TTL).

A row of a call names its approval, as long as that is not used: it is written and removed in one
transaction with the approval, so that a call has one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.approvals import dump_approval, load_approval
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.expiring_counts import ExpiringCounts
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError, StoreUnavailableError
from isolambda_core.domain.executions.errors import ApprovalNotFoundError
from isolambda_core.domain.tools.approvals import Approval, ApprovalStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_IS_NEW = "attribute_not_exists(pk)"
_IS_FREE = "attribute_not_exists(pk) OR expires_at <= :now"
_AT_REVISION = "revision = :expected"
_IS_FOR = "approval_id = :approval_id"
_IS_VALID = "expires_at > :now"
_ONE = {Quota.APPROVALS: 1}
_TRIES = 8
"""Each of them fails because another call wrote meanwhile, or counts were in the way."""
_REMOVED_AT_ONCE = 20
"""Two items each; so many of the longest are within the 4 MB of a transaction."""


@dataclass(frozen=True, slots=True)
class DynamoDbApprovalRepository:
    """The port ``ApprovalRepository``."""

    table: Table
    quotas: DynamoDbQuotas
    counts: ExpiringCounts
    audit: "DynamoDbAuditRepository"

    def add(self, approval: Approval, now: int) -> Approval:
        """Store a new approval, or return the one that is there; see ``ApprovalRepository.add``.

        Two reads where there is one, and a transaction where there is none.
        """
        found = self._find(approval, now)
        if found is not None:
            return found
        path = self.quotas.path_of(approval.account_id)
        counts = list(self.counts.additions(path, _ONE, approval.expires_at, now))
        for _ in range(_TRIES):
            if self.table.transact(self._put(approval), self._name(approval, now), *counts):
                return approval
            found = self._find(approval, now)
            if found is not None:
                return found
            self.counts.settle(path, _ONE, now)
        raise StoreUnavailableError

    def get(self, account_id: str, approval_id: str, now: int) -> Approval:
        """Return an approval; see ``ApprovalRepository.get``."""
        item = self.table.get(keys.of_approval(account_id, approval_id))
        if item is None or int(item["expires_at"]["N"]) <= now:
            raise ApprovalNotFoundError(approval_id)
        return _approval_of(item)

    def replace(self, approval: Approval, before: Approval) -> None:
        """Write the next revision; see ``ApprovalRepository.replace``."""
        writes = [self._put(approval, before)]
        if approval.status is ApprovalStatus.USED:
            writes.append(self._forget(approval))
        if not self.audit.transact(self.table.transact, before, approval, *writes):
            raise RevisionConflictError

    def iterate(
        self,
        account_id: str,
        now: int,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Approval]:
        """Yield approvals in the order of their ids; see ``ApprovalRepository.iterate``."""
        start = keys.of_approval(account_id, after or "")
        items = self.table.query(
            start.pk,
            keys.APPROVAL_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else start,
            where=(_IS_VALID, {":now": {"N": str(now)}}),
        )
        return map(_approval_of, items)

    def remove_all(self, account_id: str) -> None:
        """Remove every approval of an account; see ``ApprovalRepository.remove_all``."""
        path = self.quotas.path_of(account_id)
        while found := list(islice(self._items(account_id), _REMOVED_AT_ONCE)):
            deletes = [
                self._delete(key) for item in found for key in (_key_in(item), _asked_in(item))
            ]
            expiries = [int(item["expires_at"]["N"]) for item in found]
            # Where a count has changed since, all are read again.
            self.table.transact(*deletes, *self.counts.removals(path, Quota.APPROVALS, expiries))

    def _find(self, approval: Approval, now: int) -> Approval | None:
        """Return the approval of the same call that is not used."""
        row = self.table.get(keys.of_asked_call(approval.account_id, approval.fingerprint))
        if row is None or int(row["expires_at"]["N"]) <= now:
            return None
        item = self.table.get(keys.of_approval(approval.account_id, row["approval_id"]["S"]))
        found = None if item is None else _approval_of(item)
        return None if found is None or found.status is ApprovalStatus.USED else found

    def _items(self, account_id: str) -> "Iterator[Item]":
        return self.table.query(
            keys.of_approval(account_id, "").pk,
            keys.APPROVAL_PREFIX,
            page_size=_REMOVED_AT_ONCE,
            attributes=(*KEYS, "fingerprint", "expires_at"),
        )

    def _put(
        self, approval: Approval, before: Approval | None = None
    ) -> "TransactWriteItemTypeDef":
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **keys.of_approval(approval.account_id, approval.id).attributes(),
                    "approval": {"S": dump_approval(approval)},
                    "fingerprint": {"S": approval.fingerprint},
                    "revision": {"N": str(approval.revision)},
                    "expires_at": {"N": str(approval.expires_at)},
                },
                "ConditionExpression": _IS_NEW if before is None else _AT_REVISION,
            }
        }
        if before is not None:
            expected = {":expected": {"N": str(before.revision)}}
            put["Put"]["ExpressionAttributeValues"] = expected
        return put

    def _name(self, approval: Approval, now: int) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that has a call name its approval."""
        return {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **keys.of_asked_call(approval.account_id, approval.fingerprint).attributes(),
                    "approval_id": {"S": approval.id},
                    "expires_at": {"N": str(approval.expires_at)},
                },
                "ConditionExpression": _IS_FREE,
                "ExpressionAttributeValues": {":now": {"N": str(now)}},
            }
        }

    def _forget(self, approval: Approval) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that has a call name its approval no more."""
        delete = self._delete(keys.of_asked_call(approval.account_id, approval.fingerprint))
        delete["Delete"]["ConditionExpression"] = _IS_FOR
        delete["Delete"]["ExpressionAttributeValues"] = {":approval_id": {"S": approval.id}}
        return delete

    def _delete(self, key: keys.Key) -> "TransactWriteItemTypeDef":
        return {"Delete": {"TableName": self.table.name, "Key": key.attributes()}}


def _approval_of(item: "Item") -> Approval:
    return load_approval(item["approval"]["S"])


def _key_in(item: "Item") -> keys.Key:
    return keys.Key(item["pk"]["S"], item["sk"]["S"])


def _asked_in(item: "Item") -> keys.Key:
    account_id = item["pk"]["S"].removeprefix(keys.of_account("").pk)
    return keys.of_asked_call(account_id, item["fingerprint"]["S"])
