"""A long source is stored in parts, which come and go with what names them."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    source_parts,
)
from isolambda_core.domain.errors import (
    RevisionConflictError,
)
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    VersionExistsError,
)
from isolambda_core.domain.limits import SOURCE_BYTES
from tests.contract.dynamodb.requesting import ACCOUNT, Make, MakeVersion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


@pytest.fixture
def parts(moto_client: "DynamoDBClient", moto_table: str) -> Callable[[], list[str]]:
    """Count the parts of sources, by the beginnings of their keys."""

    def count() -> list[str]:
        pages = moto_client.get_paginator("scan").paginate(TableName=moto_table)
        found = sorted(item["sk"]["S"] for page in pages for item in page["Items"])
        return [key.rsplit("#", 2)[0] for key in found if "_SOURCE#" in key]

    return count


def long_source(seed: int) -> str:
    """Return a source that is deflated to more than DynamoDB's item holds, and less than two."""
    return random.Random(seed).randbytes(SOURCE_BYTES // 2).hex()  # noqa: S311 - no secret


def test_a_long_source_is_written_in_parts_before_its_function_and_read_after(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    function = a_function(function_js=long_source(0))
    requests.clear()

    store.functions.add(function)
    assert store.functions.get(ACCOUNT, function.id) == function

    operations = [operation for operation, _ in requests]
    assert operations == ["BatchWriteItem", "TransactWriteItems", "GetItem", "Query"]


def test_no_part_stays_that_no_function_names(
    store: DynamoDbStore, a_function: Make, parts: Callable[[], list[str]]
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    for number in (1, 2):
        with pytest.raises(FunctionExistsError):
            store.functions.add(a_function(function_js=long_source(number)))
    assert parts() == ["DRAFT_SOURCE#0000000001"] * 2

    second = replace(a_function(function_js=long_source(1)), revision=2)
    store.functions.replace(second, replace(second, revision=1))
    with pytest.raises(RevisionConflictError):
        store.functions.replace(second, replace(second, revision=1))
    assert parts() == ["DRAFT_SOURCE#0000000002"] * 2

    store.functions.replace(replace(a_function(), revision=3), replace(a_function(), revision=2))
    assert parts() == []
    store.functions.replace(replace(first, revision=4), replace(first, revision=3))
    store.functions.remove(replace(first, revision=4))
    assert parts() == []

    store.functions.add(first)
    store.functions.remove_all(ACCOUNT)
    assert parts() == []


def test_a_change_that_leaves_a_long_source_as_it_is_writes_no_part_of_it(
    store: DynamoDbStore,
    a_function: Make,
    parts: Callable[[], list[str]],
    requests: list[tuple[str, Any]],
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    second = replace(first.changed({**first.document, "name": "renamed"}, 2), revision=2)
    requests.clear()

    store.functions.replace(second, replace(second, revision=1))

    assert "BatchWriteItem" not in [operation for operation, _ in requests]
    with pytest.raises(RevisionConflictError):  # a writer that comes too late takes nothing along
        store.functions.replace(second, replace(second, revision=1))
    assert parts() == ["DRAFT_SOURCE#0000000001"] * 2
    assert store.functions.get(ACCOUNT, first.id) == second

    third = replace(second.changed({**second.document, "name": "again"}, 3), revision=3)
    fourth = replace(a_function(function_js=long_source(1)), revision=4)
    store.functions.replace(third, replace(third, revision=2))
    store.functions.replace(fourth, replace(fourth, revision=3))
    assert parts() == ["DRAFT_SOURCE#0000000004"] * 2
    assert store.functions.get(ACCOUNT, first.id) == fourth


def test_a_writer_that_loses_to_another_leaves_the_parts_that_both_name(
    store: DynamoDbStore, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    renamed = [
        replace(first.changed({**first.document, "name": name}, 2), revision=2) for name in "ab"
    ]
    kept, waiting = source_parts.store, [renamed[0]]

    def change_before(*asked: Any) -> Any:
        found = kept(*asked)
        if waiting:
            store.functions.replace(waiting.pop(), first)
        return found

    monkeypatch.setattr(source_parts, "store", change_before)

    with pytest.raises(RevisionConflictError):
        store.functions.replace(renamed[1], first)

    assert store.functions.get(ACCOUNT, first.id) == renamed[0]


def test_no_part_stays_that_no_version_names(
    store: DynamoDbStore, a_version: MakeVersion, parts: Callable[[], list[str]]
) -> None:
    versions = [a_version(number, function_js=long_source(number)) for number in (1, 2)]
    for version in versions:
        store.versions.add(version)
    with pytest.raises(VersionExistsError):
        store.versions.add(a_version(1, function_js=long_source(3)))
    assert store.versions.get(ACCOUNT, versions[0].function_id, 1) == versions[0]
    assert parts() == [
        *["VERSION_SOURCE#0000000001#0000000001"] * 2,
        *["VERSION_SOURCE#0000000002#0000000001"] * 2,
    ]

    store.versions.remove(versions[0])
    assert parts() == ["VERSION_SOURCE#0000000002#0000000001"] * 2
    store.versions.remove_all(ACCOUNT, versions[0].function_id)
    assert parts() == []


def test_a_function_whose_parts_went_while_it_was_read_is_read_again(
    store: DynamoDbStore, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    second = replace(a_function(function_js=long_source(1)), revision=2)
    find, waiting = source_parts.find, [second]

    def change_before(*asked: Any) -> bytes:
        if waiting:
            store.functions.replace(waiting.pop(), first)
        return find(*asked)

    monkeypatch.setattr(source_parts, "find", change_before)

    assert store.functions.get(ACCOUNT, second.id) == second
