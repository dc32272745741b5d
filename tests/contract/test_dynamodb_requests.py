"""What the DynamoDB adapter asks for, and what it makes of an answer that is late or bad."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import DynamoDbStore, client_config, open_store
from isolambda_core.domain.accounts import ApiKey
from isolambda_core.domain.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.functions import Function

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Make = Callable[..., Function]

ACCOUNT = "a" * 32
UNAVAILABLE = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "ResourceNotFoundException",
    "AccessDeniedException",
]


@pytest.fixture
def store(moto_client: "DynamoDBClient", moto_table: str) -> DynamoDbStore:
    return open_store(moto_table, moto_client)


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


def test_a_function_is_read_by_one_strongly_consistent_get(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    with pytest.raises(FunctionNotFoundError):
        store.functions.get(ACCOUNT, a_function().id)

    assert [operation for operation, _ in requests] == ["GetItem"]
    assert requests[0][1]["ConsistentRead"] is True


def test_a_page_is_one_query(
    store: DynamoDbStore, a_function: Make, requests: list[tuple[str, Any]]
) -> None:
    for number in range(5):
        store.functions.add(a_function(number))
    requests.clear()

    store.functions.page(ACCOUNT, 3)

    assert [operation for operation, _ in requests] == ["Query"]


def test_a_key_and_its_place_in_the_list_are_one_transaction(
    store: DynamoDbStore, requests: list[tuple[str, Any]]
) -> None:
    store.api_keys.add(ApiKey("0" * 64, ACCOUNT, 1))

    assert [operation for operation, _ in requests] == ["TransactWriteItems"]


def test_an_add_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    sent = lose_first_answer(moto_client, "PutItem")

    store.functions.add(a_function())

    assert len(sent) == 2
    assert store.functions.get(ACCOUNT, a_function().id) == a_function()


def test_a_change_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    second = a_function().changed({**a_function().document, "function_js": "return 2"}, 5)
    sent = lose_first_answer(moto_client, "PutItem")

    store.functions.replace(second, 1)

    assert len(sent) == 2
    assert store.functions.get(ACCOUNT, second.id) == second


def test_a_race_lost_on_the_second_try_is_still_lost(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    sent = lose_first_answer(moto_client, "PutItem")

    with pytest.raises(FunctionExistsError):
        store.functions.add(a_function())
    with pytest.raises(RevisionConflictError):
        store.functions.replace(a_function().changed(a_function().document, 5), 7)

    assert len(sent) == 4


def test_a_removal_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.functions.remove(ACCOUNT, a_function().id, 1)

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_transaction_that_another_write_cancelled_is_a_lost_race(
    store: DynamoDbStore, stub: Stubber, a_function: Make, code: str
) -> None:
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": "None"}, {"Code": code}]},
    )

    with pytest.raises(RevisionConflictError):
        store.functions.remove(ACCOUNT, a_function().id, 1)


def test_a_transaction_cancelled_for_want_of_capacity_is_an_outage(
    store: DynamoDbStore, stub: Stubber, a_function: Make
) -> None:
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": "ThrottlingError"}]},
    )

    with pytest.raises(StoreUnavailableError):
        store.functions.remove(ACCOUNT, a_function().id, 1)


def test_a_write_during_a_transaction_on_the_same_item_is_a_lost_race(
    store: DynamoDbStore, stub: Stubber, a_function: Make
) -> None:
    stub.add_client_error("put_item", "TransactionConflictException")

    with pytest.raises(RevisionConflictError):
        store.functions.replace(a_function(), 1)


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_function: Make, code: str
) -> None:
    for operation in ("get_item", "put_item", "put_item", "transact_write_items", "query"):
        stub.add_client_error(operation, code)

    with pytest.raises(StoreUnavailableError):
        store.functions.get(ACCOUNT, a_function().id)
    with pytest.raises(StoreUnavailableError):
        store.functions.add(a_function())
    with pytest.raises(StoreUnavailableError):
        store.functions.replace(a_function(), 1)
    with pytest.raises(StoreUnavailableError):
        store.functions.remove(ACCOUNT, a_function().id, 1)
    with pytest.raises(StoreUnavailableError):
        store.functions.page(ACCOUNT, 10)


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
