"""Saved calls in DynamoDB, each written in one transaction with their number and their changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.saved_calls import (
    digest_of,
    dump_saved_call,
    load_saved_call,
)
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.errors import quota_exceeded
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.errors import SavedCallNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_IS_NEW = "attribute_not_exists(pk)"
_AS_BEFORE = "digest = :before"
"""Not the revision, which one that was removed and made again may have as well."""
_HAS_ROOM = "attribute_not_exists(calls) OR calls < :most"


@dataclass(frozen=True, slots=True)
class DynamoDbSavedCallRepository:
    """The port ``SavedCallRepository``."""

    table: Table
    audit: "DynamoDbAuditRepository"

    def add(self, call: SavedCall) -> None:
        """Keep a new saved call; see ``SavedCallRepository.add``."""
        put = self._put(call, _IS_NEW)
        if not self.audit.transact(self.table.transact, None, call, put, self._count(call, 1)):
            used = self._used(call)
            limit = RULES[Quota.SAVED_CALLS].limit
            if self.table.get(_key_of(call)) is None and used >= limit:
                raise quota_exceeded(Quota.SAVED_CALLS, used, limit)
            raise RevisionConflictError

    def get(self, account_id: str, function_id: str, name: str) -> SavedCall:
        """Return a saved call; see ``SavedCallRepository.get``."""
        item = self.table.get(keys.of_saved_call(account_id, function_id, name))
        if item is None:
            raise SavedCallNotFoundError(name)
        return _saved_call_of(item)

    def replace(self, call: SavedCall, before: SavedCall) -> None:
        """Write the next revision; see ``SavedCallRepository.replace``."""
        put = self._put(call, _AS_BEFORE, _expecting(before))
        if not self.audit.transact(self.table.transact, before, call, put, self._count(call, 0)):
            raise RevisionConflictError

    def remove(self, call: SavedCall) -> None:
        """Remove a saved call; see ``SavedCallRepository.remove``."""
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self.table.name,
                "Key": _key_of(call).attributes(),
                "ConditionExpression": _AS_BEFORE,
                "ExpressionAttributeValues": _expecting(call),
            }
        }
        count = self._count(call, -1)
        if not self.audit.transact(self.table.transact, call, None, delete, count):
            raise RevisionConflictError

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[SavedCall]:
        """Yield saved calls in the order of names; see ``SavedCallRepository.iterate``."""
        start = keys.of_saved_call(account_id, function_id, after or "")
        items = self.table.query(
            start.pk,
            keys.SAVED_CALL_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else start,
        )
        return map(_saved_call_of, items)

    def changes(self, account_id: str, function_id: str) -> int:
        """Return the number of changes; see ``SavedCallRepository.changes``."""
        item = self.table.get(keys.of_saved_call_usage(account_id, function_id))
        return 0 if item is None else int(item["changes"]["N"])

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every saved call of a function; see ``SavedCallRepository.remove_all``."""
        usage = keys.of_saved_call_usage(account_id, function_id)
        self.table.remove_all(usage.pk, keys.SAVED_CALL_PREFIX)
        self.table.delete_all([usage.attributes()])

    def _put(
        self, call: SavedCall, condition: str, values: "Item | None" = None
    ) -> "TransactWriteItemTypeDef":
        text = dump_saved_call(call)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **_key_of(call).attributes(),
                    "digest": {"S": digest_of(text)},
                    "saved_call": {"S": text},
                },
                "ConditionExpression": condition,
            }
        }
        if values is not None:
            put["Put"]["ExpressionAttributeValues"] = values
        return put

    def _count(self, call: SavedCall, step: int) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that counts a change, and what it adds or removes."""
        values: Item = {":step": {"N": str(step)}, ":one": {"N": "1"}}
        update: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self.table.name,
                "Key": keys.of_saved_call_usage(call.account_id, call.function_id).attributes(),
                "UpdateExpression": "ADD calls :step, changes :one",
                "ExpressionAttributeValues": values,
            }
        }
        if step > 0:
            update["Update"]["ConditionExpression"] = _HAS_ROOM
            limit: Item = {":most": {"N": str(RULES[Quota.SAVED_CALLS].limit)}}
            update["Update"]["ExpressionAttributeValues"] = {**values, **limit}
        return update

    def _used(self, call: SavedCall) -> int:
        item = self.table.get(keys.of_saved_call_usage(call.account_id, call.function_id))
        return 0 if item is None else int(item["calls"]["N"])


def _key_of(call: SavedCall) -> keys.Key:
    return keys.of_saved_call(call.account_id, call.function_id, call.name)


def _expecting(before: SavedCall) -> "Item":
    return {":before": {"S": digest_of(dump_saved_call(before))}}


def _saved_call_of(item: "Item") -> SavedCall:
    return load_saved_call(item["saved_call"]["S"])
