"""Functions in DynamoDB."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.documents import (
    dump_breakers,
    join_document,
    load_breakers,
    split_document,
)
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import Function

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

_AT_REVISION = "revision = :expected AND deleted = :deleted"
_IDS_AT_ONCE = 1_000
_REMOVED_AT_ONCE = 8
"""However large these are, they stay below the 4 MB of one transaction."""
_QUOTAS = (Quota.FUNCTIONS,)
_NOT_DELETED: "Item" = {":deleted": {"BOOL": False}}


@dataclass(frozen=True, slots=True)
class DynamoDbFunctionRepository:
    """The port ``FunctionRepository``."""

    table: Table
    catalog: DynamoDbCatalog
    quotas: DynamoDbQuotas

    def add(self, function: Function) -> None:
        """Keep a new function; see ``FunctionRepository.add``."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": _item_of(function),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        path = self.quotas.path_of(function.account_id)
        while not self.table.transact(put, *self.quotas.changes(path, {Quota.FUNCTIONS: 1})):
            if self.table.get(keys.of_function(function.account_id, function.id)) is not None:
                raise FunctionExistsError
            self.quotas.settle(path, _QUOTAS)

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function; see ``FunctionRepository.get``."""
        key = keys.of_function(account_id, function_id)
        function = self.catalog.get(key, _function_of, account_id)
        if function is None or function.deleted:
            raise FunctionNotFoundError(function_id)
        return function

    def replace(self, function: Function, expected_revision: int) -> None:
        """Write the next revision; see ``FunctionRepository.replace``."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": _item_of(function),
                "ConditionExpression": _AT_REVISION,
                "ExpressionAttributeValues": _expecting(expected_revision),
            }
        }
        self._change(function.account_id, put, fewer=int(function.deleted))

    def remove(self, account_id: str, function_id: str, expected_revision: int) -> None:
        """Remove a function for good; see ``FunctionRepository.remove``."""
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self.table.name,
                "Key": keys.of_function(account_id, function_id).attributes(),
                "ConditionExpression": _AT_REVISION,
                "ExpressionAttributeValues": _expecting(expected_revision),
            }
        }
        self._change(account_id, delete, fewer=1)

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account; see ``FunctionRepository.remove_all``."""
        while found := list(islice(self._heads(account_id), _REMOVED_AT_ONCE)):
            live = sum(not head["deleted"]["BOOL"] for head in found)
            with suppress(RevisionConflictError):  # then they are read again
                self._change(account_id, *map(self._delete_as_read, found), fewer=live)

    def ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of the functions; see ``FunctionRepository.ids``."""
        found = self.table.query(
            keys.of_account(account_id).pk,
            keys.FUNCTION_PREFIX,
            page_size=_IDS_AT_ONCE,
            attributes=KEYS,
        )
        return [item["sk"]["S"].removeprefix(keys.FUNCTION_PREFIX) for item in found]

    def iterate(
        self, account_id: str, after: str | None = None, *, descending: bool = True, at_once: int
    ) -> Iterator[Function]:
        """Yield functions in the order of their ids; see ``FunctionRepository.iterate``."""
        items = self.table.query(
            keys.of_account(account_id).pk,
            keys.FUNCTION_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else keys.of_function(account_id, after),
            where=("deleted = :deleted", _NOT_DELETED),
        )
        return map(_function_of, items)

    def _change(self, account_id: str, *writes: "TransactWriteItemTypeDef", fewer: int) -> None:
        """Make writes after which there are fewer functions."""
        path = self.quotas.path_of(account_id) if fewer else ()
        counts = list(self.quotas.changes(path, {Quota.FUNCTIONS: -fewer}))
        while not self.catalog.change(account_id, *writes, *counts):
            if not self.quotas.count_missing(path, _QUOTAS):
                raise RevisionConflictError

    def _heads(self, account_id: str) -> "Iterator[Item]":
        return self.table.query(
            keys.of_account(account_id).pk,
            keys.FUNCTION_PREFIX,
            page_size=_REMOVED_AT_ONCE,
            attributes=(*KEYS, "deleted"),
        )

    def _delete_as_read(self, head: "Item") -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self.table.name,
                "Key": {name: head[name] for name in KEYS},
                "ConditionExpression": "deleted = :deleted",
                "ExpressionAttributeValues": {":deleted": head["deleted"]},
            }
        }


def _expecting(revision: int) -> "Item":
    return {":expected": {"N": str(revision)}, **_NOT_DELETED}


def _item_of(function: Function) -> "Item":
    document, source = split_document(function.document, function.compiled)
    return {
        **keys.of_function(function.account_id, function.id).attributes(),
        "account_id": {"S": function.account_id},
        "id": {"S": function.id},
        "revision": {"N": str(function.revision)},
        "created_at": {"N": str(function.created_at)},
        "modified_at": {"N": str(function.modified_at)},
        "deleted": {"BOOL": function.deleted},
        "document": {"S": document},
        "source": {"B": source},
        **({"breakers": {"S": dump_breakers(function.breakers)}} if function.breakers else {}),
    }


def _function_of(item: "Item") -> Function:
    breakers = item.get("breakers")
    document, compiled = join_document(item["document"]["S"], item["source"]["B"])
    return Function(
        account_id=item["account_id"]["S"],
        id=item["id"]["S"],
        document=document,
        revision=int(item["revision"]["N"]),
        created_at=int(item["created_at"]["N"]),
        modified_at=int(item["modified_at"]["N"]),
        deleted=item["deleted"]["BOOL"],
        breakers={} if breakers is None else load_breakers(breakers["S"]),
        compiled=compiled,
    )
