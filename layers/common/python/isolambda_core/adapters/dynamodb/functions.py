"""Functions in DynamoDB."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.documents import (
    dump_breakers,
    head_of,
    join_document,
    load_breakers,
    split_document,
)
from isolambda_core.adapters.dynamodb import keys, source_parts
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.source_parts import SourceMissingError
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.errors import RevisionConflictError, StoreUnavailableError
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import Function

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_AT_REVISION = "revision = :expected AND deleted = :deleted"
_IN_PARTS = "in_parts"
"""An attribute of functions whose source is in parts: who writes a short source removes these."""
_AT_SHORT_REVISION = f"{_AT_REVISION} AND attribute_not_exists({_IN_PARTS})"
_IDS_AT_ONCE = 1_000
_REMOVED_AT_ONCE = 8
"""However large these are, they stay below the 4 MB of one transaction."""
_QUOTAS = (Quota.FUNCTIONS,)
_READS = 3
"""How often a function is read whose source others replace at the same time."""
_HEAD = ("account_id", "id", "document", "revision", "created_at", "modified_at", "breakers")
_IS_TOOL = "deleted = :deleted AND contains(document, :tool)"
"""Passes over most of what is no tool; the document says whether it is one."""
_NOT_DELETED: "Item" = {":deleted": {"BOOL": False}}


@dataclass(frozen=True, slots=True)
class DynamoDbFunctionRepository:
    """The port ``FunctionRepository``."""

    table: Table
    catalog: DynamoDbCatalog
    quotas: DynamoDbQuotas
    audit: "DynamoDbAuditRepository"

    def add(self, function: Function) -> None:
        """Keep a new function; see ``FunctionRepository.add``."""
        item = self._item_of(function)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        path = self.quotas.path_of(function.account_id)
        # The tools of the account may be kept in memory, and nothing else that a new one is among.
        is_tool = "tool" in function.document
        write = (
            partial(self.catalog.change, function.account_id) if is_tool else self.table.transact
        )
        counts = list(self.quotas.changes(path, {Quota.FUNCTIONS: 1}))
        while not self.audit.transact(write, None, function, put, *counts):
            if self.table.get(keys.of_function(function.account_id, function.id)) is not None:
                self._forget(item)
                raise FunctionExistsError
            try:
                self.quotas.settle(path, _QUOTAS)
            except QuotaExceededError:
                self._forget(item)
                raise

    def get(self, account_id: str, function_id: str) -> Function:
        """Return a function; see ``FunctionRepository.get``."""
        key = keys.of_function(account_id, function_id)
        for _ in range(_READS):
            with suppress(SourceMissingError):  # another revision has replaced it meanwhile
                function = self.catalog.get(key, self._function_of, account_id)
                if function is None or function.deleted:
                    raise FunctionNotFoundError(function_id)
                return function
        raise StoreUnavailableError

    def replace(self, function: Function, before: Function) -> None:
        """Write the next revision; see ``FunctionRepository.replace``."""
        expected_revision = before.revision
        item = self._item_of(function, expected_revision)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": item,
                "ConditionExpression": _AT_REVISION if _IN_PARTS in item else _AT_SHORT_REVISION,
                "ExpressionAttributeValues": _expecting(expected_revision),
            }
        }
        parts = keys.of_draft_source(function.account_id, function.id)
        try:
            self._change(before, function, put)
        except RevisionConflictError:
            if _IN_PARTS in item or not self._is_in_parts(function, expected_revision):
                self._forget(item)
                raise
            put["Put"]["ConditionExpression"] = _AT_REVISION
            self._change(before, function, put)
            self._remove_parts(function.account_id, function.id)
        source_parts.forget_earlier(self.table, parts, item["source"])

    def remove(self, function: Function) -> None:
        """Remove a function for good; see ``FunctionRepository.remove``."""
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self.table.name,
                "Key": keys.of_function(function.account_id, function.id).attributes(),
                "ConditionExpression": _AT_REVISION,
                "ExpressionAttributeValues": _expecting(function.revision),
            }
        }
        self._change(function, None, delete)
        self._remove_parts(function.account_id, function.id)

    def remove_all(self, account_id: str) -> None:
        """Remove every function of an account; see ``FunctionRepository.remove_all``."""
        while found := list(islice(self._heads(account_id), _REMOVED_AT_ONCE)):
            live = sum(not head["deleted"]["BOOL"] for head in found)
            change = partial(self.catalog.change, account_id)
            with suppress(RevisionConflictError):  # then they are read again
                self._make(change, account_id, *map(self._delete_as_read, found), fewer=live)
                for head in found:
                    if _IN_PARTS in head:
                        self._remove_parts(account_id, _id_in(head))

    def ids(self, account_id: str) -> Sequence[str]:
        """Return the ids of the functions; see ``FunctionRepository.ids``."""
        found = self.table.query(
            keys.of_account(account_id).pk,
            keys.FUNCTION_PREFIX,
            page_size=_IDS_AT_ONCE,
            attributes=KEYS,
        )
        return [_id_in(item) for item in found]

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
        for item in items:
            try:
                yield self._function_of(item)
            except SourceMissingError:
                with suppress(FunctionNotFoundError):
                    yield self.get(account_id, item["id"]["S"])

    def tools(self, account_id: str) -> Sequence[Function]:
        """Return the functions that are tools; see ``FunctionRepository.tools``."""

        def read(_: object) -> Sequence[Function]:
            items = self.table.query(
                keys.of_account(account_id).pk,
                keys.FUNCTION_PREFIX,
                page_size=_IDS_AT_ONCE,
                where=(_IS_TOOL, {**_NOT_DELETED, ":tool": {"S": '"tool"'}}),
                attributes=_HEAD,
            )
            functions = map(_head_of, items)
            return [each for each in functions if "tool" in each.document]

        return self.catalog.get_all(keys.of_tools(account_id), (), read, account_id)

    def _change(
        self, before: Function, after: Function | None, write: "TransactWriteItemTypeDef"
    ) -> None:
        """Make the write of a change of a function that is there, and may be gone after it."""
        account_id = before.account_id
        change = partial(self.audit.transact, partial(self.catalog.change, account_id))
        fewer = int(after is None or after.deleted)
        self._make(partial(change, before, after), account_id, write, fewer=fewer)

    def _make(
        self,
        change: Callable[..., bool],
        account_id: str,
        *writes: "TransactWriteItemTypeDef",
        fewer: int,
    ) -> None:
        """Make writes after which there are fewer functions."""
        path = self.quotas.path_of(account_id) if fewer else ()
        counts = list(self.quotas.changes(path, {Quota.FUNCTIONS: -fewer}))
        while not change(*writes, *counts):
            if not self.quotas.count_missing(path, _QUOTAS):
                raise RevisionConflictError

    def _item_of(self, function: Function, expected_revision: int | None = None) -> "Item":
        """Return the item of a function that is new, or replaces an expected revision."""
        document, source = split_document(function.document, function.compiled)
        parts = keys.of_draft_source(function.account_id, function.id)
        replaced = None
        if expected_revision is not None and source_parts.is_long(source):
            replaced = self._source_at(function, expected_revision)
        stored = source_parts.store(self.table, parts, function.revision, source, replaced)
        return {
            **keys.of_function(function.account_id, function.id).attributes(),
            "account_id": {"S": function.account_id},
            "id": {"S": function.id},
            "revision": {"N": str(function.revision)},
            "created_at": {"N": str(function.created_at)},
            "modified_at": {"N": str(function.modified_at)},
            "deleted": {"BOOL": function.deleted},
            "document": {"S": document},
            "source": stored,
            **({_IN_PARTS: {"BOOL": True}} if "M" in stored else {}),
            **({"breakers": {"S": dump_breakers(function.breakers)}} if function.breakers else {}),
            **({"created_by": {"S": function.created_by}} if function.created_by else {}),
            **({"modified_by": {"S": function.modified_by}} if function.modified_by else {}),
        }

    def _function_of(self, item: "Item") -> Function:
        account_id, function_id = item["account_id"]["S"], item["id"]["S"]
        parts = keys.of_draft_source(account_id, function_id)
        source = source_parts.find(self.table, parts, item["source"])
        document, compiled = join_document(item["document"]["S"], source)
        breakers = item.get("breakers")
        return Function(
            account_id=account_id,
            id=function_id,
            document=document,
            revision=int(item["revision"]["N"]),
            created_at=int(item["created_at"]["N"]),
            modified_at=int(item["modified_at"]["N"]),
            deleted=item["deleted"]["BOOL"],
            breakers={} if breakers is None else load_breakers(breakers["S"]),
            compiled=compiled,
            created_by=item["created_by"]["S"] if "created_by" in item else None,
            modified_by=item["modified_by"]["S"] if "modified_by" in item else None,
        )

    def _is_in_parts(self, function: Function, revision: int) -> bool:
        source = self._source_at(function, revision)
        return source is not None and "M" in source

    def _source_at(self, function: Function, revision: int) -> "AttributeValueTypeDef | None":
        """Return the attribute of the stored source, if it is that of a revision."""
        item = self.table.get(keys.of_function(function.account_id, function.id))
        return (
            item["source"] if item is not None and item["revision"]["N"] == str(revision) else None
        )

    def _forget(self, item: "Item") -> None:
        """Remove the parts of an item that was not written."""
        parts = keys.of_draft_source(item["account_id"]["S"], item["id"]["S"])
        revision = int(item["revision"]["N"])
        source_parts.forget(self.table, parts, revision, item["source"])

    def _remove_parts(self, account_id: str, function_id: str) -> None:
        parts = keys.of_draft_source(account_id, function_id)
        self.table.remove_all(parts.pk, parts.sk)

    def _heads(self, account_id: str) -> "Iterator[Item]":
        return self.table.query(
            keys.of_account(account_id).pk,
            keys.FUNCTION_PREFIX,
            page_size=_REMOVED_AT_ONCE,
            attributes=(*KEYS, "deleted", _IN_PARTS),
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


def _head_of(item: "Item") -> Function:
    breakers = item.get("breakers")
    return Function(
        account_id=item["account_id"]["S"],
        id=item["id"]["S"],
        document=head_of(item["document"]["S"]),
        revision=int(item["revision"]["N"]),
        created_at=int(item["created_at"]["N"]),
        modified_at=int(item["modified_at"]["N"]),
        breakers={} if breakers is None else load_breakers(breakers["S"]),
    )


def _expecting(revision: int) -> "Item":
    return {":expected": {"N": str(revision)}, **_NOT_DELETED}


def _id_in(head: "Item") -> str:
    return head["sk"]["S"].removeprefix(keys.FUNCTION_PREFIX)
