"""The table, as the repositories use it: conditional writes, one read, one query.

Here alone the errors of botocore become ours.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.adapters.dynamodb.keys import Key
from isolambda_core.domain.errors import StoreUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        PutItemInputTypeDef,
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
    )

    Item = Mapping[str, AttributeValueTypeDef]

# Another write came first, or is under way: of one write as a code of the error, and of a
# transaction as the reasons of its cancellation. Codes, not the classes of `client.exceptions`:
# botocore makes those when they are first needed, and two threads can get two sets of them.
_LOST = frozenset(
    {
        "ConditionalCheckFailedException",
        "TransactionConflictException",
        "ConditionalCheckFailed",
        "TransactionConflict",
    }
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table, by its name and a client; every method may raise ``StoreUnavailableError``."""

    name: str
    client: "DynamoDBClient"

    def get(self, key: Key) -> "Item | None":
        """Return an item by one strongly consistent read, or None."""
        with _errors_mapped():
            answer = self.client.get_item(
                TableName=self.name, Key=key.attributes(), ConsistentRead=True
            )
        return answer.get("Item")

    def put(self, item: "Item", condition: str, values: "Item | None" = None) -> bool:
        """Write an item if ``condition`` holds of what is there now, and tell whether it did.

        botocore tries again when an answer is lost, and the second try of a write that succeeded
        is refused by what the first left behind. The mark of each write tells that case apart.
        """
        mark: AttributeValueTypeDef = {"S": token_hex(16)}
        request: PutItemInputTypeDef = {
            "TableName": self.name,
            "Item": {**item, "write_mark": mark},
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = values
        with _errors_mapped():
            try:
                self.client.put_item(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _LOST:
                    raise
                found = cast("Item", error.response.get("Item", {}))
                return found.get("write_mark") == mark
        return True

    def transact(self, *writes: "TransactWriteItemTypeDef") -> bool:
        """Make all of the writes if all of their conditions hold, and tell whether they did.

        boto3 marks each transaction with a token, by which DynamoDB knows a second try of it.
        """
        with _errors_mapped():
            try:
                self.client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                if _LOST.isdisjoint(reason.get("Code") for reason in reasons):
                    raise
                return False
        return True

    def query(
        self,
        pk: str,
        sk_prefix: str,
        *,
        page_size: int,
        descending: bool = False,
        after: Key | None = None,
        where: tuple[str, "Item"] | None = None,
    ) -> "Iterator[Item]":
        """Return the items of ``pk`` in the order of their ``sk``, read as they are taken.

        ``page_size`` is how many DynamoDB looks at in one request; ``after`` need not exist;
        ``where`` is a filter expression and its values.
        """
        condition, values = where or ("", {})
        request: QueryInputTypeDef = {
            "TableName": self.name,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {
                ":pk": {"S": pk},
                ":prefix": {"S": sk_prefix},
                **values,
            },
            "ScanIndexForward": not descending,
            "Limit": page_size,
        }
        if condition:
            request["FilterExpression"] = condition
        start = after.attributes() if after else None
        while True:
            if start:
                request["ExclusiveStartKey"] = start
            with _errors_mapped():
                answer = self.client.query(**request)
            yield from answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if not start:
                return


@contextmanager
def _errors_mapped() -> Iterator[None]:
    """Raise ``StoreUnavailableError`` for whatever DynamoDB or the way to it refuses.

    That is throttling, a fault of the service, a missing table or right (``ClientError``), no
    connection (``ConnectionError``), and a connection that broke or fell silent
    (``HTTPClientError``). A request that botocore itself finds malformed is a bug and stays one.
    """
    try:
        yield
    except (ClientError, NoConnectionError, HTTPClientError) as error:
        raise StoreUnavailableError from error
