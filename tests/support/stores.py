"""Stores of both kinds, for tests that run on each."""

from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_local.sqlite import SqliteStore

Store = SqliteStore | DynamoDbStore
