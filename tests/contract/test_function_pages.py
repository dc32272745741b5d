"""The contract of ``FunctionRepository.page``."""

import random
from collections.abc import Callable

import pytest

from isolambda_core.domain.accounts import Account, ApiKey
from isolambda_core.domain.functions import Function
from isolambda_core.domain.limits import PAGE_BYTES, SOURCE_BYTES
from isolambda_core.ports import AccountRepository, ApiKeyRepository, FunctionRepository

Make = Callable[..., Function]

ACCOUNT = "a" * 32
OTHER_ACCOUNT = "b" * 32

both_ways = pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])


def numbers_of(functions: FunctionRepository, *, limit: int, descending: bool) -> list[int]:
    """Walk every page and return the ids, as numbers; a page but the last one is never empty."""
    numbers: list[int] = []
    after = None
    while True:
        page = functions.page(ACCOUNT, limit, after, descending=descending)
        assert len(page.functions) <= limit
        numbers += [int(function.id, 16) for function in page.functions]
        if page.next_after is None:
            return numbers
        assert page.functions
        assert page.next_after == page.functions[-1].id
        after = page.next_after


def fill(functions: FunctionRepository, a_function: Make, *numbers: int) -> None:
    for number in numbers:
        functions.add(a_function(number))


def delete(functions: FunctionRepository, function: Function) -> None:
    functions.replace(function.removed(5), function.revision)


@both_ways
def test_an_account_without_functions_has_one_empty_page(
    functions: FunctionRepository, *, descending: bool
) -> None:
    page = functions.page(ACCOUNT, 10, descending=descending)

    assert (page.functions, page.next_after) == ([], None)


def test_the_highest_id_comes_first_unless_asked_otherwise(
    functions: FunctionRepository, a_function: Make
) -> None:
    fill(functions, a_function, 2, 1, 0xF0, 3)

    page = functions.page(ACCOUNT, 10)

    assert [int(function.id, 16) for function in page.functions] == [0xF0, 3, 2, 1]


def test_ascending_the_lowest_id_comes_first(
    functions: FunctionRepository, a_function: Make
) -> None:
    fill(functions, a_function, 2, 1, 0xF0, 3)

    page = functions.page(ACCOUNT, 10, descending=False)

    assert [int(function.id, 16) for function in page.functions] == [1, 2, 3, 0xF0]


def test_a_page_holds_whole_functions(functions: FunctionRepository, a_function: Make) -> None:
    function = a_function(1, custom={"b": [1, 2.5]}, function_js="return '\ud800'")
    functions.add(function)

    assert functions.page(ACCOUNT, 10).functions == [function]


@both_ways
def test_a_page_that_holds_the_last_function_says_so(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2, 3)

    assert functions.page(ACCOUNT, 3, descending=descending).next_after is None
    assert functions.page(ACCOUNT, 4, descending=descending).next_after is None


@both_ways
def test_a_page_before_the_last_names_its_own_last_function(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2, 3)

    page = functions.page(ACCOUNT, 2, descending=descending)

    assert len(page.functions) == 2
    assert page.next_after == a_function(2).id


@both_ways
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8, 500])
def test_walking_the_pages_meets_every_function_once(
    functions: FunctionRepository, a_function: Make, limit: int, *, descending: bool
) -> None:
    fill(functions, a_function, *range(1, 8))

    numbers = numbers_of(functions, limit=limit, descending=descending)

    assert numbers == sorted(range(1, 8), reverse=descending)


@both_ways
def test_functions_of_other_accounts_are_not_listed(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 3)
    for number in (1, 2, 4):
        functions.add(a_function(number, account_id=OTHER_ACCOUNT))

    numbers = numbers_of(functions, limit=1, descending=descending)

    assert numbers == sorted([1, 3], reverse=descending)


@both_ways
def test_nothing_but_functions_is_listed(
    functions: FunctionRepository,
    accounts: AccountRepository,
    api_keys: ApiKeyRepository,
    a_function: Make,
    *,
    descending: bool,
) -> None:
    accounts.add(Account(ACCOUNT, "mine", 1))
    api_keys.add(ApiKey("0" * 64, ACCOUNT, 1))
    api_keys.add(ApiKey("f" * 64, ACCOUNT, 1))
    fill(functions, a_function, 1)

    assert numbers_of(functions, limit=1, descending=descending) == [1]
    assert numbers_of(functions, limit=50, descending=descending) == [1]


