"""Aliases in DynamoDB: each is written in one transaction with the versions that name it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.adapters.codecs.aliases import (
    dump_alias,
    load_alias,
)
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.adapters.dynamodb.versions import DynamoDbVersionRepository
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.errors import (
    AliasExistsError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.versions import id_of
from isolambda_core.domain.limits import ALIASES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        ConditionCheckTypeDef,
        TransactWriteItemTypeDef,
    )

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_IS_NEW = "attribute_not_exists(pk)"
# The versions as well: an alias that was removed and created again may have the same revision, but
# other versions name it.
_AS_BEFORE = "revision = :revision AND versions = :versions"


@dataclass(frozen=True, slots=True)
class DynamoDbAliasRepository:
    """The port ``AliasRepository``."""

    table: Table
    catalog: DynamoDbCatalog
    versions: DynamoDbVersionRepository
    audit: "DynamoDbAuditRepository"

    def add(self, alias: Alias, saved_calls: int | None = None) -> None:
        """Keep a new alias; see ``AliasRepository.add``."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": _item_of(alias),
                "ConditionExpression": _IS_NEW,
            }
        }
        pointed_to = self._named_by("ADD", alias, alias.versions)
        checks = self._unchanged(alias, saved_calls)
        if not self.audit.transact(self.table.transact, None, alias, put, *pointed_to, *checks):
            self._require(alias, alias.versions)
            if self.table.get(_key_of(alias)) is None:
                raise RevisionConflictError
            raise AliasExistsError

    def get(self, account_id: str, function_id: str, name: str) -> Alias:
        """Return an alias; see ``AliasRepository.get``."""
        key = keys.of_alias(account_id, function_id, name)
        alias = self.catalog.get(key, _alias_of, account_id)
        if alias is None:
            raise QualifierNotFoundError(name)
        return alias

    def of_name(
        self, account_id: str, name: str, function_ids: Sequence[str]
    ) -> Mapping[str, Alias]:
        """Return the aliases of a name; see ``AliasRepository.of_name``."""
        wanted = [keys.of_alias(account_id, id_, name) for id_ in function_ids]
        found = self.catalog.get_each(wanted, _alias_of, account_id)
        return {alias.function_id: alias for alias in found if alias is not None}

    def replace(self, alias: Alias, before: Alias, saved_calls: int | None = None) -> None:
        """Write the next revision; see ``AliasRepository.replace``."""
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table.name,
                "Item": _item_of(alias),
                "ConditionExpression": _AS_BEFORE,
                "ExpressionAttributeValues": _expecting(before),
            }
        }
        came = alias.versions - before.versions
        left = before.versions - alias.versions
        if not self.audit.transact(
            partial(self.catalog.change, alias.account_id),
            before,
            alias,
            put,
            *self._named_by("ADD", alias, came),
            *self._named_by("DELETE", alias, left),
            *self._unchanged(alias, saved_calls),
            *self._without_shadow(before),
        ):
            self._require(alias, came)
            raise RevisionConflictError

    def remove(self, alias: Alias) -> None:
        """Remove an alias; see ``AliasRepository.remove``."""
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self.table.name,
                "Key": _key_of(alias).attributes(),
                "ConditionExpression": _AS_BEFORE,
                "ExpressionAttributeValues": _expecting(alias),
            }
        }
        left = self._named_by("DELETE", alias, alias.versions)
        change = partial(self.catalog.change, alias.account_id)
        shadow = self._without_shadow(alias)
        if not self.audit.transact(change, alias, None, delete, *left, *shadow):
            raise RevisionConflictError

    def of_function(self, account_id: str, function_id: str) -> Sequence[Alias]:
        """Return the aliases of a function; see ``AliasRepository.of_function``."""
        pk = keys.of_alias(account_id, function_id, "").pk
        items = self.table.query(pk, keys.ALIAS_PREFIX, page_size=ALIASES + 1)
        return [_alias_of(item) for item in items]

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every alias of a function; see ``AliasRepository.remove_all``."""
        pk = keys.of_alias(account_id, function_id, "").pk
        self.catalog.remove_all(account_id, pk, keys.ALIAS_PREFIX)
        # Without the aliases, no shadow adds to what it has found.
        self.table.remove_all(pk, keys.SHADOW_PREFIX)

    def is_as(self, alias: Alias) -> "TransactWriteItemTypeDef":
        """Return the part of a transaction that fails if an alias is another by now, or gone."""
        check: ConditionCheckTypeDef = {
            "TableName": self.table.name,
            "Key": _key_of(alias).attributes(),
            "ConditionExpression": _AS_BEFORE,
            "ExpressionAttributeValues": _expecting(alias),
        }
        return {"ConditionCheck": check}

    def _without_shadow(self, before: Alias) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the removal of what the shadow of an alias has found, if it has one."""
        if before.shadow.share:
            key = keys.of_shadow(before.account_id, before.function_id, before.name)
            yield {"Delete": {"TableName": self.table.name, "Key": key.attributes()}}

    def _named_by(
        self, action: str, alias: Alias, numbers: Collection[int]
    ) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the writes that add the alias to existing versions, or remove it from them."""
        for number in numbers:
            key = keys.of_version(alias.account_id, alias.function_id, id_of(number))
            yield {
                "Update": {
                    "TableName": self.table.name,
                    "Key": key.attributes(),
                    "UpdateExpression": f"{action} aliases :names",
                    "ConditionExpression": "removed = :removed",
                    "ExpressionAttributeValues": {
                        ":names": {"SS": [alias.name]},
                        ":removed": {"BOOL": False},
                    },
                }
            }

    def _unchanged(
        self, alias: Alias, saved_calls: int | None
    ) -> "Iterator[TransactWriteItemTypeDef]":
        """Yield the condition that the saved calls have had as many changes, where that matters."""
        if saved_calls is None:
            return
        key = keys.of_saved_call_usage(alias.account_id, alias.function_id)
        check: ConditionCheckTypeDef = {
            "TableName": self.table.name,
            "Key": key.attributes(),
            "ConditionExpression": _IS_NEW,
        }
        if saved_calls:
            check["ConditionExpression"] = "changes = :changes"
            check["ExpressionAttributeValues"] = {":changes": {"N": str(saved_calls)}}
        yield {"ConditionCheck": check}

    def _require(self, alias: Alias, numbers: Collection[int]) -> None:
        for number in numbers:
            self.versions.get(alias.account_id, alias.function_id, number)


def _key_of(alias: Alias) -> keys.Key:
    return keys.of_alias(alias.account_id, alias.function_id, alias.name)


def _alias_of(item: "Item") -> Alias:
    return load_alias(item["alias"]["S"])


def _item_of(alias: Alias) -> "Item":
    return {
        **_key_of(alias).attributes(),
        "revision": {"N": str(alias.revision)},
        "versions": _versions_of(alias),
        "alias": {"S": dump_alias(alias)},
    }


def _expecting(alias: Alias) -> "Item":
    return {":revision": {"N": str(alias.revision)}, ":versions": _versions_of(alias)}


def _versions_of(alias: Alias) -> "AttributeValueTypeDef":
    return {"L": [{"N": str(number)} for number in sorted(alias.versions)]}
