"""Accounts in DynamoDB.

The item of an account counts the accounts right below it (``children``), so that one condition
decides whether it may be removed. A row under the parent lists it; an account without a parent has
a row under ``ACCOUNTS``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.quotas import STORED, DynamoDbQuotas, counts_of, own_limits
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import (
    AccountExistsError,
    AccountHasChildrenError,
    AccountNotFoundError,
)
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.json_text import dump, parse

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_QUOTAS = (Quota.ACCOUNTS,)
_IS_NEW = "attribute_not_exists(pk)"
_IS_THERE = "attribute_exists(pk)"
_AT_REVISION = "revision = :expected"
_CHILDLESS = "(attribute_not_exists(children) OR children = :none)"


@dataclass(frozen=True, slots=True)
class DynamoDbAccountRepository:
    """The port ``AccountRepository``.

    Every write is a transaction, also of one item: a put would overwrite the count of children, and
    an update leaves no mark by which a second try could know that the first succeeded.
    """

    table: Table
    catalog: DynamoDbCatalog
    quotas: DynamoDbQuotas
    audit: "DynamoDbAuditRepository"

    def add(self, account: Account) -> None:
        """Keep a new account; see ``AccountRepository.add``."""
        parent_id = account.parent_id
        items = (_item_of(account), _row_of(parent_id, account.id))
        writes = [*map(self._put, items), *self._begin(account), *self._counts(account, 1)]
        while not self.audit.transact(self.table.transact, None, account, *writes):
            # Of the table, as the catalog may know a parent that was there when the request began.
            if parent_id is not None and self.table.get(keys.of_account(parent_id)) is None:
                raise AccountNotFoundError(parent_id)
            if self.table.get(keys.of_account(account.id)) is not None:
                raise AccountExistsError
            self.quotas.settle(account.ancestor_ids, _QUOTAS)

    def get(self, account_id: str) -> Account:
        """Return an account; see ``AccountRepository.get``."""
        account = self.catalog.get(keys.of_account(account_id), _account_of, account_id)
        if account is None:
            raise AccountNotFoundError(account_id)
        return account

    def replace(self, account: Account, before: Account) -> None:
        """Write the next revision; see ``AccountRepository.replace``."""
        replaced = self.audit.transact(
            partial(self.catalog.change, account.id),
            before,
            account,
            {
                "Update": {
                    "TableName": self.table.name,
                    "Key": keys.of_account(account.id).attributes(),
                    "UpdateExpression": (
                        "SET document = :document, modified_at = :modified_at, revision = :revision"
                    ),
                    "ConditionExpression": _AT_REVISION,
                    "ExpressionAttributeValues": {
                        ":document": {"S": dump(account.document)},
                        ":modified_at": {"N": str(account.modified_at)},
                        ":revision": {"N": str(account.revision)},
                        ":expected": {"N": str(before.revision)},
                    },
                }
            },
            *self._limits(account),
        )
        if not replaced:
            raise RevisionConflictError

    def remove(self, account: Account) -> None:
        """Remove an account; see ``AccountRepository.remove``."""
        key, revision = keys.of_account(account.id), {"N": str(account.revision)}
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self.table.name,
                    "Key": key.attributes(),
                    "ConditionExpression": f"{_AT_REVISION} AND {_CHILDLESS}",
                    "ExpressionAttributeValues": {":expected": revision, ":none": {"N": "0"}},
                }
            },
            *map(self._delete, _other_keys_of(account)),
            *self._counts(account, -1),
        ]
        change = partial(self.catalog.change, account.id)
        while not self.audit.transact(change, account, None, *writes):
            item = self.table.get(key)
            if item is None or item["revision"] != revision:
                raise RevisionConflictError
            if not self.quotas.count_missing(account.ancestor_ids, _QUOTAS):
                raise AccountHasChildrenError

    def children(
        self,
        account_id: str | None,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Account]:
        """Yield the accounts right below another; see ``AccountRepository.children``."""
        rows = self.table.query(
            keys.of_child(account_id, "").pk,
            keys.CHILD_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else keys.of_child(account_id, after),
        )
        for row in rows:
            item = self.table.get(keys.of_account(row["id"]["S"]))
            if item is not None:  # it may have been removed since
                yield _account_of(item)

    def _put(self, item: "Item") -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self.table.name, "Item": item, "ConditionExpression": _IS_NEW}}

    def _begin(self, account: Account) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield what writes the counts of a new account, of what expires if there is a limit of it.

        Without an account there are counts, too, of what was added while it was removed: they stay.
        """
        for key, quotas in _usage_keys_of(account.id).items():
            limits = own_limits(quotas, account.quotas)
            if quotas == STORED or limits:
                yield self._usage(key, quotas, limits, counts_of(dict.fromkeys(quotas, 0)))

    def _limits(self, account: Account) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield what writes the limits of an account beside its counts."""
        for key, quotas in _usage_keys_of(account.id).items():
            # What expires is counted from the first on; of what is stored, no count means unknown.
            begun = {} if quotas == STORED else counts_of(dict.fromkeys(quotas, 0))
            yield self._usage(key, quotas, own_limits(quotas, account.quotas), begun)

    def _usage(
        self, key: keys.Key, quotas: Sequence[Quota], limits: "Item", begun: "Item"
    ) -> "TransactWriteItemTypeDef":
        """Return what writes limits of an account, and the counts that have not ``begun`` yet."""
        sets = [f"{name} = :{name}" for name in limits]
        sets += [f"{name} = if_not_exists({name}, :{name})" for name in begun]
        gone = [f"{quota}_limit" for quota in quotas if f"{quota}_limit" not in limits]
        changes = [f"SET {', '.join(sets)}"] if sets else []
        changes += [f"REMOVE {', '.join(gone)}"] if gone else []
        values = {f":{name}": value for name, value in {**limits, **begun}.items()}
        update: UpdateTypeDef = {
            "TableName": self.table.name,
            "Key": key.attributes(),
            "UpdateExpression": " ".join(changes),
        }
        if values:
            update["ExpressionAttributeValues"] = values
        return {"Update": update}

    def _delete(self, key: keys.Key) -> "TransactWriteItemTypeDef":
        return {"Delete": {"TableName": self.table.name, "Key": key.attributes()}}

    def _counts(self, account: Account, step: int) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield what counts an account in those above it, if there are any."""
        if account.parent_id is not None:
            yield self._count_child(account.parent_id, step)
        yield from self.quotas.changes(account.ancestor_ids, {Quota.ACCOUNTS: step})

    def _count_child(self, parent_id: str, step: int) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self.table.name,
                "Key": keys.of_account(parent_id).attributes(),
                "UpdateExpression": "ADD children :step",
                "ConditionExpression": _IS_THERE,
                "ExpressionAttributeValues": {":step": {"N": str(step)}},
            }
        }


