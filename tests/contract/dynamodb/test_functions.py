"""What the repository of functions asks DynamoDB for."""

from typing import Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    keys,
)
from isolambda_core.domain.errors import (
    StoreUnavailableError,
)
from isolambda_core.domain.functions.errors import (
    FunctionNotFoundError,
)
from isolambda_core.services.paging import fill_page
from tests.contract.dynamodb.requesting import ACCOUNT, FUNCTION, Make

pytestmark = pytest.mark.slow


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

    fill_page(store.functions.iterate(ACCOUNT, at_once=4), 3)

    assert [operation for operation, _ in requests] == ["Query"]
    assert requests[0][1]["Limit"] == 4


def test_the_functions_of_an_account_are_removed_and_counted_by_key_8_at_a_time(
    store: DynamoDbStore, a_function: Make, requests: list[tuple[str, Any]]
) -> None:
    for number in range(26):
        store.functions.add(a_function(number))
    requests.clear()

    store.functions.remove_all(ACCOUNT)

    operations = [operation for operation, _ in requests]
    assert operations == [*["Query", "TransactWriteItems"] * 4, "Query"]
    assert requests[0][1]["ProjectionExpression"] == "pk, sk, deleted, in_parts"


def test_what_dynamodb_had_no_room_to_remove_is_removed_next_time(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    table = store.aliases.table.name
    found = [keys.of_alias(ACCOUNT, FUNCTION, f"a{number}").attributes() for number in range(2)]
    removals = [{"DeleteRequest": {"Key": key}} for key in found]
    stub.add_response("query", {"Items": found})
    for left in (removals[1:], []):
        stub.add_response("batch_write_item", {"UnprocessedItems": {table: left} if left else {}})
    stub.add_response("transact_write_items", {})
    stub.add_response("query", {"Items": []})  # of what shadows have found

    store.aliases.remove_all(ACCOUNT, FUNCTION)

    stub.assert_no_pending_responses()


def test_when_dynamodb_never_has_room_the_store_is_unavailable(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    key = keys.of_alias(ACCOUNT, FUNCTION, "live").attributes()
    left = {store.aliases.table.name: [{"DeleteRequest": {"Key": key}}]}
    stub.add_response("query", {"Items": [key]})
    for _ in range(5):
        stub.add_response("batch_write_item", {"UnprocessedItems": left})

    with pytest.raises(StoreUnavailableError):
        store.aliases.remove_all(ACCOUNT, FUNCTION)


def test_as_long_as_dynamodb_has_room_for_something_it_is_asked_for_the_rest(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    table = store.aliases.table.name
    found = [keys.of_alias(ACCOUNT, FUNCTION, f"a{number}").attributes() for number in range(9)]
    removals = [{"DeleteRequest": {"Key": key}} for key in found]
    stub.add_response("query", {"Items": found})
    for done in range(1, 9):  # one at a time
        stub.add_response("batch_write_item", {"UnprocessedItems": {table: removals[done:]}})
    stub.add_response("batch_write_item", {"UnprocessedItems": {}})
    stub.add_response("transact_write_items", {})
    stub.add_response("query", {"Items": []})  # of what shadows have found

    store.aliases.remove_all(ACCOUNT, FUNCTION)

    stub.assert_no_pending_responses()
