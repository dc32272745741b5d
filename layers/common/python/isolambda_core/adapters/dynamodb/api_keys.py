"""API keys in DynamoDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.catalog import DynamoDbCatalog
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Scope,
)
from isolambda_core.domain.accounts.errors import (
    ApiKeyExistsError,
    ApiKeyNotFoundError,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        DeleteTypeDef,
        TransactWriteItemTypeDef,
    )

    from isolambda_core.adapters.dynamodb.audit import DynamoDbAuditRepository
    from isolambda_core.adapters.dynamodb.table import Item

_KEYS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DynamoDbApiKeyRepository:
    """The port ``ApiKeyRepository``; a key and its row under the account are one transaction."""

    table: Table
    catalog: DynamoDbCatalog
    audit: "DynamoDbAuditRepository"

    def add(self, api_key: ApiKey) -> None:
        """Keep a new key; see ``ApiKeyRepository.add``."""
        puts = self._puts(api_key, "attribute_not_exists(pk)")
        if not self.audit.transact(self.table.transact, None, api_key, *puts):
            raise ApiKeyExistsError

    def get(self, sha256: str) -> ApiKey:
        """Return a key; see ``ApiKeyRepository.get``."""
        key = keys.of_api_key(sha256)
        api_key = self.catalog.get(key, _api_key_of, lambda api_key: api_key.account_id)
        if api_key is None:
            raise ApiKeyNotFoundError(sha256)
        return api_key

    def replace(self, api_key: ApiKey, before: ApiKey) -> None:
        """Write a key over itself; see ``ApiKeyRepository.replace``."""
        puts = self._puts(api_key, "attribute_exists(pk)")
        change = partial(self.catalog.change, api_key.account_id)
        if not self.audit.transact(change, before, api_key, *puts):
            raise ApiKeyNotFoundError(api_key.sha256)

    def remove(self, api_key: ApiKey) -> None:
        """Remove a key; see ``ApiKeyRepository.remove``."""
        change = partial(self.catalog.change, api_key.account_id)
        key, listed = _keys_of(api_key)
        # Of one that has expired, DynamoDB may have forgotten either.
        for there, other in ((key, listed), (listed, key)):
            deletes = self._delete(there, "attribute_exists(pk)"), self._delete(other)
            if self.audit.transact(change, api_key, None, *deletes):
                return

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account; see ``ApiKeyRepository.of_account``."""
        items = self.table.query(
            keys.of_account(account_id).pk, keys.API_KEY_PREFIX, page_size=_KEYS_AT_ONCE
        )
        return [_api_key_of(item) for item in items]

    def _delete(self, key: keys.Key, condition: str | None = None) -> "TransactWriteItemTypeDef":
        delete: DeleteTypeDef = {"TableName": self.table.name, "Key": key.attributes()}
        if condition is not None:
            delete["ConditionExpression"] = condition
        return {"Delete": delete}

    def _puts(self, api_key: ApiKey, condition: str) -> "Sequence[TransactWriteItemTypeDef]":
        return [
            {
                "Put": {
                    "TableName": self.table.name,
                    "Item": {**key.attributes(), **_attributes_of(api_key)},
                    "ConditionExpression": condition,
                }
            }
            for key in _keys_of(api_key)
        ]


def _keys_of(api_key: ApiKey) -> tuple[keys.Key, keys.Key]:
    return (
        keys.of_api_key(api_key.sha256),
        keys.of_listed_api_key(api_key.account_id, api_key.sha256),
    )


def _attributes_of(api_key: ApiKey) -> "Item":
    # A value of None is left out. By `expires_at` DynamoDB also removes the items, some time after.
    item: dict[str, AttributeValueTypeDef] = {
        "sha256": {"S": api_key.sha256},
        "id": {"S": api_key.id},
        "account_id": {"S": api_key.account_id},
        "created_at": {"N": str(api_key.created_at)},
        "scopes": {"L": [{"S": scope.value} for scope in api_key.scopes]},
        "own": {"BOOL": api_key.own},
    }
    if api_key.function_id is not None:
        item["function_id"] = {"S": api_key.function_id}
    if api_key.expires_at is not None:
        item["expires_at"] = {"N": str(api_key.expires_at)}
    if api_key.name is not None:
        item["name"] = {"S": api_key.name}
    return item


def _api_key_of(item: "Item") -> ApiKey:
    return ApiKey(
        sha256=item["sha256"]["S"],
        id=item["id"]["S"],
        account_id=item["account_id"]["S"],
        created_at=int(item["created_at"]["N"]),
        scopes=tuple(Scope(scope["S"]) for scope in item["scopes"]["L"]),
        function_id=item["function_id"]["S"] if "function_id" in item else None,
        own=item["own"]["BOOL"],
        expires_at=int(item["expires_at"]["N"]) if "expires_at" in item else None,
        name=item["name"]["S"] if "name" in item else None,
    )
