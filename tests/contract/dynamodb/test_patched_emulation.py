"""What the tests change of moto, to be faster, changes nothing of what it answers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from isolambda_core.adapters.dynamodb.keys import RECORDS_BY_POSITION
from tests.support.aws import SESSION, emulation
from tests.support.tables import make_table

pytestmark = pytest.mark.slow

TABLE = "t"
IN_TABLE = {"TableName": TABLE}


def key(sort: str) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": sort}}


def item(sort: str, **attributes: Any) -> dict[str, Any]:
    known = {"n": {"N": "1"}, "l": {"L": [{"N": "1"}, {"S": "é"}]}, "b": {"B": b"\x00\xff"}}
    return {**key(sort), "records_of": {"S": "a"}, "changed": {"S": sort}, **known, **attributes}


def update(expression: str, sort: str = "1", **more: Any) -> dict[str, Any]:
    values = {name: each for name, each in VALUES.items() if name in expression + str(more)}
    return {
        **IN_TABLE,
        "Key": key(sort),
        "UpdateExpression": expression,
        **({"ExpressionAttributeValues": values} if values else {}),
        **more,
    }


VALUES = {":one": {"N": "1"}, ":text": {"S": "é"}, ":list": {"L": [{"S": "x"}]}}
OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
NEW = {"ReturnValues": "ALL_NEW"}
REFUSED = {"ConditionExpression": "attribute_not_exists(pk)"}
ALL = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "a"}}}
PUTS = [{"Put": {**IN_TABLE, "Item": item(sort)}} for sort in "67"]

CALLS: list[tuple[str, dict[str, Any]]] = [
    *(("put_item", {**IN_TABLE, "Item": item(sort)}) for sort in "12345"),
    ("put_item", {**IN_TABLE, "Item": item("1"), **REFUSED, **OLD}),
    ("put_item", {**IN_TABLE, "Item": item("")}),
    ("put_item", {**IN_TABLE, "Item": item("9", long={"S": "x" * 410_000})}),
    ("put_item", {"TableName": "no-such-table", "Item": item("1")}),
    ("get_item", {**IN_TABLE, "Key": key("1"), "ConsistentRead": True}),
    ("get_item", {**IN_TABLE, "Key": key("no")}),
    ("get_item", {**IN_TABLE, "Key": {"pk": {"S": "a"}}}),
    ("update_item", update("ADD n :one SET t = :text, m = :list", **NEW)),
    ("update_item", update("SET n = n + :one, l[0] = :text REMOVE b", **NEW)),
    ("update_item", update("SET l = list_append(l, :list), o = if_not_exists(o, n)", **NEW)),
    ("update_item", update("REMOVE l[0], l[1] SET t = :text", "2", **NEW)),
    ("update_item", update("SET #n = :text", **NEW, ExpressionAttributeNames={"#n": "named"})),
    ("update_item", update("SET t = :text", "new", **NEW)),
    ("update_item", update("SET n = :one", **REFUSED, **OLD)),
    ("update_item", update("SET n = :one, n = :one")),
    ("update_item", update("SET n = :one SET t = :text")),
    ("update_item", update("SET n = no + :one")),
    ("update_item", update("SET sk = :text")),
    ("update_item", update("ADD l :text")),
    ("update_item", update("SET n :one")),
    ("query", {**IN_TABLE, **ALL, "Limit": 2}),
    ("query", {**IN_TABLE, **ALL, "ScanIndexForward": False, "ProjectionExpression": "sk, n"}),
    ("query", {**IN_TABLE, **ALL, "ExclusiveStartKey": key("2"), "Select": "COUNT"}),
    (
        "query",
        {
            **IN_TABLE,
            "IndexName": RECORDS_BY_POSITION,
            "KeyConditionExpression": "records_of = :pk AND changed > :from",
            "ExpressionAttributeValues": {":pk": {"S": "a"}, ":from": {"S": "2"}},
        },
    ),
    ("query", {**IN_TABLE, "KeyConditionExpression": "sk = :pk", **dict([*ALL.items()][1:])}),
    ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [key("1"), key("no")]}}}),
    (
        "batch_write_item",
        {
            "RequestItems": {
                TABLE: [{"DeleteRequest": {"Key": key("5")}}, {"PutRequest": {"Item": item("8")}}]
            }
        },
    ),
    ("transact_write_items", {"TransactItems": [*PUTS, {"Update": update("ADD n :one", "3")}]}),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Update": update("ADD n :one", "3")},
                {"ConditionCheck": {**IN_TABLE, "Key": key("4"), **REFUSED, **OLD}},
            ]
        },
    ),
    ("transact_write_items", {"TransactItems": [PUTS[0], PUTS[0]]}),
    ("delete_item", {**IN_TABLE, "Key": key("4")}),
    ("delete_item", {**IN_TABLE, "Key": key("3"), **REFUSED}),
    ("scan", IN_TABLE),
    ("describe_table", {"TableName": "no-such-table"}),
]
"""Of each operation that the product makes, what succeeds and what is refused."""


@contextmanager
def unchanged() -> Iterator[None]:
    with mock_aws():
        yield


def answers(emulated: Callable[[], AbstractContextManager[None]]) -> list[Any]:
    """Return the answers to all calls, one after the other, without what differs by chance."""
    found = []
    with emulated():
        client = SESSION.client("dynamodb")
        make_table(client, TABLE)
        for operation, request in CALLS:
            try:
                answer = getattr(client, operation)(**request)
            except ClientError as error:
                answer = {**error.response, "raised": type(error).__name__}
            metadata = answer.pop("ResponseMetadata")
            headers = {**metadata["HTTPHeaders"]}
            assert len(headers.pop("x-amzn-requestid")) == 52
            assert headers.pop("date")
            found.append((operation, answer, metadata["HTTPStatusCode"], headers))
    return found


def test_each_call_is_answered_as_by_moto_itself() -> None:
    changed, itself = answers(emulation), answers(unchanged)

    for ours, theirs in zip(changed, itself, strict=True):
        assert ours == theirs


def test_of_each_operation_some_calls_succeed_and_some_are_refused() -> None:
    statuses: dict[str, set[int]] = {}
    for operation, _, status, _ in answers(emulation):
        statuses.setdefault(operation, set()).add(status)

    changing = {"put_item", "update_item", "delete_item", "transact_write_items"}
    assert all(statuses[name] == {200, 400} for name in {*changing, "get_item", "query"})
    assert statuses.keys() >= {"batch_get_item", "batch_write_item", "scan"}
