"""What the audit asks of DynamoDB: nothing besides the change while there is room."""

from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.functions import Function
from tests.contract.dynamodb.requesting import Make

pytestmark = pytest.mark.slow

LIMIT = 25


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        RULES, Quota.AUDIT_ENTRIES, replace(RULES[Quota.AUDIT_ENTRIES], limit=LIMIT)
    )


def changed(store: DynamoDbStore, function: Function, times: int) -> Function:
    for number in range(times):
        later = function.changed({**function.document, "name": str(number)}, 5)
        store.functions.replace(later, function)
        function = later
    return function


def test_a_change_is_one_request_with_its_entry_and_its_count(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    store.functions.add(a_function())
    requests.clear()

    changed(store, a_function(), 3)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 3
    for _, params in requests:
        keys = [next(iter(write.values())) for write in params["TransactItems"]]
        audited = [key for key in keys if str(key).count("AUDIT#")]
        assert len(audited) == 2


def test_a_refused_change_asks_once_more_whether_the_audit_was_full(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    store.functions.add(a_function())
    changed(store, a_function(), 1)
    requests.clear()

    with pytest.raises(RevisionConflictError):
        changed(store, a_function(), 1)

    # The last read is of the source, as before.
    assert [operation for operation, _ in requests] == ["TransactWriteItems", "GetItem", "GetItem"]


@pytest.mark.usefixtures("few")
def test_where_the_audit_is_full_twenty_changes_remove_the_oldest_entries_once(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    store.functions.add(a_function())
    function = changed(store, a_function(), LIMIT)
    requests.clear()

    changed(store, function, 40)

    asked = [operation for operation, _ in requests]
    assert asked.count("Query") == 2
    assert len(asked) <= 40 + 2 * 5
