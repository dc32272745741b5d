"""What the repository of triggers asks DynamoDB for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
)
from isolambda_core.domain.errors import (
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.limits import TRIGGERS
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TriggerNotFoundError,
)
from tests.contract.dynamodb.requesting import (
    ACCOUNT,
    FUNCTION,
    TOPIC,
    UNAVAILABLE,
    MakeTrigger,
    lose_first_answer,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def test_a_trigger_is_read_by_one_get_and_found_by_its_source_with_one_more(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    store.triggers.add(trigger)
    requests.clear()

    store.triggers.get(ACCOUNT, FUNCTION, trigger.id)
    store.triggers.of_source(TOPIC)
    with pytest.raises(TriggerNotFoundError):
        store.triggers.of_source(TOPIC + "2")

    assert [operation for operation, _ in requests] == ["GetItem"] * 4
    assert {params["ConsistentRead"] for _, params in requests} == {True}


def test_the_triggers_of_a_function_are_one_query(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_trigger: MakeTrigger
) -> None:
    for number in range(TRIGGERS):
        store.triggers.add(a_trigger(number=number))
    requests.clear()

    assert len(store.triggers.of_function(ACCOUNT, FUNCTION)) == TRIGGERS

    [(operation, params)] = requests
    assert (operation, params["ConsistentRead"]) == ("Query", True)


def test_a_trigger_its_source_and_its_place_in_the_count_are_one_transaction(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    a_trigger: MakeTrigger,
) -> None:
    with_source, without = a_trigger("topic", 1, topic_arn=TOPIC), a_trigger("webhook", 2)
    for trigger in (with_source, without):
        store.triggers.add(trigger)
        store.triggers.remove(trigger)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 4
    assert [len(params["TransactItems"]) for _, params in requests] == [5, 5, 4, 4]


def test_a_trigger_is_changed_and_its_failures_counted_by_one_request_each(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    store.triggers.add(trigger)
    requests.clear()

    store.triggers.count_failure(trigger)
    store.triggers.forget_failures(trigger)
    store.triggers.replace(trigger.changed(trigger.document, None, 5), trigger)
    store.triggers.count_failure(trigger)  # of a revision that is over

    operations = [operation for operation, _ in requests]
    assert operations == ["UpdateItem", "UpdateItem", "TransactWriteItems", "UpdateItem"]


def test_a_trigger_is_changed_with_a_token_by_which_dynamodb_knows_a_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger()
    store.triggers.add(trigger)
    changed = trigger.changed(trigger.document, None, 5)
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.triggers.replace(changed, trigger)

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]
    assert store.triggers.get(ACCOUNT, FUNCTION, trigger.id) == changed


def test_a_trigger_is_added_with_a_token_by_which_dynamodb_knows_a_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_trigger: MakeTrigger
) -> None:
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(SourceInUseError):
        store.triggers.add(a_trigger("topic", topic_arn=TOPIC))

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]


def test_a_trigger_that_went_while_its_source_was_read_is_not_found(
    store: DynamoDbStore, stub: Stubber, a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    row = {
        "account_id": {"S": ACCOUNT},
        "function_id": {"S": FUNCTION},
        "trigger_id": {"S": trigger.id},
    }
    stub.add_response("get_item", {"Item": row})
    stub.add_response("get_item", {})

    with pytest.raises(TriggerNotFoundError):
        store.triggers.of_source(TOPIC)


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_a_trigger_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_trigger: MakeTrigger, code: str
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    refused: list[tuple[str, Callable[[], object]]] = [
        ("transact_write_items", lambda: store.triggers.add(trigger)),
        ("get_item", lambda: store.triggers.get(ACCOUNT, FUNCTION, trigger.id)),
        ("get_item", lambda: store.triggers.of_source(TOPIC)),
        ("query", lambda: store.triggers.of_function(ACCOUNT, FUNCTION)),
        ("transact_write_items", lambda: store.triggers.replace(trigger, trigger)),
        ("transact_write_items", lambda: store.triggers.remove(trigger)),
        ("update_item", lambda: store.triggers.count_failure(trigger)),
        ("update_item", lambda: store.triggers.forget_failures(trigger)),
    ]
    for operation, ask in refused:
        stub.add_client_error(operation, code)
        with pytest.raises(StoreUnavailableError):
            ask()
