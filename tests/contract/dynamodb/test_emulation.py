"""The emulated DynamoDB puts back what a refused transaction has changed."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def items(client: "DynamoDBClient", table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.scan(TableName=table)["Items"]
    return sorted(found, key=lambda item: str(item["pk"]))


def make_hash_table(client: "DynamoDBClient", name: str) -> None:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )


@pytest.mark.parametrize("make", [make_table, make_hash_table])
def test_a_refused_transaction_leaves_all_as_it_was(
    moto: tuple["DynamoDBClient", str], make: Any
) -> None:
    client, _ = moto
    table = "of-a-transaction"
    make(client, table)
    keys = [{"pk": {"S": name}, "sk": {"S": "s"}} for name in ("changed", "gone", "other", "new")]
    if make is make_hash_table:
        keys = [{"pk": key["pk"]} for key in keys]
    changed, gone, other, new = keys
    for key in (changed, gone, other):
        client.put_item(TableName=table, Item={**key, "n": {"N": "1"}, "l": {"L": [{"N": "1"}]}})
    before = items(client, table)
    add = {
        "TableName": table,
        "UpdateExpression": "ADD n :one SET l[0] = :one, m = :one",
        "ExpressionAttributeValues": {":one": {"N": "2"}},
    }
    writes: list[Any] = [
        {"Update": {**add, "Key": changed}},
        {"Put": {"TableName": table, "Item": {**new, "n": {"N": "1"}}}},
        {"Delete": {"TableName": table, "Key": gone}},
    ]
    refuse: Any = {
        "ConditionCheck": {
            "TableName": table,
            "Key": other,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }

    try:
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[*writes, refuse])

        assert items(client, table) == before
        client.transact_write_items(TransactItems=writes)
        after = {item["pk"]["S"]: item["n"]["N"] for item in items(client, table)}
        assert after == {"changed": "3", "new": "1", "other": "1"}
    finally:
        client.delete_table(TableName=table)
