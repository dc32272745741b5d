"""The contract runs once on the emulated DynamoDB: each call there is one of both clients."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from isolambda_core.adapters.aws import signed_clients
from isolambda_core.adapters.aws.signed_clients import SignedDynamoDb
from tests.support.both_clients import BothClients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
VALUES: dict[str, Any] = {
    "n": {"N": "1"},
    "B": {"B": b"\x00\xff"},
    "map": {"M": {"B": {"S": "é"}, "list": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    "names": {"SS": ["one"]},
}
ITEM = {**KEY, **VALUES}
CHANGE: dict[str, Any] = {
    "Key": KEY,
    "UpdateExpression": "ADD n :n SET #B = :B, #map = :map, #names = :names",
    "ExpressionAttributeNames": {"#B": "B", "#map": "map", "#names": "names"},
    "ExpressionAttributeValues": {f":{name}": value for name, value in VALUES.items()},
}
IF_ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
ALL_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
REFUSED = "ConditionalCheckFailedException"

CASES: list[Any] = [
    pytest.param("GetItem", None, {"Key": KEY}, {}, id="no item"),
    pytest.param("GetItem", ITEM, {"Key": KEY}, {"Item": ITEM}, id="item"),
    pytest.param(
        "GetItem", ITEM, {"Key": KEY, "ConsistentRead": True}, {"Item": ITEM}, id="latest item"
    ),
    pytest.param("UpdateItem", None, CHANGE, {}, id="new"),
    pytest.param(
        "UpdateItem",
        None,
        {**CHANGE, "ReturnValues": "ALL_NEW"},
        {"Attributes": ITEM},
        id="changed",
    ),
    pytest.param("UpdateItem", ITEM, {**CHANGE, **IF_ABSENT}, REFUSED, id="refused"),
    pytest.param(
        "UpdateItem", ITEM, {**CHANGE, **IF_ABSENT, **ALL_OLD}, REFUSED, id="refused with the item"
    ),
]


@pytest.fixture
def both(moto: tuple["DynamoDBClient", str]) -> BothClients:
    client, _ = moto
    return BothClients(client, set())


def call(both: BothClients, operation: str, table: str, request: dict[str, Any]) -> Any:
    """Return what a call returns or raises."""
    make = {"GetItem": both.get_item, "UpdateItem": both.update_item}[operation]
    try:
        return make(TableName=table, **request)
    except ClientError as error:
        return error


@pytest.mark.parametrize(("operation", "stored", "request_", "outcome"), CASES)
def test_both_make_a_call_and_see_the_same(
    both: BothClients,
    moto_table: str,
    operation: str,
    stored: Any,
    request_: dict[str, Any],
    outcome: Any,
) -> None:
    if stored is not None:
        both.put_item(TableName=moto_table, Item=stored)

    found = call(both, operation, moto_table, request_)

    assert both.compared == [operation]
    if outcome is REFUSED:
        assert found.response["Error"]["Code"] == REFUSED
        assert found.response.get("Item") == (
            stored if ALL_OLD.items() <= request_.items() else None
        )
    else:
        assert {name: found[name] for name in outcome} == outcome


def test_these_are_all_operations_of_the_products_client() -> None:
    own = {name.replace("_", "") for name in vars(SignedDynamoDb) if not name.startswith("_")}

    assert own == {case.values[0].lower() for case in CASES}


def test_what_is_made_again_has_happened_once(both: BothClients, moto_table: str) -> None:
    call(both, "UpdateItem", moto_table, CHANGE)

    assert both.get_item(TableName=moto_table, Key=KEY)["Item"]["n"] == {"N": "1"}
    assert both.compared == ["UpdateItem", "GetItem"]


def test_a_call_of_the_same_form_is_made_by_one(both: BothClients, moto_table: str) -> None:
    for letter in "ab":
        both.get_item(TableName=moto_table, Key={"pk": {"S": letter}, "sk": {"S": letter}})
    both.get_item(TableName=moto_table, Key={"pk": {"S": "é"}, "sk": {"S": "a"}})

    assert both.compared == ["GetItem", "GetItem"]


def test_what_the_products_client_leaves_to_boto3_is_made_by_boto3_alone(both: BothClients) -> None:
    error = call(both, "GetItem", "no-such-table", {"Key": KEY})

    assert error.response["Error"]["Code"] == "ResourceNotFoundException"
    assert both.compared == []


@pytest.mark.parametrize(
    ("broken", "operation", "request_"),
    [
        ("_base64", "UpdateItem", CHANGE),
        ("_with_bytes", "GetItem", {"Key": KEY}),
        ("_SignedClient._error", "UpdateItem", {**CHANGE, **IF_ABSENT, **ALL_OLD}),
    ],
)
def test_a_client_that_differs_from_boto3_fails_the_test_that_calls_it(
    both: BothClients,
    moto_table: str,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    operation: str,
    request_: dict[str, Any],
) -> None:
    both.put_item(TableName=moto_table, Item=ITEM)
    instead: dict[str, Any] = {
        "_base64": lambda _: "AAAA",
        "_with_bytes": lambda value: value,
        "_SignedClient._error": lambda *_: ClientError({"Error": {"Code": REFUSED}}, operation),
    }
    monkeypatch.setattr(f"{signed_clients.__name__}.{broken}", instead[broken])

    with pytest.raises(AssertionError):
        call(both, operation, moto_table, request_)
