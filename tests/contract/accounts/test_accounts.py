"""The contract of ``AccountRepository``."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import (
    AccountExistsError,
    AccountHasChildrenError,
    AccountNotFoundError,
    QuotaExceededError,
)
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.ports.functions import FunctionRepository

Make = Callable[..., Account]

LATER = 1_700_000_100

both_ways = pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])


def changed(account: Account, **document: JsonValue) -> Account:
    return account.changed({**account.document, **document}, LATER)


def ids_of(accounts: AccountRepository, parent: Account, *, at_once: int = 50) -> list[str]:
    """Return the ids of the children, which must be the same either way."""
    up = [child.id for child in accounts.children(parent.id, descending=False, at_once=at_once)]
    down = [child.id for child in accounts.children(parent.id, descending=True, at_once=at_once)]
    assert down == up[::-1]
    return up


def test_an_account_comes_back_as_it_was_added(
    accounts: AccountRepository, an_account: Make
) -> None:
    account = an_account(name="Ülo \U0001f600", enabled=False, custom={"a": [1, None, 0.5]})

    accounts.add(account)

    assert accounts.get(account.id) == account


def test_an_account_below_others_comes_back_with_all_of_them(
    accounts: AccountRepository, an_account: Make
) -> None:
    top = an_account(1)
    middle = an_account(2, parent=top)
    bottom = an_account(3, parent=middle)
    for account in (top, middle, bottom):
        accounts.add(account)

    assert accounts.get(bottom.id) == bottom
    assert accounts.get(bottom.id).ancestor_ids == (top.id, middle.id)


def test_an_account_id_is_taken_once(accounts: AccountRepository, an_account: Make) -> None:
    accounts.add(an_account())

    with pytest.raises(AccountExistsError):
        accounts.add(an_account(name="another"))
    with pytest.raises(AccountExistsError):
        accounts.add(an_account())

    assert accounts.get(an_account().id) == an_account()


def test_an_account_whose_id_is_taken_is_not_listed(
    accounts: AccountRepository, an_account: Make
) -> None:
    one, other = an_account(1), an_account(2)
    accounts.add(one)
    accounts.add(other)
    accounts.add(an_account(3, parent=one))

    with pytest.raises(AccountExistsError):
        accounts.add(an_account(3, parent=other))

    assert ids_of(accounts, other) == []
    accounts.remove(other)


def test_no_account_is_below_one_that_is_not_there(
    accounts: AccountRepository, an_account: Make
) -> None:
    parent = an_account(1)

    with pytest.raises(AccountNotFoundError) as caught:
        accounts.add(an_account(2, parent=parent))

    assert caught.value.identifier == parent.id
    with pytest.raises(AccountNotFoundError):
        accounts.get(an_account(2).id)
    with pytest.raises(AccountNotFoundError):
        accounts.get(parent.id)


def test_an_unknown_account_is_not_found(accounts: AccountRepository, an_account: Make) -> None:
    accounts.add(an_account(1))

    with pytest.raises(AccountNotFoundError) as caught:
        accounts.get(an_account(2).id)

    assert caught.value.identifier == an_account(2).id


def test_accounts_may_share_a_name(accounts: AccountRepository, an_account: Make) -> None:
    accounts.add(an_account(1, name="same"))
    accounts.add(an_account(2, name="same"))

    assert accounts.get(an_account(1).id) == an_account(1, name="same")
    assert accounts.get(an_account(2).id) == an_account(2, name="same")


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "\udc00\ud800", "x" * 10_000], ids=ascii)
def test_a_document_may_hold_any_text(
    accounts: AccountRepository, an_account: Make, text: str
) -> None:
    accounts.add(an_account(name=text, custom={text: [text]}))

    document = accounts.get(an_account().id).document

    assert document == {"name": text, "enabled": True, "custom": {text: [text]}}


def test_a_function_does_not_make_its_account(
    accounts: AccountRepository, functions: FunctionRepository, a_function: Callable[..., Function]
) -> None:
    functions.add(a_function())

    with pytest.raises(AccountNotFoundError):
        accounts.get(a_function().account_id)


def test_an_account_takes_over_what_functions_without_it_count(
    accounts: AccountRepository,
    functions: FunctionRepository,
    an_account: Make,
    a_function: Callable[..., Function],
) -> None:
    account = replace(an_account(quotas={"functions": 1}), id=a_function().account_id)
    functions.add(a_function())  # as one that was added while its account was removed

    accounts.add(account)

    assert accounts.get(account.id) == account
    with pytest.raises(QuotaExceededError):
        functions.add(replace(a_function(), id="e" * 32))


def test_the_next_revision_replaces_the_one_before(
    accounts: AccountRepository, an_account: Make
) -> None:
    top = an_account(1)
    first = an_account(2, parent=top, custom=1)
    accounts.add(top)
    accounts.add(first)
    second = changed(first, name="\ud800", custom=2)

    accounts.replace(second, replace(second, revision=1))

    assert accounts.get(first.id) == second
    assert accounts.get(first.id).etag == second.etag
    assert list(accounts.children(top.id, at_once=50)) == [second]


def test_a_revision_is_replaced_once(accounts: AccountRepository, an_account: Make) -> None:
    accounts.add(an_account())
    winner = changed(an_account(), name="winner")
    accounts.replace(winner, replace(winner, revision=1))

    for expected in (1, 3):
        with pytest.raises(RevisionConflictError):
            accounts.replace(
                changed(an_account(), name="loser"), replace(an_account(), revision=expected)
            )

    assert accounts.get(winner.id) == winner


def test_what_is_not_there_is_not_replaced(accounts: AccountRepository, an_account: Make) -> None:
    with pytest.raises(RevisionConflictError):
        accounts.replace(changed(an_account()), an_account())

    with pytest.raises(AccountNotFoundError):
        accounts.get(an_account().id)


def test_a_removed_account_is_gone_and_frees_its_id(
    accounts: AccountRepository, an_account: Make
) -> None:
    accounts.add(an_account(name="before"))

    accounts.remove(an_account(name="before"))

    with pytest.raises(AccountNotFoundError):
        accounts.get(an_account().id)
    accounts.add(an_account(name="after"))
    assert accounts.get(an_account().id).name == "after"


def test_an_account_is_removed_at_its_revision_alone(
    accounts: AccountRepository, an_account: Make
) -> None:
    accounts.add(an_account())
    second = changed(an_account(), name="second")
    accounts.replace(second, replace(second, revision=1))

    with pytest.raises(RevisionConflictError):
        accounts.remove(an_account())

    assert accounts.get(second.id) == second
    accounts.remove(second)
    with pytest.raises(RevisionConflictError):
        accounts.remove(second)


def test_an_account_with_others_below_it_is_not_removed(
    accounts: AccountRepository, an_account: Make
) -> None:
    top = an_account(1)
    middle = an_account(2, parent=top)
    bottom = an_account(3, parent=middle)
    for account in (top, middle, bottom):
        accounts.add(account)

    for account in (top, middle):
        with pytest.raises(AccountHasChildrenError):
            accounts.remove(account)

    assert [accounts.get(account.id) for account in (top, middle, bottom)] == [top, middle, bottom]
    assert (ids_of(accounts, top), ids_of(accounts, middle)) == ([middle.id], [bottom.id])


def test_a_tree_is_removed_from_below(accounts: AccountRepository, an_account: Make) -> None:
    top = an_account(1)
    children = [an_account(number, parent=top) for number in (2, 3)]
    accounts.add(top)
    for child in children:
        accounts.add(child)

    for child in children:
        with pytest.raises(AccountHasChildrenError):
            accounts.remove(top)
        accounts.remove(child)

    assert ids_of(accounts, top) == []
    accounts.remove(top)
    with pytest.raises(AccountNotFoundError):
        accounts.get(top.id)


def test_a_change_forgets_no_account_below(accounts: AccountRepository, an_account: Make) -> None:
    top = an_account(1)
    child = an_account(2, parent=top)
    accounts.add(top)
    accounts.add(child)
    second = changed(top, name="second")
    accounts.replace(second, replace(second, revision=1))

    with pytest.raises(AccountHasChildrenError):
        accounts.remove(second)

    assert ids_of(accounts, top) == [child.id]


def test_a_stale_removal_is_a_lost_race_whatever_is_below(
    accounts: AccountRepository, an_account: Make
) -> None:
    top = an_account(1)
    accounts.add(top)
    accounts.add(an_account(2, parent=top))
    accounts.replace(changed(top), top)

    with pytest.raises(RevisionConflictError):
        accounts.remove(top)


@pytest.mark.parametrize("at_once", [1, 2, 3, 50])
def test_children_come_in_the_order_of_their_ids(
    accounts: AccountRepository, an_account: Make, at_once: int
) -> None:
    top = an_account(1)
    accounts.add(top)
    numbers = [0xF0, 2, 0xFFFFFFFF, 9, 3, 0x10]
    for number in numbers:
        accounts.add(an_account(number, parent=top))

    assert ids_of(accounts, top, at_once=at_once) == [
        an_account(number).id for number in sorted(numbers)
    ]


@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_below_none_are_the_accounts_at_the_top_alone(
    accounts: AccountRepository, an_account: Make, at_once: int
) -> None:
    assert list(accounts.children(None, at_once=at_once)) == []
    tops = [an_account(number, name=f"no. {number}") for number in (2, 9, 0xF0)]
    for top in reversed(tops):
        accounts.add(top)
        accounts.add(an_account(top.created_at + int(top.id, 16), parent=top))

    assert list(accounts.children(None, descending=False, at_once=at_once)) == tops
    assert list(accounts.children(None, at_once=at_once)) == tops[::-1]
    assert list(accounts.children(None, tops[0].id, descending=False, at_once=at_once)) == tops[1:]
    assert list(accounts.children(None, tops[1].id, at_once=at_once)) == tops[:1]


def test_an_account_at_the_top_is_listed_as_it_is_now_and_as_long_as_it_is_there(
    accounts: AccountRepository, an_account: Make
) -> None:
    stays, goes = an_account(1), an_account(2)
    for account in (stays, goes):
        accounts.add(account)
    second = changed(stays, name="second")

    accounts.replace(second, replace(second, revision=1))
    accounts.remove(goes)

    assert list(accounts.children(None, at_once=50)) == [second]
    accounts.add(goes)
    assert list(accounts.children(None, at_once=50)) == [goes, second]


@both_ways
def test_children_come_as_they_were_added(
    accounts: AccountRepository, an_account: Make, *, descending: bool
) -> None:
    top = an_account(1)
    accounts.add(top)
    children = [an_account(number, parent=top, name=f"no. {number}") for number in (2, 3, 4)]
    for child in children:
        accounts.add(child)

    found = list(accounts.children(top.id, descending=descending, at_once=2))

    assert found == (children[::-1] if descending else children)


def test_the_highest_id_comes_first_unless_asked_otherwise(
    accounts: AccountRepository, an_account: Make
) -> None:
    top = an_account(1)
    accounts.add(top)
    for number in (2, 3):
        accounts.add(an_account(number, parent=top))

    found = [child.id for child in accounts.children(top.id, at_once=50)]

    assert found == [an_account(3).id, an_account(2).id]


def test_only_the_accounts_right_below_are_children(
    accounts: AccountRepository, an_account: Make
) -> None:
    top, other = an_account(1), an_account(2)
    child, stranger = an_account(3, parent=top), an_account(4, parent=other)
    grandchild = an_account(5, parent=child)
    for account in (top, other, child, stranger, grandchild):
        accounts.add(account)

    assert ids_of(accounts, top) == [child.id]
    assert ids_of(accounts, child) == [grandchild.id]
    assert ids_of(accounts, other) == [stranger.id]
    assert ids_of(accounts, grandchild) == []
    assert ids_of(accounts, an_account(99)) == []


@both_ways
@pytest.mark.parametrize("at_once", [1, 50])
def test_children_start_behind_an_id_that_need_not_be_there(
    accounts: AccountRepository, an_account: Make, at_once: int, *, descending: bool
) -> None:
    top = an_account(1)
    accounts.add(top)
    for number in (0x10, 0x20, 0x30, 0x40):
        accounts.add(an_account(number, parent=top))
    accounts.remove(an_account(0x30, parent=top))

    def behind(number: int) -> list[int]:
        found = accounts.children(
            top.id, an_account(number).id, descending=descending, at_once=at_once
        )
        return [int(child.id, 16) for child in found]

    assert behind(0x20) == ([0x10] if descending else [0x40])
    assert behind(0x30) == ([0x20, 0x10] if descending else [0x40])
    assert behind(0x40) == ([0x20, 0x10] if descending else [])
    assert behind(0x05) == ([] if descending else [0x10, 0x20, 0x40])


def test_children_are_read_as_they_are_taken(accounts: AccountRepository, an_account: Make) -> None:
    top = an_account(1)
    accounts.add(top)
    for number in (2, 3):
        accounts.add(an_account(number, parent=top))

    iterate = accounts.children(top.id, descending=False, at_once=1)
    first = next(iterate)
    accounts.remove(an_account(3, parent=top))
    accounts.add(an_account(4, parent=top))

    assert [child.id for child in [first, *iterate]] == [an_account(2).id, an_account(4).id]


def test_a_walk_that_is_given_up_leaves_the_store_free(
    accounts: AccountRepository, an_account: Make
) -> None:
    top = an_account(1)
    accounts.add(top)
    for number in range(2, 8):
        accounts.add(an_account(number, parent=top))

    walks = [accounts.children(top.id, at_once=2) for _ in range(6)]
    for iterate in walks:
        next(iterate)

    accounts.add(an_account(8, parent=top))
    assert accounts.get(an_account(8).id).parent_id == top.id
