"""The keys of the table: which item is where.

| item | pk | sk |
|---|---|---|
| account | ``ACCOUNT#{account}`` | ``ACCOUNT`` |
| API key | ``KEY#{sha256}`` | ``KEY`` |
| API key, listed under its account | ``ACCOUNT#{account}`` | ``KEY#{sha256}`` |
| function, with its source | ``ACCOUNT#{account}`` | ``FUNCTION#{function}`` |
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

FUNCTION_PREFIX = "FUNCTION#"
API_KEY_PREFIX = "KEY#"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of one item."""

    pk: str
    sk: str

    def attributes(self) -> "dict[str, AttributeValueTypeDef]":
        """Return the key as DynamoDB takes it."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


def of_account(account_id: str) -> Key:
    """Return the key of an account; its ``pk`` is also that of what the account owns."""
    return Key(f"ACCOUNT#{account_id}", "ACCOUNT")


def of_api_key(sha256: str) -> Key:
    """Return the key of an API key."""
    return Key(f"KEY#{sha256}", "KEY")


def of_listed_api_key(account_id: str, sha256: str) -> Key:
    """Return the key of the row that lists an API key under its account."""
    return Key(of_account(account_id).pk, f"{API_KEY_PREFIX}{sha256}")


def of_function(account_id: str, function_id: str) -> Key:
    """Return the key of a function."""
    return Key(of_account(account_id).pk, f"{FUNCTION_PREFIX}{function_id}")
