"""A store on an emulated DynamoDB, and what it asks for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    open_store,
)
from tests.contract.dynamodb.requesting import ACCOUNT, MakeAccount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def store(moto_client: "DynamoDBClient", moto_table: str, an_account: MakeAccount) -> DynamoDbStore:
    """Return a store with an account, of which it knows that none is above it."""
    opened = open_store(moto_table, moto_client)
    opened.accounts.add(replace(an_account(), id=ACCOUNT))
    assert opened.functions.quotas.path_of(ACCOUNT) == (ACCOUNT,)
    return opened


@pytest.fixture
def requests(moto_client: "DynamoDBClient") -> list[tuple[str, Any]]:
    """Return the requests made from now on, each as its operation and its parameters."""
    made: list[tuple[str, Any]] = []

    def note(model: Any, params: dict[str, Any], **_: object) -> None:
        made.append((model.name, params))

    moto_client.meta.events.register("provide-client-params.dynamodb", note)
    return made


@pytest.fixture
def stub(moto_client: "DynamoDBClient") -> Iterator[Stubber]:
    with Stubber(moto_client) as stubber:
        yield stubber
