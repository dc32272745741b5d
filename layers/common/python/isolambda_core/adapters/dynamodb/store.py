"""The three repositories on one DynamoDB table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.config import Config

from isolambda_core.adapters.dynamodb.accounts import (
    DynamoDbAccountRepository,
    DynamoDbApiKeyRepository,
)
from isolambda_core.adapters.dynamodb.functions import DynamoDbFunctionRepository
from isolambda_core.adapters.dynamodb.table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDbStore:
    """What is kept in the table. Any thread may use it: a botocore client is made for that."""

    functions: DynamoDbFunctionRepository
    accounts: DynamoDbAccountRepository
    api_keys: DynamoDbApiKeyRepository


def client_config() -> Config:
    """Return what the client should be made with: an answer or an error within about 10 seconds.

    Trying again is safe for every write of ours; botocore's own patience is minutes.
    """
    return Config(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )


def open_store(table_name: str, client: "DynamoDBClient") -> DynamoDbStore:
    """Return the repositories on a table whose key is ``pk`` and ``sk``, both strings."""
    table = Table(table_name, client)
    return DynamoDbStore(
        DynamoDbFunctionRepository(table),
        DynamoDbAccountRepository(table),
        DynamoDbApiKeyRepository(table),
    )
