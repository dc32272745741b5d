"""What the values of functions take to be read and written."""

from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.domain.key_values.values import ItemKey, Value
from tests.contract.dynamodb.requesting import ACCOUNT, MakeAccount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def test_a_value_is_read_and_written_over_by_one_request(
    store: DynamoDbStore, requests: list[tuple[str, Any]]
) -> None:
    item, now = ItemKey(ACCOUNT, "orders", "17"), 1_800_000_000
    text, number = Value(b'"text"'), Value(b"1")
    store.key_values.put(item, text, now + 60, now)
    requests.clear()

    store.key_values.get(item, now)
    store.key_values.put(item, Value(b'{"other":"text"}'), now + 120, now)
    store.key_values.put(item, number, now + 120, now)
    store.key_values.compare_and_set(item, number, Value(b"2"), now + 180, now)
    store.key_values.compare_and_set(item, number, Value(b"3"), now + 180, now)
    store.key_values.increment(item, 5, now)

    assert [operation for operation, _ in requests] == ["GetItem", *["UpdateItem"] * 5]


def test_a_new_value_and_its_counts_are_one_transaction(
    store: DynamoDbStore, requests: list[tuple[str, Any]], an_account: MakeAccount
) -> None:
    parent = an_account(1)
    child = an_account(2, parent=parent)
    store.accounts.add(parent)
    store.accounts.add(child)
    requests.clear()

    store.key_values.put(ItemKey(child.id, "orders", "17"), Value(b"1"), None, 1_800_000_000)

    writes = [params for operation, params in requests if operation == "TransactWriteItems"]
    assert [len(params["TransactItems"]) for params in writes] == [3]


def test_an_increment_that_was_made_but_not_answered_is_made_once(
    store: DynamoDbStore, moto_client: "DynamoDBClient"
) -> None:
    item, now = ItemKey(ACCOUNT, "orders", "17"), 1_800_000_000
    store.key_values.increment(item, 1, now)
    update_item = moto_client.update_item

    def sent_twice(**request: Any) -> Any:
        update_item(**request)
        return update_item(**request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moto_client, "update_item", sent_twice)
        assert store.key_values.increment(item, 2, now) == 3
        assert store.key_values.compare_and_set(item, Value(b"3"), Value(b"9"), None, now)

    assert store.key_values.increment(item, 1, now) == 10
