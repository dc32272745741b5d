"""What the repositories of records and claims ask DynamoDB for."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    keys,
)
from isolambda_core.domain.errors import (
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    Status,
)
from isolambda_core.services.paging import fill_page
from tests.bench.charges import Charges
from tests.contract.dynamodb.requesting import (
    ACCOUNT,
    FUNCTION,
    LONG,
    UNAVAILABLE,
    MakeClaim,
    MakeRecord,
    lose_first_answer,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def test_a_record_is_counted_written_read_changed_and_ended_by_one_request_each(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    records, record = store.records, a_record()

    records.add(record, ExecutionPayload(b"1", result=ExecutionResult("1" * 32, Outcome.OK)))
    records.get(ACCOUNT, FUNCTION, record.id)
    records.get_whole(ACCOUNT, FUNCTION, record.id)
    records.replace(record.begun(1), 1, ExecutionResult("1" * 32, Outcome.OK))

    operations = [operation for operation, _ in requests]
    assert operations == ["UpdateItem", "PutItem", "GetItem", "GetItem", "UpdateItem"]
    assert [params.get("ConsistentRead") for _, params in requests[2:4]] == [True, True]

    requests.clear()
    records.replace(record.begun(1).ended(ExecutionResult("1" * 32, Outcome.OK), 1), 2)

    assert [operation for operation, _ in requests] == ["UpdateItem"] * 2
    assert [params["Key"]["sk"]["S"] for _, params in requests][1] == "USAGE#EXECUTIONS"


def test_the_record_of_an_execution_that_has_ended_is_one_request(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    ended = a_record(status=Status.SUCCEEDED)

    store.records.add(ended, ExecutionPayload(b"1"))
    store.records.replace(replace(ended, revision=2), 1)

    assert [operation for operation, _ in requests] == ["PutItem", "UpdateItem"]


def test_records_of_an_account_are_read_by_one_query_of_their_index(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    for number in range(3):
        store.records.add(a_record(number), ExecutionPayload(LONG))
    requests.clear()

    found = list(store.records.iterate_account(ACCOUNT, "!", descending=False, at_once=9))

    assert len(found) == 3
    [(operation, params)] = requests
    assert (operation, params["IndexName"]) == ("Query", "records_by_position")


def test_a_short_record_costs_a_unit_to_write_and_one_for_the_index(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_record: MakeRecord
) -> None:
    usage = Usage(1.234, 0.567, 2.345, cold=False)
    result = ExecutionResult("1" * 32, Outcome.OK, b'{"answer":42}', usage=usage)
    ended = a_record(
        status=Status.SUCCEEDED,
        request_id="0" * 32,
        attempts=1,
        ended_at_ms=1,
        outcome=Outcome.OK,
        usage=usage,
        revision=2,
    )

    with Charges.of(moto_client) as charges:
        store.records.add(ended, ExecutionPayload(b'{"question":"which?"}', result=result))

    assert charges.writes_of == {f"FUNCTION#{ACCOUNT}#{FUNCTION}": 1, f"INDEX#{ACCOUNT}": 1}


def test_the_index_has_no_more_of_a_record_than_lists_show(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, a_record: MakeRecord
) -> None:
    store.records.add(a_record(), ExecutionPayload(b"1"))

    [item] = moto_client.query(
        TableName=moto_table,
        IndexName="records_by_position",
        KeyConditionExpression="records_of = :of",
        ExpressionAttributeValues={":of": {"S": ACCOUNT}},
    )["Items"]

    assert item.keys() == {"pk", "sk", "records_of", "changed", "head"}


def test_a_record_of_before_there_was_an_index_is_listed_from_its_next_attempt_on(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, a_record: MakeRecord
) -> None:
    records, record = store.records, a_record()
    records.add(record, ExecutionPayload(b"1"))
    moto_client.update_item(
        TableName=moto_table,
        Key=keys.of_record(ACCOUNT, FUNCTION, record.id).attributes(),
        UpdateExpression="REMOVE records_of, changed",
    )

    def listed() -> list[str]:
        found = records.iterate_account(ACCOUNT, "!", descending=False, at_once=9)
        return [each.record.id for each in found]

    records.replace(record.begun(1), 1)
    assert listed() == []

    result = ExecutionResult("1" * 32, Outcome.OK)
    records.replace(record.begun(1).ended(result, 1), 2, result)
    assert listed() == [record.id]


def test_what_is_long_is_written_before_the_record_that_names_it_and_read_after(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    records, record = store.records, a_record()

    records.add(record, ExecutionPayload(LONG))
    records.replace(record.begun(1), 1, ExecutionResult("1" * 32, Outcome.OK, result=LONG))
    records.get_whole(ACCOUNT, FUNCTION, record.id)

    assert [operation for operation, _ in requests] == [
        *("UpdateItem", "BatchWriteItem", "PutItem"),
        *("BatchWriteItem", "UpdateItem"),
        *("GetItem", "Query", "Query"),
    ]
    assert {params["ConsistentRead"] for _, params in requests[5:]} == {True}


def test_a_page_of_records_is_one_query_for_their_heads(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    for number in range(5):
        store.records.add(a_record(number), ExecutionPayload(LONG))
    requests.clear()

    fill_page(store.records.iterate(ACCOUNT, FUNCTION, at_once=4), 3)

    [(operation, params)] = requests
    assert operation == "Query"
    assert (params["Limit"], params["ProjectionExpression"]) == (4, "head")


def test_a_change_of_a_record_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_record: MakeRecord
) -> None:
    store.records.add(a_record(), ExecutionPayload(b"1"))
    result = ExecutionResult("1" * 32, Outcome.OK, result=b"2")
    begun = a_record().begun(5)
    sent = lose_first_answer(moto_client, "UpdateItem")

    store.records.replace(begun, 1, result)

    assert len(sent) == 2
    assert store.records.get_whole(ACCOUNT, FUNCTION, begun.id) == (
        begun,
        ExecutionPayload(b"1", result=result),
    )


def test_a_change_of_a_record_that_was_too_late_is_still_so_on_the_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_record: MakeRecord
) -> None:
    store.records.add(a_record(), ExecutionPayload(b"1"))
    begun = a_record().begun(5)
    store.records.replace(begun, 1)
    sent = lose_first_answer(moto_client, "UpdateItem")

    with pytest.raises(RevisionConflictError):  # though it is the same to the last letter
        store.records.replace(begun, 1)

    assert len(sent) == 2


def test_a_key_is_claimed_by_a_read_and_a_transaction_with_its_count(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_claim: MakeClaim
) -> None:
    store.idempotency_records.add(a_claim(1), 0)
    store.idempotency_records.add(a_claim(2), 0)
    store.idempotency_records.replace(a_claim(2), a_claim(1))
    store.idempotency_records.remove(a_claim(2))

    operations = [operation for operation, _ in requests]
    assert operations == [
        *("GetItem", "TransactWriteItems"),
        "GetItem",
        "PutItem",
        *("GetItem", "GetItem", "TransactWriteItems"),
    ]


def test_what_an_event_is_known_by_is_claimed_by_one_request(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_claim: MakeClaim
) -> None:
    for number in (1, 2):
        store.idempotency_records.add(replace(a_claim(number), lease_until_ms=0), 0)

    assert [operation for operation, _ in requests] == ["UpdateItem"] * 2


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem"])
def test_a_claim_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_claim: MakeClaim, operation: str
) -> None:
    sent = lose_first_answer(moto_client, operation)

    assert store.idempotency_records.add(a_claim(1), 0) == a_claim(1)
    store.idempotency_records.replace(a_claim(2), a_claim(1))
    store.idempotency_records.remove(a_claim(2))

    assert len(sent) in (2, 4)
    assert store.idempotency_records.add(a_claim(3), 0) == a_claim(3)


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_a_record_and_a_claim_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_record: MakeRecord, a_claim: MakeClaim, code: str
) -> None:
    for operation in ("update_item", "batch_write_item", "get_item", "update_item", "get_item"):
        stub.add_client_error(operation, code)

    with pytest.raises(StoreUnavailableError):
        store.records.add(a_record(), ExecutionPayload(LONG))
    with pytest.raises(StoreUnavailableError):
        store.records.add(a_record(status=Status.SUCCEEDED), ExecutionPayload(LONG))
    with pytest.raises(StoreUnavailableError):
        store.records.get_whole(ACCOUNT, FUNCTION, a_record().id)
    with pytest.raises(StoreUnavailableError):
        store.records.replace(a_record(), 1)
    with pytest.raises(StoreUnavailableError):
        store.idempotency_records.add(a_claim(), 0)
    stub.add_client_error("get_item", code)
    with pytest.raises(StoreUnavailableError):
        store.idempotency_records.remove(a_claim())
