"""The table, as the repositories use it: conditional writes, one read, one query.

This module alone maps the errors of botocore.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from random import uniform
from secrets import token_hex
from time import sleep
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
        TransactGetItemTypeDef,
        TransactWriteItemTypeDef,
        WriteRequestUnionTypeDef,
    )

    Item = Mapping[str, AttributeValueTypeDef]

# Another write came first, or is under way. Codes, not the classes of `client.exceptions`: botocore
# makes those when they are first needed, and two threads can get two sets of them.
_REFUSED = "ConditionalCheckFailedException"
_LOST = frozenset({_REFUSED, "TransactionConflictException"})

KEYS = ("pk", "sk")
_KEYS_AT_ONCE = 1_000
_READ_AT_ONCE = 100
_WRITTEN_AT_ONCE = 25
"""As many as DynamoDB takes in one request; however large they are, they stay below its 16 MB."""

_TRIES = 5
_TRANSACTION_TRIES = 7
"""All that a tenant adds at a moment meets on the counts of the tenant; 3 s together on average."""
_RETRY_SECONDS = 0.05


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

    def get_together(self, *keys: Key) -> "Sequence[Item | None] | None":
        """Return items as they are at one moment; None while a transaction writes one of them."""
        gets: Sequence[TransactGetItemTypeDef] = [
            {"Get": {"TableName": self.name, "Key": key.attributes()}} for key in keys
        ]
        with _errors_mapped():
            try:
                answer = self.client.transact_get_items(TransactItems=gets)
            except ClientError as error:
                if "TransactionConflict" not in _codes_in(error):
                    raise
                return None
        return [response.get("Item") for response in answer["Responses"]]

    def get_each(self, keys: "Sequence[Key]") -> "Sequence[Item | None]":
        """Return items, by consistent reads of up to 100 and 16 MB at once."""
        found: dict[tuple[str, str], Item] = {}
        left: list[Item] = [key.attributes() for key in dict.fromkeys(keys)]
        # DynamoDB reads what it has room for, and gives the rest back, as in `_write`.
        tries = 0
        while left:
            now, later = left[:_READ_AT_ONCE], left[_READ_AT_ONCE:]
            with _errors_mapped():
                answer = self.client.batch_get_item(
                    RequestItems={self.name: {"Keys": now, "ConsistentRead": True}}
                )
            items = answer["Responses"].get(self.name, [])
            found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
            unprocessed = answer["UnprocessedKeys"].get(self.name)
            back = [] if unprocessed is None else unprocessed["Keys"]
            left = [*back, *later]
            if not back or len(back) < len(now):
                tries = 0
                continue
            tries += 1
            if tries == _TRIES:
                raise StoreUnavailableError
            sleep(_RETRY_SECONDS * 2**tries)
        return [found.get((key.pk, key.sk)) for key in keys]

    def put(self, item: "Item", condition: str, values: "Item | None" = None) -> bool:
        """Write an item if ``condition`` holds of what is there now, and return whether it did.

        botocore tries again when it loses an answer, and DynamoDB refuses the second try of a write
        that succeeded, because of the item that the first try wrote. The mark of each write shows
        that case.
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

    def update(self, key: Key, changes: str, condition: str, values: "Item") -> "tuple[bool, Item]":
        """Make ``changes`` if ``condition`` holds of what is there, and return whether it did.

        Also returns the item as it is now, empty where there is none. When botocore loses the
        answer it tries again: making ``changes`` twice must do no harm.
        """
        with _errors_mapped():
            try:
                answer = self.client.update_item(
                    TableName=self.name,
                    Key=key.attributes(),
                    UpdateExpression=changes,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in _LOST:
                    raise
                return False, cast("Item", error.response.get("Item", {}))
        return True, answer["Attributes"]

    def update_once(
        self, key: Key, changes: str, values: "Item", condition: str = ""
    ) -> "tuple[bool, Item]":
        """Make ``changes``, which begin with ``SET``, as :meth:`update` does, and never twice.

        A mark shows the second try of a write that succeeded, as for :meth:`put`, unless another
        write came between both.
        """
        mark: AttributeValueTypeDef = {"S": token_hex(16)}
        is_first = "(attribute_not_exists(write_mark) OR write_mark <> :write_mark)"
        done, item = self.update(
            key,
            changes.replace("SET ", "SET write_mark = :write_mark, ", 1),
            f"{condition} AND {is_first}" if condition else is_first,
            {**values, ":write_mark": mark},
        )
        return done or item.get("write_mark") == mark, item

    def transact(self, *writes: "TransactWriteItemTypeDef") -> bool:
        """Make all of the writes if all of their conditions hold, and return whether they did.

        boto3 marks each transaction with a token, by which DynamoDB knows a second try of it. Where
        two transactions meet on an item, DynamoDB refuses one undecided, and this tries it again.
        """
        for tries in range(_TRANSACTION_TRIES):
            with _errors_mapped():
                try:
                    self.client.transact_write_items(TransactItems=writes)
                except ClientError as error:
                    codes = _codes_in(error)
                    if "ConditionalCheckFailed" in codes:
                        return False
                    if "TransactionConflict" not in codes:
                        raise
                else:
                    return True
            # Out of step with the other one; nothing here is secret.
            sleep(uniform(0, _RETRY_SECONDS * 2**tries))  # noqa: S311
        raise StoreUnavailableError

    def query(
        self,
        pk: str,
        sk_prefix: str,
        *,
        page_size: int,
        descending: bool = False,
        after: Key | None = None,
        where: tuple[str, "Item"] | None = None,
        attributes: Sequence[str] = (),
    ) -> "Iterator[Item]":
        """Return the items of ``pk`` in the order of their ``sk``, read as they are taken.

        ``page_size`` is how many DynamoDB looks at in one request; ``after`` need not exist;
        ``where`` is a filter expression and its values. With ``attributes`` items come with these
        alone, which must not be words that DynamoDB has for itself.
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
        if attributes:
            request["ProjectionExpression"] = ", ".join(attributes)
        if after:
            request["ExclusiveStartKey"] = after.attributes()
        return self._pages_of(request)

    def query_index(
        self, index: str, condition: str, values: "Item", *, page_size: int, descending: bool
    ) -> "Iterator[Item]":
        """Return the items of an index in its order, read as they are taken.

        ``condition`` is that of the keys. What was written in the last moments may be missing.
        """
        return self._pages_of(
            {
                "TableName": self.name,
                "IndexName": index,
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "ScanIndexForward": not descending,
                "Limit": page_size,
            }
        )

    def _pages_of(self, request: "QueryInputTypeDef") -> "Iterator[Item]":
        while True:
            with _errors_mapped():
                answer = self.client.query(**request)
            yield from answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if not start:
                return
            request["ExclusiveStartKey"] = start

    def put_all(self, items: "Iterable[Item]") -> None:
        """Write items over whatever is there; when this raises, some may have been written."""
        self._write_all({"PutRequest": {"Item": item}} for item in items)

    def remove(self, key: Key, condition: str, values: "Item") -> None:
        """Remove an item if ``condition`` holds of what is there."""
        with _errors_mapped():
            try:
                self.client.delete_item(
                    TableName=self.name,
                    Key=key.attributes(),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != _REFUSED:
                    raise

    def remove_all(self, pk: str, sk_prefix: str) -> None:
        """Remove every item of ``pk`` whose ``sk`` begins with the prefix, whatever it holds."""
        self.delete_all(self.query(pk, sk_prefix, page_size=_KEYS_AT_ONCE, attributes=KEYS))

    def delete_all(self, keys: "Iterable[Item]") -> None:
        """Remove the items with these keys, whatever they hold."""
        self._write_all({"DeleteRequest": {"Key": key}} for key in keys)

    def _write_all(self, requests: "Iterable[WriteRequestUnionTypeDef]") -> None:
        left = iter(requests)
        while batch := list(islice(left, _WRITTEN_AT_ONCE)):
            self._write(batch)

    def _write(self, requests: "Sequence[WriteRequestUnionTypeDef]") -> None:
        # DynamoDB does what it has room for, and gives the rest back instead of an error. Tries
        # count that came to nothing: a partition takes 1 MB in a second, and items may be larger.
        tries = 0
        while tries < _TRIES:
            with _errors_mapped():
                answer = self.client.batch_write_item(RequestItems={self.name: requests})
            unprocessed = answer["UnprocessedItems"].get(self.name, [])
            if not unprocessed:
                return
            tries = tries + 1 if len(unprocessed) == len(requests) else 0
            requests = unprocessed
            sleep(_RETRY_SECONDS * 2**tries)
        raise StoreUnavailableError


def setting(attributes: "Item") -> "tuple[str, Item]":
    """Return the changes that set attributes, for :meth:`Table.update`, and their values.

    They may be made twice. The names must not be words that DynamoDB has for itself.
    """
    changes = ", ".join(f"{name} = :{name}" for name in attributes)
    return f"SET {changes}", {f":{name}": value for name, value in attributes.items()}


def _codes_in(error: ClientError) -> set[str | None]:
    """Return why a transaction was cancelled, of all its items."""
    return {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}


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
