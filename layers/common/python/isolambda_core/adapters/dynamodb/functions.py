"""Functions in DynamoDB."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.documents import (
    dump_breakers,
    join_document,
    load_breakers,
    split_document,
)
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import Function

if TYPE_CHECKING:
    from isolambda_core.adapters.dynamodb.table import Item

_AT_REVISION = "revision = :expected AND deleted = :deleted"
_IDS_AT_ONCE = 1_000
_NOT_DELETED: "Item" = {":deleted": {"BOOL": False}}


@dataclass(frozen=True, slots=True)
class DynamoDbFunctionRepository:
    """The port ``FunctionRepository``."""

    table: Table
    catalog: DynamoDbCatalog

    def add(self, function: Function) -> None:
        """Keep a new function; see ``FunctionRepository.add``."""
        if not self.table.put(_item_of(function), "attribute_not_exists(pk)"):
            raise FunctionExistsError

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function; see ``FunctionRepository.get``."""
        key = keys.of_function(account_id, function_id)
        function = self.catalog.get(key, _function_of, account_id)
        if function is None or function.deleted:
            raise FunctionNotFoundError(function_id)
        return function

    def replace(self, function: Function, expected_revision: int) -> None:
        """Write the next revision; see ``FunctionRepository.replace``."""
        replaced = self.catalog.change(
            function.account_id,
            {
                "Put": {
                    "TableName": self.table.name,
                    "Item": _item_of(function),
                    "ConditionExpression": _AT_REVISION,
                    "ExpressionAttributeValues": _expecting(expected_revision),
                }
            },
        )
        if not replaced:
            raise RevisionConflictError

    def remove(self, account_id: str, function_id: str, expected_revision: int) -> None:
        """Remove a function for good; see ``FunctionRepository.remove``."""
        removed = self.catalog.change(
            account_id,
            {
                "Delete": {
                    "TableName": self.table.name,
                    "Key": keys.of_function(account_id, function_id).attributes(),
                    "ConditionExpression": _AT_REVISION,
                    "ExpressionAttributeValues": _expecting(expected_revision),
                }
            },
        )
        if not removed:
            raise RevisionConflictError

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account; see ``FunctionRepository.remove_all``."""
        pk = keys.of_account(account_id).pk
        self.catalog.remove_all(account_id, pk, keys.FUNCTION_PREFIX)

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


def _expecting(revision: int) -> "Item":
    return {":expected": {"N": str(revision)}, **_NOT_DELETED}


def _item_of(function: Function) -> "Item":
    document, source = split_document(function.document)
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
    return Function(
        account_id=item["account_id"]["S"],
        id=item["id"]["S"],
        document=join_document(item["document"]["S"], item["source"]["B"]),
        revision=int(item["revision"]["N"]),
        created_at=int(item["created_at"]["N"]),
        modified_at=int(item["modified_at"]["N"]),
        deleted=item["deleted"]["BOOL"],
        breakers={} if breakers is None else load_breakers(breakers["S"]),
    )
