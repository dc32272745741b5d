"""The repositories on one DynamoDB table."""

from isolambda_core.adapters.dynamodb.store import DynamoDbStore, client_config, open_store

__all__ = ["DynamoDbStore", "client_config", "open_store"]
