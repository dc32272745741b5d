"""A write that botocore or the table makes again is made once, and lost as what it was."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
)
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.errors import (
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
)
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
)
from tests.contract.dynamodb.requesting import (
    ACCOUNT,
    FUNCTION,
    Make,
    MakeRecord,
    MakeTrigger,
    cancel,
    lose_first_answer,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def test_an_add_whose_answer_was_lost_counts_once(
    store: DynamoDbStore,
    moto_client: "DynamoDBClient",
    a_record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = RULES[Quota.WAITING_EXECUTIONS]
    monkeypatch.setitem(RULES, Quota.WAITING_EXECUTIONS, replace(rule, limit=2))
    sent = lose_first_answer(moto_client, "PutItem")

    store.records.add(a_record(1), ExecutionPayload(b"1"))

    assert len(sent) == 2
    assert store.records.get(ACCOUNT, FUNCTION, a_record(1).id) == a_record(1)
    store.records.add(a_record(2), ExecutionPayload(b"1"))
    with pytest.raises(QuotaExceededError):
        store.records.add(a_record(3), ExecutionPayload(b"1"))


def test_an_addition_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(FunctionExistsError):
        store.functions.add(a_function())

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]
    assert store.functions.get(ACCOUNT, a_function().id) == a_function()


def test_a_change_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    second = a_function().changed({**a_function().document, "function_js": "return 2"}, 5)
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.functions.replace(second, replace(second, revision=1))

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]
    assert store.functions.get(ACCOUNT, second.id) == second


def test_a_race_lost_on_the_second_try_is_still_lost(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_trigger: MakeTrigger
) -> None:
    store.triggers.add(a_trigger())
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    with pytest.raises(RevisionConflictError):
        store.triggers.replace(
            a_trigger().changed(a_trigger().document, None, 5), replace(a_trigger(), revision=7)
        )

    assert len(sent) == 2


def test_a_removal_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.functions.remove(a_function())

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]


def test_a_transaction_whose_condition_does_not_hold_is_a_lost_race(
    store: DynamoDbStore, stub: Stubber, a_function: Make
) -> None:
    cancel(stub, "None", "TransactionConflict", "ConditionalCheckFailed")
    stub.add_response("get_item", {})  # the count of the audit, which has room
    stub.add_response("get_item", {})  # its source is not in parts

    with pytest.raises(RevisionConflictError):
        store.functions.replace(a_function().changed(a_function().document, 5), a_function())


def test_a_transaction_that_met_another_is_made_again(
    store: DynamoDbStore, stub: Stubber, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    cancel(stub, "None", "TransactionConflict")
    cancel(stub, "TransactionConflict", "None")
    stub.add_response("transact_write_items", {})
    stub.add_response("query", {"Items": []})  # of the parts of its source

    store.functions.remove(a_function())

    stub.assert_no_pending_responses()


def test_a_transaction_that_meets_others_again_and_again_is_an_outage(
    store: DynamoDbStore, stub: Stubber, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    for _ in range(7):
        cancel(stub, "TransactionConflict")

    with pytest.raises(StoreUnavailableError):
        store.functions.remove(a_function())

    stub.assert_no_pending_responses()


def test_a_transaction_cancelled_for_want_of_capacity_is_an_outage(
    store: DynamoDbStore, stub: Stubber, a_function: Make
) -> None:
    cancel(stub, "ThrottlingError")

    with pytest.raises(StoreUnavailableError):
        store.functions.remove(a_function())
