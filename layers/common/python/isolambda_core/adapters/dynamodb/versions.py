"""Versions in DynamoDB.

The item of a version names the aliases that point to it (``aliases``, a set of strings, not there
when there are none), so that one condition decides whether it may be removed. A removed version
leaves an item with its number, ``removed``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from isolambda_core.adapters.codecs.documents import (
    join_document,
    split_document,
)
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.table import KEYS, Table
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
    from isolambda_core.adapters.dynamodb.table import Item

_IS_THERE = "removed = :removed"
_NOT_REMOVED: "Item" = {":removed": {"BOOL": False}}


@dataclass(frozen=True, slots=True)
class DynamoDbVersionRepository:
    """The port ``VersionRepository``."""

    table: Table
    catalog: DynamoDbCatalog

    def add(self, version: Version) -> None:
        """Keep a new version; see ``VersionRepository.add``."""
        if not self.table.put(_item_of(version), "attribute_not_exists(pk)"):
            raise VersionExistsError

    def get(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version; see ``VersionRepository.get``."""
        key = keys.of_version(account_id, function_id, id_of(number))
        version = self.catalog.get(key, _version_of, account_id)
        if version is None:
            raise QualifierNotFoundError(str(number))
        return version

    def last_number(self, account_id: str, function_id: str) -> int:
        """Return the highest number ever given; see ``VersionRepository.last_number``."""
        pk = keys.of_version(account_id, function_id, "").pk
        found = self.table.query(
            pk, keys.VERSION_PREFIX, page_size=1, descending=True, attributes=KEYS
        )
        last = next(found, None)
        return 0 if last is None else int(last["sk"]["S"].removeprefix(keys.VERSION_PREFIX))

    def remove(self, version: Version) -> None:
        """Remove a version; see ``VersionRepository.remove``."""
        while not self.catalog.change(
            version.account_id,
            {
                "Put": {
                    "TableName": self.table.name,
                    "Item": {**_key_of(version).attributes(), "removed": {"BOOL": True}},
                    "ConditionExpression": f"{_IS_THERE} AND attribute_not_exists(aliases)",
                    "ExpressionAttributeValues": _NOT_REMOVED,
                }
            },
        ):
            item = self._item(version.account_id, version.function_id, version.number)
            if "aliases" in item:
                raise VersionInUseError(min(item["aliases"]["SS"]))
            # The last alias has left it since; a further round means that another alias came.

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
        return (version for item in items if (version := _version_of(item)))

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every version of a function; see ``VersionRepository.remove_all``."""
        pk = keys.of_version(account_id, function_id, "").pk
        self.catalog.remove_all(account_id, pk, keys.VERSION_PREFIX)

    def _item(self, account_id: str, function_id: str, number: int) -> "Item":
        item = self.table.get(keys.of_version(account_id, function_id, id_of(number)))
        if item is None or item["removed"]["BOOL"]:
            raise QualifierNotFoundError(str(number))
        return item


def _key_of(version: Version) -> keys.Key:
    return keys.of_version(version.account_id, version.function_id, version.id)


def _item_of(version: Version) -> "Item":
    document, source = split_document(version.document)
    return {
        **_key_of(version).attributes(),
        "account_id": {"S": version.account_id},
        "function_id": {"S": version.function_id},
        "number": {"N": str(version.number)},
        "removed": {"BOOL": False},
        "description": {"S": dump(version.description)},
        "document": {"S": document},
        "source": {"B": source},
        "created_at": {"N": str(version.created_at)},
    }


def _version_of(item: "Item") -> Version | None:
    if item["removed"]["BOOL"]:
        return None
    return Version(
        account_id=item["account_id"]["S"],
        function_id=item["function_id"]["S"],
        number=int(item["number"]["N"]),
        description=cast("str", parse(item["description"]["S"])),
        document=join_document(item["document"]["S"], item["source"]["B"]),
        created_at=int(item["created_at"]["N"]),
    )
