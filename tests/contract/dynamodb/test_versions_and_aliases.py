"""What the repositories of versions and aliases ask DynamoDB for."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
)
from isolambda_core.domain.functions.aliases import (
    Target,
)
from isolambda_core.domain.functions.errors import (
    QualifierNotFoundError,
)
from tests.contract.dynamodb.requesting import ACCOUNT, MakeAlias, MakeVersion, cancel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def test_an_alias_and_what_its_versions_know_of_it_are_one_transaction(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    for number in (1, 2, 3, 4):
        store.versions.add(a_version(number))
    requests.clear()
    alias = an_alias(1, 2, 0.5)
    elsewhere = alias.moved(Target(3, 4, 0.5), "", "", 5)
    nowhere_else = elsewhere.moved(Target(3, 4, 0.6), "", "", 5)

    store.aliases.add(alias)
    store.aliases.replace(elsewhere, alias)
    store.aliases.replace(nowhere_else, elsewhere)
    store.aliases.remove(nowhere_else)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 4
    assert [len(params["TransactItems"]) for _, params in requests] == [5, 8, 4, 6]


def test_the_last_number_is_one_query_for_one_key(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_version: MakeVersion
) -> None:
    for number in (1, 2):
        store.versions.add(a_version(number))
    requests.clear()

    store.versions.last_number(ACCOUNT, a_version().function_id)

    [(operation, params)] = requests
    assert operation == "Query"
    assert (params["Limit"], params["ProjectionExpression"]) == (1, "pk, sk")


def test_a_version_that_its_last_alias_left_meanwhile_is_removed_after_all(
    store: DynamoDbStore, stub: Stubber, a_version: MakeVersion
) -> None:
    cancel(stub, "ConditionalCheckFailed")
    stub.add_response("get_item", {})  # the count of the audit, which has room
    stub.add_response("get_item", {"Item": {"removed": {"BOOL": False}}})
    stub.add_response("get_item", {"Item": {"versions_used": {"N": "1"}}})
    stub.add_response("transact_write_items", {})

    store.versions.remove(a_version())

    stub.assert_no_pending_responses()


def test_a_removed_version_takes_its_source_along(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, a_version: MakeVersion
) -> None:
    store.versions.add(a_version())
    store.versions.remove(a_version())

    items = moto_client.scan(TableName=moto_table)["Items"]
    [item] = [item for item in items if item["sk"]["S"].startswith("VERSION#")]

    assert set(item) == {"pk", "sk", "removed"}
    with pytest.raises(QualifierNotFoundError):
        store.versions.get(ACCOUNT, a_version().function_id, 1)
