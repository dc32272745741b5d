"""The contract of ``KeyValueRepository``: values come back as they were, until they expire."""

import pytest

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.key_values.errors import NotAnIntegerError, OutOfRangeError
from isolambda_core.domain.key_values.values import ItemKey, Value, check_value
from isolambda_core.domain.limits import KV_INTEGER_MAX, KV_TTL_S_MAX
from isolambda_core.ports.key_values import KeyValueRepository

ACCOUNT, OTHER = "a" * 32, "b" * 32
NOW = 1_800_000_000
ITEM = ItemKey(ACCOUNT, "orders", "17")
VALUES: list[JsonValue] = [
    None,
    True,
    False,
    0,
    -1,
    KV_INTEGER_MAX,
    2**53,
    2**63 + 1,
    10**300,
    1.0,
    0.1,
    -0.0,
    5e-324,
    1.7976931348623157e308,
    "",
    "17",
    "ünï\u2028\x00\ud800",
    [],
    {},
    [[1, [2]], {"a": None}],
    {"__proto__": 1, "b": {"": [1]}, "a": 2},
    "x" * 65_534,
    "\U0001f600" * 16_383,
]


def value(of: JsonValue) -> Value:
    return check_value(of)


def put(
    key_values: KeyValueRepository, item: ItemKey, of: JsonValue, expires_at: int | None = None
) -> None:
    key_values.put(item, value(of), expires_at, NOW)


def found(key_values: KeyValueRepository, item: ItemKey = ITEM, now: int = NOW) -> str | None:
    """Return the JSON text of a value, which tells 1 from 1.0, or None."""
    there = key_values.get(item, now)
    return None if there is None else dump(there.value.json)


@pytest.mark.parametrize("of", VALUES, ids=lambda each: f"{str(each)[:20]!a}")
def test_a_value_comes_back_as_it_was(key_values: KeyValueRepository, of: JsonValue) -> None:
    assert found(key_values) is None

    put(key_values, ITEM, of)

    assert found(key_values) == dump(of)
    [listed] = key_values.iterate(ACCOUNT, "orders", "", None, at_once=10)
    assert (listed.key, dump(listed.value.json)) == ("17", dump(of))


def test_the_last_write_is_seen_whatever_was_there(key_values: KeyValueRepository) -> None:
    writes: list[JsonValue] = [1, "text", {"a": "x" * 5_000}, 2, 3, [], "longer" * 1_000, None]
    for of in writes:
        put(key_values, ITEM, of)

        assert found(key_values) == dump(of)


def test_each_key_of_each_namespace_of_each_account_has_a_value_of_its_own(
    key_values: KeyValueRepository,
) -> None:
    items = [
        ITEM,
        ItemKey(OTHER, "orders", "17"),
        ItemKey(ACCOUNT, "orders-2", "17"),
        ItemKey(ACCOUNT, "orders", "17#"),
        ItemKey(ACCOUNT, "orders", "KEY#17"),
        ItemKey(ACCOUNT, "orders", ".."),
        ItemKey(ACCOUNT, "orders", "é"),
        ItemKey(ACCOUNT, "orders", "e\u0301"),
        ItemKey(ACCOUNT, "orders", "\U0010ffff" * 128),
    ]
    for number, item in enumerate(items):
        put(key_values, item, number)

    assert [found(key_values, item) for item in items] == [str(n) for n in range(len(items))]
    assert key_values.delete(items[0], NOW)
    assert [found(key_values, item) for item in items[1:]] == [str(n) for n in range(1, len(items))]


def test_a_value_is_removed_once(key_values: KeyValueRepository) -> None:
    put(key_values, ITEM, {"a": 1})

    assert key_values.delete(ITEM, NOW)
    assert not key_values.delete(ITEM, NOW)
    assert found(key_values) is None
    assert list(key_values.iterate(ACCOUNT, "orders", "", None, at_once=10)) == []


def test_a_value_is_there_until_it_expires(key_values: KeyValueRepository) -> None:
    put(key_values, ITEM, 1, NOW + 10)

    assert found(key_values, now=NOW + 9) == "1"
    assert found(key_values, now=NOW + 10) is None
    assert not key_values.delete(ITEM, NOW + 10)


def test_a_write_sets_when_a_value_expires_and_an_increment_leaves_it(
    key_values: KeyValueRepository,
) -> None:
    put(key_values, ITEM, 1, NOW + 10)
    assert key_values.increment(ITEM, 4, NOW) == 5
    assert found(key_values, now=NOW + 9) == "5"
    assert found(key_values, now=NOW + 10) is None

    put(key_values, ITEM, 1, NOW + KV_TTL_S_MAX)
    assert found(key_values, now=NOW + KV_TTL_S_MAX - 1) == "1"

    put(key_values, ITEM, 1)
    assert found(key_values, now=NOW + 100 * KV_TTL_S_MAX) == "1"


