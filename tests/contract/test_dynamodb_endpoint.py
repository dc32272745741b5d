"""Says in one line when the contract did not run on a DynamoDB endpoint."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_the_contract_runs_on_a_dynamodb_endpoint_too(endpoint_client: "DynamoDBClient") -> None:
    assert "TableNames" in endpoint_client.list_tables()
