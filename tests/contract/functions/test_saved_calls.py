"""The contract of ``SavedCallRepository``, and of aliases that are moved because of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.aliases import Alias, Target
from isolambda_core.domain.functions.errors import AliasExistsError, SavedCallNotFoundError
from isolambda_core.domain.functions.versions import Version
from isolambda_core.ports.contracts import SavedCallRepository
from tests.support.stores import Store

Make = Callable[..., SavedCall]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
LATER, KEY = 1_700_000_100, "c" * 32


@pytest.fixture
def calls(store: Store) -> SavedCallRepository:
    return store.saved_calls


def names(calls: SavedCallRepository, *after: str, **options: Any) -> list[str]:
    found = calls.iterate(ACCOUNT, FUNCTION, *after, **{"at_once": 2, **options})
    return [call.name for call in found]


def test_a_saved_call_comes_back_as_it_was_added(
    calls: SavedCallRepository, a_saved_call: Make
) -> None:
    call = a_saved_call(input_={"a": [1, 1.5, None, True, "\ud800 \U0001f600"]})

    calls.add(call)

    assert calls.get(ACCOUNT, FUNCTION, "greets") == call
    assert calls.get(ACCOUNT, FUNCTION, "greets").etag == call.etag


def test_a_name_is_taken_once(calls: SavedCallRepository, a_saved_call: Make) -> None:
    calls.add(a_saved_call(input_=1))

    for rival in (a_saved_call(input_=2), a_saved_call(input_=1)):
        with pytest.raises(RevisionConflictError):
            calls.add(rival)

    assert calls.get(ACCOUNT, FUNCTION, "greets").input == 1


def test_one_that_is_not_there_is_not_found(calls: SavedCallRepository, a_saved_call: Make) -> None:
    calls.add(a_saved_call())

    for of in (
        (ACCOUNT, FUNCTION, "Greets"),
        (ACCOUNT, OTHER_FUNCTION, "greets"),
        (OTHER_ACCOUNT, FUNCTION, "greets"),
    ):
        with pytest.raises(SavedCallNotFoundError):
            calls.get(*of)
    assert list(calls.iterate(OTHER_ACCOUNT, FUNCTION, at_once=9)) == []


def test_it_is_replaced_and_removed_only_as_it_was_read(
    calls: SavedCallRepository, a_saved_call: Make
) -> None:
    first = a_saved_call()
    calls.add(first)
    second = first.replaced(2, {"outcome": "exception"}, LATER, KEY)

    calls.replace(second, first)

    with pytest.raises(RevisionConflictError):
        calls.replace(first.replaced(3, {"equal": 3}, LATER, KEY), first)
    with pytest.raises(RevisionConflictError):
        calls.remove(first)
    assert calls.get(ACCOUNT, FUNCTION, "greets") == second
    calls.remove(second)
    with pytest.raises(RevisionConflictError):
        calls.remove(second)
    with pytest.raises(RevisionConflictError):
        calls.replace(second, second)
    assert names(calls) == []


def test_one_that_was_made_again_is_another_at_the_same_revision(
    calls: SavedCallRepository, a_saved_call: Make
) -> None:
    first, again = a_saved_call(input_=1), a_saved_call(input_=2)
    calls.add(first)
    calls.remove(first)
    calls.add(again)

    with pytest.raises(RevisionConflictError):
        calls.replace(first.replaced(3, {"equal": 3}, LATER, KEY), first)

    assert calls.get(ACCOUNT, FUNCTION, "greets") == again


def test_they_are_walked_in_the_order_of_their_names(
    calls: SavedCallRepository, a_saved_call: Make
) -> None:
    for name in ("b", "a", "_", "B", "c"):
        calls.add(a_saved_call(name))

    assert names(calls, descending=False) == ["B", "_", "a", "b", "c"]
    assert names(calls) == ["c", "b", "a", "_", "B"]
    assert names(calls, "a", descending=False) == ["b", "c"]
    assert names(calls, "aa") == ["a", "_", "B"]


def test_each_change_counts_and_no_other_function_sees_it(
    calls: SavedCallRepository, a_saved_call: Make
) -> None:
    call = a_saved_call()
    seen = [calls.changes(ACCOUNT, FUNCTION)]
    calls.add(call)
    seen.append(calls.changes(ACCOUNT, FUNCTION))
    changed = call.replaced(1, {"equal": 1}, LATER, None)
    calls.replace(changed, call)
    seen.append(calls.changes(ACCOUNT, FUNCTION))
    calls.remove(changed)
    seen.append(calls.changes(ACCOUNT, FUNCTION))

    assert seen[0] == 0
    assert len(set(seen)) == len(seen)
    assert calls.changes(ACCOUNT, OTHER_FUNCTION) == calls.changes(OTHER_ACCOUNT, FUNCTION) == 0


def test_those_of_a_function_go_together(calls: SavedCallRepository, a_saved_call: Make) -> None:
    others = [a_saved_call(function_id=OTHER_FUNCTION), a_saved_call(account_id=OTHER_ACCOUNT)]
    for call in (a_saved_call("a"), a_saved_call("b"), *others):
        calls.add(call)

    calls.remove_all(ACCOUNT, FUNCTION)

    assert names(calls) == []
    assert calls.changes(ACCOUNT, FUNCTION) == 0
    for call in others:
        assert calls.get(call.account_id, call.function_id, call.name) == call


def test_an_alias_is_moved_only_while_the_saved_calls_are_those_that_were_read(
    store: Store,
    a_saved_call: Make,
    a_version: Callable[..., Version],
    an_alias: Callable[..., Alias],
) -> None:
    for number in (1, 2):
        store.versions.add(a_version(number))
    before = an_alias(1)
    store.aliases.add(before, 0)
    moved = before.moved(Target(2), "", KEY, LATER)

    store.saved_calls.add(a_saved_call())

    with pytest.raises(RevisionConflictError):
        store.aliases.replace(moved, before, 0)
    with pytest.raises(RevisionConflictError):
        store.aliases.add(an_alias(2, name="next"), 0)
    assert [alias.name for alias in store.aliases.of_function(ACCOUNT, FUNCTION)] == ["live"]
    assert store.aliases.get(ACCOUNT, FUNCTION, "live") == before
    read = store.saved_calls.changes(ACCOUNT, FUNCTION)
    store.aliases.replace(moved, before, read)
    assert store.aliases.get(ACCOUNT, FUNCTION, "live") == moved
    with pytest.raises(AliasExistsError):
        store.aliases.add(replace(before, description="rival"), read)
