"""The contract, with many threads at once: one wins, the others learn it, nothing is lost."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest

from isolambda_core.domain.accounts import Account, ApiKey
from isolambda_core.domain.errors import (
    AccountExistsError,
    ApiKeyExistsError,
    ConflictError,
    FunctionExistsError,
    RevisionConflictError,
)
from isolambda_core.domain.functions import Function
from isolambda_core.ports import AccountRepository, ApiKeyRepository, FunctionRepository

Make = Callable[..., Function]

ACCOUNT = "a" * 32
THREADS = 8


@pytest.fixture(autouse=True)
def _threads_take_turns_often() -> Iterator[None]:
    """Switch threads every 10 µs instead of every 5 ms, so that a race that can happen does."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def race(*runners: Callable[[], object]) -> list[type[ConflictError] | None]:
    """Start all at the same moment; return for each the conflict it met, or None if it won."""
    start = Barrier(len(runners))

    def run(runner: Callable[[], object]) -> type[ConflictError] | None:
        start.wait()
        try:
            runner()
        except ConflictError as conflict:
            return type(conflict)
        return None

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


def only_winner(
    results: Sequence[type[ConflictError] | None], conflict: type[ConflictError]
) -> int:
    """Return which one won, having checked that all others met ``conflict``."""
    winners = [index for index, result in enumerate(results) if result is None]
    assert len(winners) == 1
    assert [result for result in results if result is not None] == [conflict] * (len(results) - 1)
    return winners[0]


def test_of_many_adds_of_one_id_one_wins(functions: FunctionRepository, a_function: Make) -> None:
    for round_ in range(5):
        rivals = [a_function(round_, function_js=f"return {i}") for i in range(THREADS)]

        results = race(*[partial(functions.add, rival) for rival in rivals])

        winner = rivals[only_winner(results, FunctionExistsError)]
        assert functions.get(ACCOUNT, winner.id) == winner


def test_of_many_equal_adds_one_wins(functions: FunctionRepository, a_function: Make) -> None:
    results = race(*[partial(functions.add, a_function())] * THREADS)

    only_winner(results, FunctionExistsError)


def test_of_many_writers_over_one_revision_one_wins(
    functions: FunctionRepository, a_function: Make
) -> None:
    current = a_function()
    functions.add(current)
    for _ in range(5):
        rivals = [
            current.changed({**current.document, "function_js": f"return {i}"}, 5)
            for i in range(THREADS)
        ]

        results = race(*[partial(functions.replace, rival, current.revision) for rival in rivals])

        current = rivals[only_winner(results, RevisionConflictError)]
        assert functions.get(ACCOUNT, current.id) == current


def test_of_many_removals_one_wins(functions: FunctionRepository, a_function: Make) -> None:
    for _ in range(3):
        functions.add(a_function())

        results = race(*[partial(functions.remove, ACCOUNT, a_function().id, 1)] * THREADS)

        only_winner(results, RevisionConflictError)


def test_a_change_a_deletion_and_a_removal_do_not_mix(
    functions: FunctionRepository, a_function: Make
) -> None:
    for number in range(5):
        function = a_function(number)
        functions.add(function)

        results = race(
            partial(functions.replace, function.changed(function.document, 5), 1),
            partial(functions.replace, function.removed(5), 1),
            partial(functions.remove, ACCOUNT, function.id, 1),
        )

        only_winner(results, RevisionConflictError)


def test_a_counter_counts_every_step(functions: FunctionRepository, a_function: Make) -> None:
    steps = 12
    functions.add(a_function(count=0))

    def step() -> None:
        current = functions.get(ACCOUNT, a_function().id)
        count = current.document["count"]
        assert isinstance(count, int)
        document = {**current.document, "count": count + 1}
        functions.replace(current.changed(document, 5), current.revision)

    def count_up() -> None:
        done = 0
        while done < steps:
            try:
                step()
            except RevisionConflictError:
                continue
            done += 1

    race(*[count_up] * THREADS)

    last = functions.get(ACCOUNT, a_function().id)
    assert last.document["count"] == steps * THREADS
    assert last.revision == steps * THREADS + 1


def test_a_list_loses_nothing_while_many_create(
    functions: FunctionRepository, a_function: Make
) -> None:
    each = 25
    created: list[str] = []
    finished = Event()

    def create(first: int) -> None:
        for number in range(first, first + each * THREADS, THREADS):
            functions.add(a_function(number))
            created.append(a_function(number).id)

    def walk() -> None:
        last_walk = False
        while not last_walk:
            last_walk = finished.is_set()
            acknowledged = set(created)
            listed = ids_on_all_pages(functions)
            assert listed == sorted(set(listed), reverse=True)
            assert acknowledged <= set(listed)

    with ThreadPoolExecutor(1) as reader:
        walking = reader.submit(walk)
        try:
            with ThreadPoolExecutor(THREADS) as writers:
                list(writers.map(create, range(THREADS)))
        finally:
            finished.set()
        walking.result()

    assert ids_on_all_pages(functions) == [
        a_function(number).id for number in reversed(range(each * THREADS))
    ]


def ids_on_all_pages(functions: FunctionRepository) -> list[str]:
    ids: list[str] = []
    after = None
    while True:
        page = functions.page(ACCOUNT, 7, after)
        ids += [function.id for function in page.functions]
        after = page.next_after
        if after is None:
            return ids


def test_of_many_adds_of_one_account_one_wins(accounts: AccountRepository) -> None:
    rivals = [Account(ACCOUNT, f"name {i}", i) for i in range(THREADS)]

    results = race(*[partial(accounts.add, rival) for rival in rivals])

    assert accounts.get(ACCOUNT) == rivals[only_winner(results, AccountExistsError)]


def test_of_many_adds_of_one_key_one_wins(api_keys: ApiKeyRepository) -> None:
    rivals = [ApiKey("0" * 64, f"{i:032x}", i) for i in range(THREADS)]

    results = race(*[partial(api_keys.add, rival) for rival in rivals])

    winner = rivals[only_winner(results, ApiKeyExistsError)]
    assert api_keys.get("0" * 64) == winner
    listed = [key for rival in rivals for key in api_keys.of_account(rival.account_id)]
    assert listed == [winner]


def test_keys_made_at_once_are_all_kept(api_keys: ApiKeyRepository) -> None:
    keys = [ApiKey(f"{i:064x}", ACCOUNT, i) for i in range(THREADS)]

    results = race(*[partial(api_keys.add, key) for key in keys])

    assert results == [None] * THREADS
    assert api_keys.of_account(ACCOUNT) == keys
