"""What the tests of the DynamoDB adapter share: names, samples, and answers that go wrong."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.stub import Stubber

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
)
from isolambda_core.domain.functions.aliases import (
    Alias,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.triggers.triggers import Trigger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Make = Callable[..., Function]
MakeAccount = Callable[..., Account]
MakeVersion = Callable[..., Version]
MakeAlias = Callable[..., Alias]
MakeRecord = Callable[..., ExecutionRecord]
MakeClaim = Callable[..., IdempotencyRecord]
MakeTrigger = Callable[..., Trigger]

ACCOUNT = "a" * 32
FUNCTION = "f" * 32
TOPIC = "arn:aws:sns:eu-central-1:000000000000:news"
LONG = ascii(
    "".join(map(chr, range(0x3000, 0x9000)))
).encode()  # more than fits beside a record's head
API_KEY = ApiKey("0" * 64, "0" * 32, ACCOUNT, 1)
UNAVAILABLE = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "ResourceNotFoundException",
    "AccessDeniedException",
]


def lose_first_answer(client: "DynamoDBClient", operation: str) -> list[bytes]:
    """Make botocore send the next ``operation`` again after it succeeded; return what it sent."""
    sent: list[bytes] = []

    def note(request: Any, **_: object) -> None:
        sent.append(request.body)

    def send_again(attempts: int, **_: object) -> Any:  # seconds to wait, or None for no retry
        return 0 if attempts == 1 else None

    client.meta.events.register_last(f"request-created.dynamodb.{operation}", note)
    client.meta.events.register_first(f"needs-retry.dynamodb.{operation}", send_again)
    return sent


def keys_in(client: "DynamoDBClient", table: str) -> list[Any]:
    """Return the items of API keys, and of their places in the list."""
    items = client.scan(TableName=table)["Items"]
    return [item for item in items if "sha256" in item]


def cancel(stub: Stubber, *codes: str) -> None:
    """Let DynamoDB cancel the next transaction, for a reason for each of its writes."""
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
    )
