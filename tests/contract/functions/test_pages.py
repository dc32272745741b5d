"""The contract of ``FunctionRepository.iterate``, and of the pages that are filled from it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.limits import SOURCE_BYTES
from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
)
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.services.paging import (
    Page,
    fill_page,
)

Make = Callable[..., Function]

ACCOUNT = "a" * 32
OTHER_ACCOUNT = "b" * 32

both_ways = pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])
few_at_once = pytest.mark.parametrize("at_once", [1, 2, 3, 7, 8, 501])


def numbers_of(
    functions: FunctionRepository,
    after: int | None = None,
    *,
    descending: bool = True,
    at_once: int = 3,
) -> list[int]:
    """Walk to the end and return the ids, as numbers."""
    start = None if after is None else f"{after:032x}"
    iterate = functions.iterate(ACCOUNT, start, descending=descending, at_once=at_once)
    return [int(function.id, 16) for function in iterate]


def fill(functions: FunctionRepository, a_function: Make, *numbers: int) -> None:
    for number in numbers:
        functions.add(a_function(number))


def delete(functions: FunctionRepository, function: Function) -> None:
    functions.replace(function.removed(5), function)


@both_ways
def test_an_account_without_functions_has_none(
    functions: FunctionRepository, *, descending: bool
) -> None:
    assert numbers_of(functions, descending=descending) == []


def test_the_highest_id_comes_first_unless_asked_otherwise(
    functions: FunctionRepository, a_function: Make
) -> None:
    fill(functions, a_function, 2, 1, 0xF0, 3)

    assert numbers_of(functions) == [0xF0, 3, 2, 1]
    assert numbers_of(functions, descending=False) == [1, 2, 3, 0xF0]


def test_functions_come_whole(functions: FunctionRepository, a_function: Make) -> None:
    function = replace(
        a_function(1, custom={"b": [1, 2.5]}, function_js="return '\ud800'"),
        breakers={"$LATEST": Breaker("6 failures; the last: '\udfff'", 5, 2)},
    )
    functions.add(function)

    assert list(functions.iterate(ACCOUNT, at_once=1)) == [function]


@both_ways
@few_at_once
def test_every_function_is_met_once(
    functions: FunctionRepository, a_function: Make, at_once: int, *, descending: bool
) -> None:
    fill(functions, a_function, *range(1, 8))

    numbers = numbers_of(functions, descending=descending, at_once=at_once)

    assert numbers == sorted(range(1, 8), reverse=descending)


@both_ways
def test_functions_of_other_accounts_are_not_met(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 3)
    for number in (1, 2, 4):
        functions.add(a_function(number, account_id=OTHER_ACCOUNT))

    assert numbers_of(functions, descending=descending) == sorted([1, 3], reverse=descending)


@both_ways
def test_nothing_but_functions_is_met(
    functions: FunctionRepository,
    accounts: AccountRepository,
    api_keys: ApiKeyRepository,
    a_function: Make,
    *,
    descending: bool,
) -> None:
    account = Account(ACCOUNT, {"name": "mine", "enabled": True}, 1, 1)
    accounts.add(account)
    for child in ("0" * 32, "f" * 32):
        accounts.add(replace(account, id=child, ancestor_ids=(ACCOUNT,)))
        api_keys.add(ApiKey(child * 2, child, ACCOUNT, 1))
    fill(functions, a_function, 1)

    assert numbers_of(functions, descending=descending, at_once=1) == [1]


@both_ways
@few_at_once
def test_deleted_functions_are_not_met(
    functions: FunctionRepository, a_function: Make, at_once: int, *, descending: bool
) -> None:
    fill(functions, a_function, *range(1, 13))
    kept = [1, 6, 11]
    for number in set(range(1, 13)) - set(kept):
        delete(functions, a_function(number))

    numbers = numbers_of(functions, descending=descending, at_once=at_once)

    assert numbers == sorted(kept, reverse=descending)


@both_ways
def test_a_walk_may_start_behind_a_function_that_is_gone(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2, 3, 4, 5)
    delete(functions, a_function(3))
    functions.remove(a_function(2))

    for gone in (2, 3):
        numbers = numbers_of(functions, gone, descending=descending)
        assert numbers == ([1] if descending else [4, 5])


@pytest.mark.parametrize(
    ("after", "descending", "met"),
    [
        ("0" * 32, True, 0),
        ("!", True, 0),
        ("f" * 32, False, 0),
        ("~", False, 0),
        ("f" * 32, True, 2),
        ("~", True, 2),
        ("ž", True, 2),
        ("0" * 32, False, 2),
        ("!", False, 2),
    ],
)
def test_a_walk_may_start_behind_anything(
    functions: FunctionRepository, a_function: Make, after: str, met: int, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2)

    assert len(list(functions.iterate(ACCOUNT, after, descending=descending, at_once=5))) == met


@both_ways
def test_a_walk_reads_as_it_goes(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 10, 20, 30)
    iterate = functions.iterate(ACCOUNT, descending=descending, at_once=1)
    next(iterate)

    fill(functions, a_function, 5, 15, 35)
    delete(functions, a_function(20))

    rest = [int(function.id, 16) for function in iterate]
    assert rest == ([15, 10, 5] if descending else [15, 30, 35])


def test_an_iteration_that_pauses_holds_no_one_up(
    functions: FunctionRepository, a_function: Make
) -> None:
    fill(functions, a_function, *range(8))
    walks = [
        functions.iterate(ACCOUNT, at_once=1) for _ in range(8)
    ]  # more than there are connections

    for iterate in walks:
        next(iterate)

    functions.add(a_function(8))
    assert functions.get(ACCOUNT, a_function(8).id) == a_function(8)


@both_ways
def test_long_sources_that_do_not_compress_are_met_whole(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    noise = random.Random(7)  # noqa: S311 - the same noise in every test run
    alphabet = [chr(code) for code in range(0x80, 0x800)]
    added = [
        a_function(number, function_js="".join(noise.choices(alphabet, k=SOURCE_BYTES // 2)))
        for number in range(9)
    ]
    for function in added:
        functions.add(function)

    met = list(functions.iterate(ACCOUNT, descending=descending, at_once=501))

    assert met == sorted(added, key=lambda function: function.id, reverse=descending)


@both_ways
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_hold_every_function_once_and_the_last_says_so(
    functions: FunctionRepository, a_function: Make, limit: int, *, descending: bool
) -> None:
    fill(functions, a_function, *range(1, 8))

    pages = list(pages_of(functions, limit, descending=descending))

    met = [function for page in pages for function in page.items]
    assert [int(function.id, 16) for function in met] == sorted(range(1, 8), reverse=descending)
    assert [len(page.items) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1].items


@both_ways
@pytest.mark.parametrize("seed", range(8))
def test_pages_stay_right_while_functions_come_and_go(
    functions: FunctionRepository, a_function: Make, seed: int, *, descending: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same course in every test run
    there = set(chance.sample(range(100), 25))
    fill(functions, a_function, *there)
    always, ever = set(there), set(there)

    listed: list[int] = []
    for page in pages_of(functions, 3, descending=descending):
        listed += [int(function.id, 16) for function in page.items]
        coming = set(chance.sample(range(100), 3)) - ever
        going = set(chance.sample(sorted(there), 3))
        fill(functions, a_function, *coming)
        for number in going:
            function = a_function(number)
            if chance.random() < 0.5:
                delete(functions, function)
            else:
                functions.remove(replace(function, revision=1))
        there = (there | coming) - going
        always -= going
        ever |= coming

    assert listed == sorted(set(listed), reverse=descending)
    assert always <= set(listed) <= ever
    assert numbers_of(functions, descending=descending) == sorted(there, reverse=descending)


def pages_of(
    functions: FunctionRepository, limit: int, *, descending: bool
) -> Iterator[Page[Function]]:
    """Follow ``next_after`` to the end; each page is a walk of its own."""
    after = None
    while True:
        iterate = functions.iterate(ACCOUNT, after, descending=descending, at_once=limit + 1)
        page = fill_page(iterate, limit)
        yield page
        if page.next_after is None:
            return
        after = page.next_after
