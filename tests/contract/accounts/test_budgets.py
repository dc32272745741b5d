"""The contract of ``BudgetRepository``: all processes together are lent no more than a limit."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from isolambda_core.domain.accounts.budgets import Amounts, Measure, Meter, Period, share_of
from isolambda_core.ports.budgets import BudgetRepository
from tests.support.stores import Store

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
DAY = Meter(ACCOUNT, Period.DAY, "2027-01-15", 1_800_057_600)
NEXT_DAY = Meter(ACCOUNT, Period.DAY, "2027-01-16", 1_800_144_000)
OF_OTHER = Meter(OTHER_ACCOUNT, Period.DAY, "2027-01-15", 1_800_057_600)
LIMITS: Amounts = {Measure.EXECUTIONS: 1_000}
FEW: Amounts = {Measure.EXECUTIONS: 10}


@pytest.fixture
def meters(store: Store) -> BudgetRepository:
    return store.budgets


def take_all(meters: BudgetRepository, limits: Amounts = LIMITS) -> list[int]:
    """Take shares until nothing is left, and return each."""
    shares: list[int] = []
    known: Amounts = {}
    while True:
        spent = meters.take(DAY, limits, {}, known)
        known = spent.used
        if not spent.shares[Measure.EXECUTIONS]:
            return shares
        shares.append(spent.shares[Measure.EXECUTIONS])


def test_shares_are_small_and_smaller_near_the_end_and_all_of_the_budget(
    meters: BudgetRepository,
) -> None:
    shares = take_all(meters)

    assert sum(shares) == 1_000
    assert max(shares) == shares[0] == 5
    assert shares[-100:] == [1] * 100
    assert meters.used(DAY) == {Measure.EXECUTIONS: 1_000}


def test_what_one_does_not_know_of_another_lends_no_more_than_there_is(
    two_of_one_store: tuple[Store, Store],
) -> None:
    one, other = (store.budgets for store in two_of_one_store)
    one.take(DAY, {Measure.EXECUTIONS: 3}, {}, {})

    lent = [other.take(DAY, {Measure.EXECUTIONS: 3}, {}, {}).shares for _ in range(3)]

    assert [shares[Measure.EXECUTIONS] for shares in lent] == [1, 1, 0]


@pytest.mark.slow
def test_no_more_is_lent_than_there_is_whoever_asks_at_a_time(
    two_of_one_store: tuple[Store, Store],
) -> None:
    stores = [store.budgets for store in two_of_one_store] * 4

    with ThreadPoolExecutor(len(stores)) as pool:
        lent = sum(sum(shares) for shares in pool.map(take_all, stores))

    assert lent == 1_000


def test_what_is_owed_is_added_even_where_nothing_is_left(meters: BudgetRepository) -> None:
    limits: Amounts = {Measure.CPU_MS: 1_000_000}

    spent = meters.take(DAY, limits, {Measure.CPU_MS: 1_500_000}, {})

    assert spent.shares == {Measure.CPU_MS: 0}
    assert spent.used == meters.used(DAY) == {Measure.CPU_MS: 1_500_000}


def test_what_is_given_back_is_lent_again(meters: BudgetRepository) -> None:
    take_all(meters, FEW)

    meters.add(DAY, {Measure.EXECUTIONS: -3})

    assert take_all(meters, FEW) == [1, 1, 1]


def test_what_others_gave_back_is_lent_to_one_that_saw_nothing_left(
    two_of_one_store: tuple[Store, Store],
) -> None:
    one, other = (store.budgets for store in two_of_one_store)
    take_all(one, FEW)
    known = one.take(DAY, FEW, {}, {}).used

    other.add(DAY, {Measure.EXECUTIONS: -3})

    assert one.take(DAY, FEW, {}, known).shares == {Measure.EXECUTIONS: 1}


def test_one_that_lends_nothing_says_what_is_used_by_all(
    two_of_one_store: tuple[Store, Store],
) -> None:
    one, other = (store.budgets for store in two_of_one_store)
    one.add(DAY, {Measure.EXECUTIONS: 7})

    assert other.take(DAY, {Measure.EXECUTIONS: 0}, {}, {}).used == {Measure.EXECUTIONS: 7}


def test_a_budget_that_is_lowered_below_what_is_used_lends_nothing(
    meters: BudgetRepository,
) -> None:
    meters.add(DAY, {Measure.EXECUTIONS: 500})

    spent = meters.take(DAY, {Measure.EXECUTIONS: 100}, {}, {})

    assert (spent.shares, spent.used) == (
        {Measure.EXECUTIONS: 0},
        {Measure.EXECUTIONS: 500},
    )


def test_a_month_that_begins_forgets_no_day_of_90_days_before(meters: BudgetRepository) -> None:
    day_s = 86_400
    began = NEXT_DAY.ends_at
    day = Meter(ACCOUNT, Period.DAY, "2026-10-20", began - 89 * day_s)
    meters.add(day, {Measure.EXECUTIONS: 7})

    meters.take(Meter(ACCOUNT, Period.MONTH, "2027-01", began + 31 * day_s), LIMITS, {}, {})

    assert meters.used(day) == {Measure.EXECUTIONS: 7}


def test_accounts_and_periods_are_apart(meters: BudgetRepository) -> None:
    take_all(meters, FEW)

    assert meters.used(NEXT_DAY) == meters.used(OF_OTHER) == {}
    assert meters.take(NEXT_DAY, LIMITS, {}, {}).shares == {Measure.EXECUTIONS: 5}


def test_a_percentage_is_marked_once_for_each_measure(
    two_of_one_store: tuple[Store, Store],
) -> None:
    one, other = (store.budgets for store in two_of_one_store)
    one.add(DAY, {Measure.EXECUTIONS: 50, Measure.CPU_MS: 1})

    marked = [
        each.mark(DAY, Measure.EXECUTIONS, percent) for percent in (50, 80) for each in (one, other)
    ]

    assert marked == [True, False, True, False]
    assert not one.mark(DAY, Measure.EXECUTIONS, 50)
    assert one.mark(DAY, Measure.CPU_MS, 50)


@pytest.mark.parametrize(
    ("limit", "used", "share"), [(10, 0, 1), (10, 10, 0), (10, 11, 0), (10**9, 0, 20), (0, 0, 0)]
)
def test_a_share_is_within_what_is_left(limit: int, used: int, share: int) -> None:
    assert share_of(Measure.EXECUTIONS, limit, used) == share