def test_what_has_expired_is_no_more_there_for_any_write(key_values: KeyValueRepository) -> None:
    later = NOW + 10
    for of in ("text", 7):
        put(key_values, ITEM, of, later)
        assert not key_values.compare_and_set(ITEM, value(of), value(2), None, later)
        assert key_values.compare_and_set(ITEM, None, value(2), None, later)

        put(key_values, ITEM, of, later)
        assert key_values.increment(ITEM, 3, later) == 3
        assert found(key_values, now=later + KV_TTL_S_MAX) == "3"
        key_values.delete(ITEM, later)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (1, 1),
        (1, 1.0),
        (1.0, 1),
        (10**300, 1e300 if int(1e300) == 10**300 else 10**300),
        (0, -0.0),
        ("1", "1"),
        (None, None),
        ([1, {"a": 2, "b": [3.0]}], [1, {"b": [3], "a": 2}]),
        ({"__proto__": 1}, {"__proto__": 1}),
        ("\ud800", "\ud800"),
    ],
)
def test_a_value_is_set_over_an_equal_one(
    key_values: KeyValueRepository, there: JsonValue, expected: JsonValue
) -> None:
    put(key_values, ITEM, there)

    assert key_values.compare_and_set(ITEM, value(expected), value({"new": 1}), None, NOW)
    assert found(key_values) == '{"new":1}'


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (1, True),
        (1, "1"),
        (1, 2),
        (True, 1),
        (0, False),
        (0, None),
        (None, 0),
        ("", None),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1, "b": None}),
        (2**53, 2**53 + 1),
        ("é", "e\u0301"),
    ],
)
def test_a_value_is_not_set_over_another(
    key_values: KeyValueRepository, there: JsonValue, expected: JsonValue
) -> None:
    put(key_values, ITEM, there)

    assert not key_values.compare_and_set(ITEM, value(expected), value(9), None, NOW)
    assert not key_values.compare_and_set(ITEM, None, value(9), None, NOW)
    assert found(key_values) == dump(there)


def test_a_value_is_set_where_none_is_once(key_values: KeyValueRepository) -> None:
    assert not key_values.compare_and_set(ITEM, value(1), value(2), None, NOW)
    assert key_values.compare_and_set(ITEM, None, value(2), NOW + 10, NOW)
    assert not key_values.compare_and_set(ITEM, None, value(3), None, NOW)
    assert found(key_values, now=NOW + 9) == "2"


def test_an_integer_is_added_to_and_begins_at_0(key_values: KeyValueRepository) -> None:
    sums = [key_values.increment(ITEM, by, NOW) for by in (1, 1, -5, 0, KV_INTEGER_MAX)]

    assert sums == [1, 2, -3, -3, KV_INTEGER_MAX - 3]
    assert found(key_values) == str(KV_INTEGER_MAX - 3)


@pytest.mark.parametrize("there", [None, True, "1", 1.0, 0.5, [], {}, 2**53, -(2**53)])
def test_nothing_else_than_an_integer_is_added_to(
    key_values: KeyValueRepository, there: JsonValue
) -> None:
    put(key_values, ITEM, there)

    with pytest.raises(NotAnIntegerError):
        key_values.increment(ITEM, 1, NOW)

    assert found(key_values) == dump(there)


@pytest.mark.parametrize(
    ("there", "by"),
    [
        (KV_INTEGER_MAX, 1),
        (1, KV_INTEGER_MAX),
        (-KV_INTEGER_MAX, -1),
        (-1, -KV_INTEGER_MAX),
        (KV_INTEGER_MAX, KV_INTEGER_MAX),
    ],
)
def test_no_sum_is_made_that_a_double_does_not_hold(
    key_values: KeyValueRepository, there: int, by: int
) -> None:
    put(key_values, ITEM, there)

    with pytest.raises(OutOfRangeError) as caught:
        key_values.increment(ITEM, by, NOW)

    assert (caught.value.limit, caught.value.used) == ("integer", there + by)
    assert found(key_values) == str(there)


def test_values_are_listed_by_prefix_in_the_order_of_their_keys(
    key_values: KeyValueRepository,
) -> None:
    names = ["a", "a#", "a/1", "a/10", "a/2", "a/\uffff", "a/\U0001f600", "a0", "b"]
    for key in reversed(names):
        put(key_values, ItemKey(ACCOUNT, "orders", key), key)
    put(key_values, ItemKey(ACCOUNT, "orders-2", "a/3"), 1)
    put(key_values, ItemKey(OTHER, "orders", "a/4"), 1)

    def listed(prefix: str, after: str | None = None, at_once: int = 2) -> list[str]:
        found = key_values.iterate(ACCOUNT, "orders", prefix, after, at_once=at_once)
        return [each.key for each in found]

    assert listed("") == names
    assert listed("", at_once=100) == names
    assert listed("a/") == names[2:7]
    assert listed("a/", "a/1") == names[3:7]
    assert listed("a/", "a/11") == names[4:7]
    assert listed("a/", names[6]) == []
    assert listed("c") == []


def test_the_namespaces_of_an_account_are_told(key_values: KeyValueRepository) -> None:
    assert list(key_values.namespaces(ACCOUNT)) == []
    for namespace in ("b", "a", "a_1"):
        put(key_values, ItemKey(ACCOUNT, namespace, "1"), 1)
        put(key_values, ItemKey(ACCOUNT, namespace, "2"), 1)
    put(key_values, ItemKey(OTHER, "c", "1"), 1)

    assert list(key_values.namespaces(ACCOUNT)) == ["a", "a_1", "b"]


def test_all_values_of_an_account_are_removed_and_those_of_others_stay(
    key_values: KeyValueRepository,
) -> None:
    for number in range(120):
        put(key_values, ItemKey(ACCOUNT, f"n{number % 2}", f"{number}"), number)
    put(key_values, ItemKey(OTHER, "n1", "1"), "stays")

    key_values.remove_all(ACCOUNT)

    for namespace in ("n0", "n1"):
        assert list(key_values.iterate(ACCOUNT, namespace, "", None, at_once=10)) == []
    assert found(key_values, ItemKey(OTHER, "n1", "1")) == '"stays"'
