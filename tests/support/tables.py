"""The table of DynamoDB, as template.yaml defines it."""

from typing import TYPE_CHECKING

from isolambda_core.adapters.dynamodb.keys import RECORDS_BY_POSITION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import CreateTableOutputTypeDef, GlobalSecondaryIndexTypeDef


INDEX: "GlobalSecondaryIndexTypeDef" = {
    "IndexName": RECORDS_BY_POSITION,
    "KeySchema": [
        {"AttributeName": "records_of", "KeyType": "HASH"},
        {"AttributeName": "changed", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["head"]},
}


def make_table(client: "DynamoDBClient", name: str) -> "CreateTableOutputTypeDef":
    """Make an empty table, and return what DynamoDB answers."""
    return client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "records_of", "AttributeType": "S"},
            {"AttributeName": "changed", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[INDEX],
    )
