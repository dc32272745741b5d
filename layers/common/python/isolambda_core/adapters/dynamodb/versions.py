"""Versions in DynamoDB.

The item of a version names the aliases that point to it (``aliases``, a set of strings, not there
when there are none), so that one condition decides whether it may be removed. A removed version
leaves an item with its number, ``removed``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, cast

from isolambda_core.adapters.codecs.documents import (
    join_document,
    split_document,
)
from isolambda_core.adapters.dynamodb import keys, source_parts
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.quotas import DynamoDbQuotas
from isolambda_core.adapters.dynamodb.source_parts import SourceMissingError
from isolambda_core.adapters.dynamodb.table import KEYS, Table
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.functions.errors import (
    QualifierNotFoundError,
    VersionExistsError,
    VersionInUseError,
)
from isolambda_core.domain.functions.versions import (
    Version,
    id_of,
)
from isolambda_core.domain.json_text import dump, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_IS_THERE = "removed = :removed"
_NOT_REMOVED: "Item" = {":removed": {"BOOL": False}}
_QUOTAS = (Quota.VERSIONS,)
_REMOVED_AT_ONCE = 8
"""However large these are, they stay below the 4 MB of one transaction."""


@dataclass(frozen=True, slots=True)
class DynamoDbVersionRepository:
    """The port ``VersionRepository``."""

    table: Table
    catalog: DynamoDbCatalog
    quotas: DynamoDbQuotas
    audit: "DynamoDbAuditRepository"

    def add(self, version: Version) -> None:
        """Keep a new version; see ``VersionRepository.add``."""
        item = self._item_of(version)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        of_function = (version.account_id, version.function_id)
        count = self._count(*of_function, 1)
        while not self.audit.transact(self.table.transact, None, version, put, count):
            if self.table.get(_key_of(version)) is not None:
                self._forget(version, item)
                raise VersionExistsError
            try:
                self._settle(*of_function, _limits())
            except QuotaExceededError:
                self._forget(version, item)
                raise

    def get(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version; see ``VersionRepository.get``."""
        key = keys.of_version(account_id, function_id, id_of(number))
        version = self.catalog.get(key, self._version_of, account_id)
        if version is None:
            raise QualifierNotFoundError(str(number))
        return version

    def of_numbers(self, account_id: str, numbers: "Mapping[str, int]") -> "Mapping[str, Version]":
        """Return a version of each function; see ``VersionRepository.of_numbers``."""
        wanted = [keys.of_version(account_id, id_, id_of(each)) for id_, each in numbers.items()]
        found = self.catalog.get_each(wanted, self._version_of, account_id)
        return {version.function_id: version for version in found if version is not None}

    def last_number(self, account_id: str, function_id: str) -> int:
        """Return the highest number ever given; see ``VersionRepository.last_number``."""
        pk = keys.of_version(account_id, function_id, "").pk
        found = self.table.query(
            pk, keys.VERSION_PREFIX, page_size=1, descending=True, attributes=KEYS
        )
        last = next(found, None)
        return 0 if last is None else int(last["sk"]["S"].removeprefix(keys.VERSION_PREFIX))

    def retire(self, account_id: str, function_id: str, number: int) -> None:
        """Let no version get a number; see ``VersionRepository.retire``."""
        key = keys.of_version(account_id, function_id, id_of(number))
        item: Item = {**key.attributes(), "removed": {"BOOL": True}}
        self.table.put(item, "attribute_not_exists(pk)")

    def remove(self, version: Version) -> None:
        """Remove a version; see ``VersionRepository.remove``."""
        of_function = (version.account_id, version.function_id)
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": {**_key_of(version).attributes(), "removed": {"BOOL": True}},
                "ConditionExpression": f"{_IS_THERE} AND attribute_not_exists(aliases)",
                "ExpressionAttributeValues": _NOT_REMOVED,
            }
        }
        change = partial(self.catalog.change, version.account_id)
        count = self._count(*of_function, -1)
        while not self.audit.transact(change, version, None, put, count):
            item = self._item(*of_function, version.number)
            if "aliases" in item:
                raise VersionInUseError(min(item["aliases"]["SS"]))
            # The last alias has left it since, or the versions were not counted yet.
            self._settle(*of_function, None)
        _, source = split_document(version.document, version.compiled)
        if source_parts.is_long(source):
            parts = _parts_of(version)
            self.table.remove_all(parts.pk, parts.sk)

    def iterate(
        self,
        account_id: str,
        function_id: str,
        after: str | None = None,
        *,
        descending: bool = True,
        at_once: int,
    ) -> Iterator[Version]:
        """Yield versions in the order of their numbers; see ``VersionRepository.iterate``."""
        start = keys.of_version(account_id, function_id, after or "")
        items = self.table.query(
            start.pk,
            keys.VERSION_PREFIX,
            page_size=at_once,
            descending=descending,
            after=None if after is None else start,
            where=(_IS_THERE, _NOT_REMOVED),
        )
        return (version for item in items if (version := self._version_of(item)))

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every version of a function; see ``VersionRepository.remove_all``."""
        while found := list(islice(self._heads(account_id, function_id), _REMOVED_AT_ONCE)):
            live = sum(not head["removed"]["BOOL"] for head in found)
            count = self._count(account_id, function_id, -live)
            if not self.catalog.change(account_id, *map(self._delete_as_read, found), count):
                self._settle(account_id, function_id, None)
        usage = keys.of_version_usage(account_id, function_id)
        self.table.remove_all(usage.pk, keys.VERSION_SOURCE_PREFIX)
        self.table.remove(usage, "versions_used = :none", {":none": {"N": "0"}})

    def _item_of(self, version: Version) -> "Item":
        document, source = split_document(version.document, version.compiled)
        return {
            **_key_of(version).attributes(),
            "account_id": {"S": version.account_id},
            "function_id": {"S": version.function_id},
            "number": {"N": str(version.number)},
            "removed": {"BOOL": False},
            "description": {"S": dump(version.description)},
            "document": {"S": document},
            "source": source_parts.store(self.table, _parts_of(version), 1, source),
            "created_at": {"N": str(version.created_at)},
            **({"created_by": {"S": version.created_by}} if version.created_by else {}),
        }

    def _version_of(self, item: "Item") -> Version | None:
        """Return the version in an item; None: it is removed, or was while it was read."""
        if item["removed"]["BOOL"]:
            return None
        account_id, function_id = item["account_id"]["S"], item["function_id"]["S"]
        number = int(item["number"]["N"])
        parts = keys.of_version_source(account_id, function_id, id_of(number))
        try:
            source = source_parts.find(self.table, parts, item["source"])
        except SourceMissingError:
            return None
        document, compiled = join_document(item["document"]["S"], source)
        return Version(
            account_id=account_id,
            function_id=function_id,
            number=number,
            description=cast("str", parse(item["description"]["S"])),
            document=document,
            created_at=int(item["created_at"]["N"]),
            compiled=compiled,
            created_by=item["created_by"]["S"] if "created_by" in item else None,
        )

    def _forget(self, version: Version, item: "Item") -> None:
        """Remove the parts of an item that was not written."""
        source_parts.forget(self.table, _parts_of(version), 1, item["source"])

    def _item(self, account_id: str, function_id: str, number: int) -> "Item":
        item = self.table.get(keys.of_version(account_id, function_id, id_of(number)))
        if item is None or item["removed"]["BOOL"]:
            raise QualifierNotFoundError(str(number))
        return item

    def _count(self, account_id: str, function_id: str, step: int) -> "TransactWriteItemTypeDef":
        usage = keys.of_version_usage(account_id, function_id)
        return self.quotas.change(usage, {Quota.VERSIONS: step}, _limits())

    def _settle(
        self, account_id: str, function_id: str, limits: "Mapping[Quota, int] | None"
    ) -> None:
        def count(_: "Collection[Quota]") -> "Mapping[Quota, int]":
            heads = self._heads(account_id, function_id)
            return {Quota.VERSIONS: sum(not head["removed"]["BOOL"] for head in heads)}

        usage = keys.of_version_usage(account_id, function_id)
        self.quotas.settle_item(usage, _QUOTAS, limits, count)

    def _heads(self, account_id: str, function_id: str) -> "Iterator[Item]":
        return self.table.query(
            keys.of_version(account_id, function_id, "").pk,
            keys.VERSION_PREFIX,
            page_size=_REMOVED_AT_ONCE,
            attributes=(*KEYS, "removed"),
        )

    def _delete_as_read(self, head: "Item") -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self.table.name,
                "Key": {name: head[name] for name in KEYS},
                "ConditionExpression": "removed = :removed",
                "ExpressionAttributeValues": {":removed": head["removed"]},
            }
        }


def _limits() -> "Mapping[Quota, int]":
    return {Quota.VERSIONS: RULES[Quota.VERSIONS].limit}


def _key_of(version: Version) -> keys.Key:
    return keys.of_version(version.account_id, version.function_id, version.id)


def _parts_of(version: Version) -> keys.Key:
    return keys.of_version_source(version.account_id, version.function_id, version.id)
