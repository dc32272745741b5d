"""What is stored counts for the account and those above it, and no longer than it is there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain import limits
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.key_values.errors import NamespacesExceededError
from isolambda_core.domain.key_values.values import ItemKey, Value
from isolambda_core.domain.limits import KV_TTL_S_MAX
from tests.support.stores import Store

NOW = 1_800_000_000
DAY = 24 * 3_600
KIB = 1_024


@pytest.fixture
def top(store: Store, an_account: Callable[..., Account]) -> Account:
    account = an_account(1)
    store.accounts.add(account)
    return account


@pytest.fixture
def below(store: Store, an_account: Callable[..., Account], top: Account) -> Account:
    account = an_account(2, parent=top)
    store.accounts.add(account)
    return account


def text(size: int) -> Value:
    return Value(b'"%s"' % (b"x" * (size - 2)))


def used(store: Store, account: Account, now: int = NOW) -> tuple[int, int]:
    counts = store.usage.used(account.id, now)
    return counts[Quota.KV_ITEMS], counts[Quota.KV_BYTES]


def test_values_count_in_whole_kib_with_their_keys_in_every_account_above(
    store: Store, top: Account, below: Account
) -> None:
    one = ItemKey(below.id, "a", "1")
    store.key_values.put(one, text(1_023), None, NOW)
    assert used(store, top) == used(store, below) == (1, KIB)

    store.key_values.put(one, text(1_024), None, NOW)
    store.key_values.put(ItemKey(top.id, "a", "1"), text(65_536), None, NOW)
    assert used(store, below) == (1, 2 * KIB)
    assert used(store, top) == (2, 67 * KIB)

    store.key_values.put(one, text(2), None, NOW)
    store.key_values.delete(ItemKey(top.id, "a", "1"), NOW)
    assert used(store, top) == used(store, below) == (1, KIB)

    store.key_values.remove_all(below.id)
    assert used(store, top) == used(store, below) == (0, 0)


def test_an_increment_counts_once(store: Store, top: Account) -> None:
    for _ in range(3):
        store.key_values.increment(ItemKey(top.id, "a", "1"), 1, NOW)

    assert used(store, top) == (1, KIB)


@pytest.mark.parametrize("ttl_s", [1, 3_600, DAY, DAY + 1, 30 * DAY, 31 * DAY, KV_TTL_S_MAX])
def test_what_has_expired_counts_no_more_after_a_while(
    store: Store, top: Account, ttl_s: int
) -> None:
    item = ItemKey(top.id, "a", "1")
    store.key_values.put(item, text(10), NOW + ttl_s, NOW)
    assert used(store, top, NOW + ttl_s - 1) == (1, KIB)

    later = NOW + ttl_s + (3_600 if ttl_s <= DAY else DAY if ttl_s <= 30 * DAY else 30 * DAY)
    assert used(store, top, later) == (0, 0)

    store.key_values.put(item, text(10), None, later)
    assert used(store, top, later) == (1, KIB)
    assert used(store, top, later + 2 * KV_TTL_S_MAX) == (1, KIB)


def test_a_write_over_what_has_expired_counts_alone(store: Store, top: Account) -> None:
    item = ItemKey(top.id, "a", "1")
    for minute in range(5):
        now = NOW + 60 * minute
        store.key_values.put(item, text(5_000), now + 30, now)

    assert used(store, top, NOW + 241) == (1, 5 * KIB)


def test_bytes_beyond_the_quota_are_refused_and_leave_what_was_there(
    store: Store, top: Account, below: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = replace(RULES[Quota.KV_BYTES], limit=5 * KIB)
    monkeypatch.setitem(RULES, Quota.KV_BYTES, rule)
    one, two = ItemKey(below.id, "a", "1"), ItemKey(top.id, "a", "2")
    store.key_values.put(one, text(2_000), None, NOW)
    store.key_values.put(two, text(2_000), None, NOW)

    for write in (
        lambda: store.key_values.put(one, text(4_000), None, NOW),
        lambda: store.key_values.put(ItemKey(below.id, "a", "3"), text(2_000), None, NOW),
        lambda: store.key_values.compare_and_set(one, text(2_000), text(4_000), None, NOW),
    ):
        with pytest.raises(QuotaExceededError) as caught:
            write()
        error = caught.value
        assert (error.quota, error.limit, error.used) == (Quota.KV_BYTES, 5 * KIB, 4 * KIB)

    assert used(store, top) == (2, 4 * KIB)
    there = store.key_values.get(one, NOW)
    assert there is not None
    assert there.value == text(2_000)
    store.key_values.put(one, text(3_000), None, NOW)
    assert used(store, top) == (2, 5 * KIB)


def test_what_expired_makes_room(
    store: Store, top: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, Quota.KV_ITEMS, replace(RULES[Quota.KV_ITEMS], limit=2))
    for number in range(2):
        store.key_values.put(ItemKey(top.id, "a", f"{number}"), text(9), NOW + 60, NOW)
    with pytest.raises(QuotaExceededError):
        store.key_values.put(ItemKey(top.id, "a", "9"), text(9), None, NOW)

    later = NOW + 2 * 3_600
    for number in range(2):
        store.key_values.put(ItemKey(top.id, "a", f"{number + 5}"), text(9), None, later)
    with pytest.raises(QuotaExceededError):
        store.key_values.increment(ItemKey(top.id, "a", "9"), 1, later)


def test_an_account_may_have_less_than_those_above_it(
    store: Store, top: Account, an_account: Callable[..., Account]
) -> None:
    small = an_account(3, parent=top, quotas={"kv_items": 1})
    store.accounts.add(small)
    store.key_values.put(ItemKey(small.id, "a", "1"), text(9), None, NOW)

    with pytest.raises(QuotaExceededError) as caught:
        store.key_values.put(ItemKey(small.id, "a", "2"), text(9), None, NOW)

    assert (caught.value.limit, caught.value.used) == (1, 1)
    store.key_values.put(ItemKey(top.id, "a", "2"), text(9), None, NOW)


def test_an_account_has_so_many_namespaces_and_no_more(store: Store, top: Account) -> None:
    for number in range(limits.KV_NAMESPACES):
        store.key_values.put(ItemKey(top.id, f"n{number}", "1"), text(9), None, NOW)

    for write in (
        lambda item: store.key_values.put(item, text(9), None, NOW),
        lambda item: store.key_values.increment(item, 1, NOW),
    ):
        with pytest.raises(NamespacesExceededError) as caught:
            write(ItemKey(top.id, "one-too-many", "1"))
        assert caught.value.details["limit"] == "kv_namespaces"

    store.key_values.put(ItemKey(top.id, "n0", "2"), text(9), None, NOW)
    assert used(store, top)[0] == limits.KV_NAMESPACES + 1