def _row_of(parent_id: str | None, account_id: str) -> "Item":
    return {**keys.of_child(parent_id, account_id).attributes(), "id": {"S": account_id}}


def _usage_keys_of(account_id: str) -> Mapping[keys.Key, Sequence[Quota]]:
    return {
        keys.of_usage(account_id): STORED,
        keys.of_key_usage(account_id): (Quota.IDEMPOTENCY_KEYS,),
        keys.of_approval_usage(account_id): (Quota.APPROVALS,),
        keys.of_execution_usage(account_id): (Quota.WAITING_EXECUTIONS, Quota.RECORD_BYTES),
        keys.of_value_usage(account_id): (Quota.KV_ITEMS, Quota.KV_BYTES),
    }


def _other_keys_of(account: Account) -> Iterator[keys.Key]:
    """Yield the keys of what goes with the item of an account."""
    yield keys.of_child(account.parent_id, account.id)
    yield from _usage_keys_of(account.id)


def _item_of(account: Account) -> "Item":
    return {
        **keys.of_account(account.id).attributes(),
        "id": {"S": account.id},
        "document": {"S": dump(account.document)},
        "created_at": {"N": str(account.created_at)},
        "modified_at": {"N": str(account.modified_at)},
        "revision": {"N": str(account.revision)},
        "ancestor_ids": {"L": [{"S": ancestor_id} for ancestor_id in account.ancestor_ids]},
    }


def _account_of(item: "Item") -> Account:
    return Account(
        id=item["id"]["S"],
        document=cast("Document", parse(item["document"]["S"])),
        created_at=int(item["created_at"]["N"]),
        modified_at=int(item["modified_at"]["N"]),
        revision=int(item["revision"]["N"]),
        ancestor_ids=tuple(ancestor["S"] for ancestor in item["ancestor_ids"]["L"]),
    )
