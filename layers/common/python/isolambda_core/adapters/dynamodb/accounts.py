"""Accounts and API keys in DynamoDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from isolambda_core.adapters.dynamodb import keys
from isolambda_core.adapters.dynamodb.table import Table
from isolambda_core.domain.accounts import Account, ApiKey
from isolambda_core.domain.errors import (
    AccountExistsError,
    AccountNotFoundError,
    ApiKeyExistsError,
    ApiKeyNotFoundError,
)
from isolambda_core.domain.json_text import dump, parse

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from isolambda_core.adapters.dynamodb.table import Item

_IS_NEW = "attribute_not_exists(pk)"
_KEYS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DynamoDbAccountRepository:
    """The port ``AccountRepository``."""

    table: Table

    def add(self, account: Account) -> None:
        """Keep a new account; see ``AccountRepository.add``."""
        item: Item = {
            **keys.of_account(account.id).attributes(),
            "id": {"S": account.id},
            "name": {"S": dump(account.name)},
            "created_at": {"N": str(account.created_at)},
        }
        if not self.table.put(item, _IS_NEW):
            raise AccountExistsError

    def get(self, account_id: str) -> Account:
        """Return an account; see ``AccountRepository.get``."""
        item = self.table.get(keys.of_account(account_id))
        if item is None:
            raise AccountNotFoundError(account_id)
        return Account(
            id=item["id"]["S"],
            name=cast("str", parse(item["name"]["S"])),
            created_at=int(item["created_at"]["N"]),
        )


@dataclass(frozen=True, slots=True)
class DynamoDbApiKeyRepository:
    """The port ``ApiKeyRepository``; a key and its row under the account are one transaction."""

    table: Table

    def add(self, api_key: ApiKey) -> None:
        """Keep a new key; see ``ApiKeyRepository.add``."""
        added = self.table.transact(
            self._put(keys.of_api_key(api_key.sha256), api_key),
            self._put(keys.of_listed_api_key(api_key.account_id, api_key.sha256), api_key),
        )
        if not added:
            raise ApiKeyExistsError

    def get(self, sha256: str) -> ApiKey:
        """Return a key; see ``ApiKeyRepository.get``."""
        item = self.table.get(keys.of_api_key(sha256))
        if item is None:
            raise ApiKeyNotFoundError(sha256)
        return _api_key_of(item)

    def of_account(self, account_id: str) -> Sequence[ApiKey]:
        """Return the keys of an account; see ``ApiKeyRepository.of_account``."""
        items = self.table.query(
            keys.of_account(account_id).pk, keys.API_KEY_PREFIX, page_size=_KEYS_AT_ONCE
        )
        return [_api_key_of(item) for item in items]

    def _put(self, key: keys.Key, api_key: ApiKey) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self.table.name,
                "Item": {
                    **key.attributes(),
                    "sha256": {"S": api_key.sha256},
                    "account_id": {"S": api_key.account_id},
                    "created_at": {"N": str(api_key.created_at)},
                },
                "ConditionExpression": _IS_NEW,
            }
        }


def _api_key_of(item: "Item") -> ApiKey:
    return ApiKey(
        sha256=item["sha256"]["S"],
        account_id=item["account_id"]["S"],
        created_at=int(item["created_at"]["N"]),
    )
