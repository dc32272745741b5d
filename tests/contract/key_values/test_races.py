"""Of many who write at the same time nothing is lost, and one wins."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.key_values.values import ItemKey, Value, check_value
from tests.support.stores import Store

ACCOUNT = "a" * 32
NOW = 1_800_000_000
ITEM = ItemKey(ACCOUNT, "counters", "visits")
WRITERS, TIMES = 4, 10


def at_once(write: Callable[[int], object]) -> list[object]:
    """Return what each of many writers got that began at one moment."""
    start = Barrier(WRITERS)

    def begin(number: int) -> object:
        start.wait()
        return write(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(begin, range(WRITERS)))


def test_increments_of_many_sum_exactly(two_of_one_store: tuple[Store, Store]) -> None:
    def add(number: int) -> list[int]:
        store = two_of_one_store[number % 2]
        return [store.key_values.increment(ITEM, 3, NOW) for _ in range(TIMES)]

    sums = [each for writer in at_once(add) if isinstance(writer, list) for each in writer]

    assert sorted(sums) == [3 * (number + 1) for number in range(WRITERS * TIMES)]
    there = two_of_one_store[0].key_values.get(ITEM, NOW)
    assert there is not None
    assert there.value.integer == 3 * WRITERS * TIMES


@pytest.mark.parametrize("before", [None, 1, {"state": "open"}], ids=["absent", "number", "object"])
def test_of_many_who_expect_the_same_one_wins(
    two_of_one_store: tuple[Store, Store], before: object
) -> None:
    expected = None if before is None else check_value(before)  # type: ignore[arg-type]
    if expected is not None:
        two_of_one_store[0].key_values.put(ITEM, expected, None, NOW)

    def take(number: int) -> bool:
        store = two_of_one_store[number % 2]
        won = check_value({"winner": number, "x": "x" * 2_000 * number})
        return store.key_values.compare_and_set(ITEM, expected, won, None, NOW)

    won = at_once(take)

    assert won.count(True) == 1
    there = two_of_one_store[1].key_values.get(ITEM, NOW)
    assert there is not None
    assert isinstance(there.value.json, dict)
    assert there.value.json["winner"] == won.index(True)


def test_writes_of_many_of_every_size_are_counted_exactly(
    two_of_one_store: tuple[Store, Store],
) -> None:
    sizes = (10, 5_000, 1_500, 2_500)

    def write(number: int) -> None:
        store = two_of_one_store[number % 2].key_values
        for turn in range(4):
            item = ItemKey(ACCOUNT, "sizes", f"{turn % 2}")
            expires_at = NOW + 1_000 * turn if turn else None
            value = Value(b'"%s"' % (b"x" * sizes[(number + turn) % 4]))
            store.put(item, value, expires_at, NOW)
            if turn == number:
                store.delete(item, NOW)

    at_once(write)

    store = two_of_one_store[0]
    left = list(store.key_values.iterate(ACCOUNT, "sizes", "", None, at_once=10))
    used = store.usage.used(ACCOUNT, NOW)
    assert used[Quota.KV_ITEMS] == len(left)
    assert used[Quota.KV_BYTES] == sum(each.counted_bytes for each in left)