@both_ways
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_deleted_functions_are_never_listed(
    functions: FunctionRepository, a_function: Make, limit: int, *, descending: bool
) -> None:
    fill(functions, a_function, *range(1, 13))
    kept = [1, 6, 11]
    for number in set(range(1, 13)) - set(kept):
        delete(functions, a_function(number))

    numbers = numbers_of(functions, limit=limit, descending=descending)

    assert numbers == sorted(kept, reverse=descending)


@both_ways
def test_a_page_with_only_deleted_functions_after_it_is_the_last(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2, 3, 4, 5)
    for number in (1, 2, 4, 5):
        delete(functions, a_function(number))

    page = functions.page(ACCOUNT, 1, descending=descending)

    assert page.functions == [a_function(3)]
    assert page.next_after is None


@both_ways
def test_an_account_with_only_deleted_functions_has_one_empty_page(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2, 3)
    for number in (1, 2, 3):
        delete(functions, a_function(number))

    page = functions.page(ACCOUNT, 1, descending=descending)

    assert (page.functions, page.next_after) == ([], None)


@both_ways
def test_a_page_may_start_after_a_function_that_is_gone(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2, 3, 4, 5)
    delete(functions, a_function(3))
    functions.remove(ACCOUNT, a_function(2).id, 1)

    for gone in (2, 3):
        page = functions.page(ACCOUNT, 10, a_function(gone).id, descending=descending)
        found = [int(function.id, 16) for function in page.functions]
        assert found == ([1] if descending else [4, 5])


@both_ways
def test_nothing_comes_after_the_end(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2)
    end = "0" * 32 if descending else "f" * 32

    page = functions.page(ACCOUNT, 10, end, descending=descending)

    assert (page.functions, page.next_after) == ([], None)


@both_ways
def test_everything_comes_after_what_is_before_the_start(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 1, 2)
    start = "f" * 32 if descending else "0" * 32

    page = functions.page(ACCOUNT, 10, start, descending=descending)

    assert len(page.functions) == 2


@both_ways
def test_pages_stay_in_place_while_functions_come_and_go(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    fill(functions, a_function, 10, 20, 30, 40, 50, 60)
    first = functions.page(ACCOUNT, 3, descending=descending)
    behind, last_seen, ahead = (45, 40, 25) if descending else (15, 30, 55)

    fill(functions, a_function, behind, ahead)
    functions.remove(ACCOUNT, a_function(last_seen).id, 1)
    rest = functions.page(ACCOUNT, 10, first.next_after, descending=descending)

    found = [int(function.id, 16) for function in rest.functions]
    assert found == ([30, 25, 20, 10] if descending else [40, 50, 55, 60])


@both_ways
def test_a_page_ends_where_its_sources_fill_it(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    full = PAGE_BYTES // SOURCE_BYTES
    for number in range(full + 1):
        functions.add(a_function(number, function_js="x" * SOURCE_BYTES))

    page = functions.page(ACCOUNT, 50, descending=descending)
    rest = functions.page(ACCOUNT, 50, page.next_after, descending=descending)

    assert len(page.functions) == full
    assert len(rest.functions) == 1
    assert rest.next_after is None


@both_ways
def test_a_page_that_its_sources_fill_exactly_can_be_the_last(
    functions: FunctionRepository, a_function: Make, *, descending: bool
) -> None:
    for number in range(PAGE_BYTES // SOURCE_BYTES):
        functions.add(a_function(number, function_js="x" * SOURCE_BYTES))

    assert functions.page(ACCOUNT, 50, descending=descending).next_after is None


@both_ways
def test_sources_that_do_not_compress_are_listed_whole(
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

    page = functions.page(ACCOUNT, 50, descending=descending)

    assert list(page.functions) == sorted(added, key=lambda it: it.id, reverse=descending)
    assert page.next_after is None
