"""What DynamoDB refuses, and no way to it, make the store unavailable within a request's time."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    client_config,
)
from isolambda_core.domain.errors import (
    StoreUnavailableError,
)
from tests.contract.dynamodb.requesting import ACCOUNT, UNAVAILABLE, Make

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_function: Make, code: str
) -> None:
    for operation in ("get_item", *["transact_write_items"] * 3, "query"):
        stub.add_client_error(operation, code)

    with pytest.raises(StoreUnavailableError):
        store.functions.get(ACCOUNT, a_function().id)
    with pytest.raises(StoreUnavailableError):
        store.functions.add(a_function())
    with pytest.raises(StoreUnavailableError):
        store.functions.replace(a_function(), a_function())
    with pytest.raises(StoreUnavailableError):
        store.functions.remove(a_function())
    with pytest.raises(StoreUnavailableError):
        next(store.functions.iterate(ACCOUNT, at_once=10))


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_way_to_dynamodb_makes_the_store_unavailable(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make, failure: Exception
) -> None:
    def fail(**_: object) -> None:
        raise failure

    moto_client.meta.events.register_first("before-send.dynamodb.GetItem", fail)
    # No second try, since botocore sleeps before it.
    moto_client.meta.events.unregister("needs-retry.dynamodb", unique_id="retry-config-dynamodb")

    with pytest.raises(StoreUnavailableError) as caught:
        store.functions.get(ACCOUNT, a_function().id)

    assert caught.value.__cause__ is failure


def test_the_client_gives_up_within_the_time_of_a_request() -> None:
    config: Any = client_config()

    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts < 29
