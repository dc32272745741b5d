"""The contract of ``AuditRepository``: what entries say, their order, and how many there are."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.acting import Actor, acting
from isolambda_core.domain.audit.changes import digest_of
from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import AUDIT_DAYS, AUDIT_ENTRY_BYTES
from tests.contract.audit.samples import (
    A_FUNCTION,
    ACCOUNT,
    BELOW,
    CHILD,
    FUNCTION,
    NOW,
    NOW_MS,
    OTHER_ACCOUNT,
    SOURCE,
    TOP,
    entries,
    renamed,
)
from tests.support.clocks import SetClock
from tests.support.stores import Store

LIMIT = 5
_DAY_S = 86_400
CALLER = Actor("1" * 32, OTHER_ACCOUNT, address="192.0.2.7")


def change(store: Store, times: int, function: Function = A_FUNCTION) -> Function:
    """Add a function, and change it so many times."""
    store.functions.add(function)
    for number in range(times):
        changed = renamed(function, f"name {number}")
        store.functions.replace(changed, function)
        function = changed
    return function


def names(store: Store, now: int = NOW) -> list[Any]:
    return [entry.after and entry.after["name"] for entry in entries(store, now=now)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        RULES, Quota.AUDIT_ENTRIES, replace(RULES[Quota.AUDIT_ENTRIES], limit=LIMIT)
    )


def test_an_entry_says_who_changed_what_when_and_from_what_to_what(store: Store) -> None:
    store.functions.add(A_FUNCTION)
    correlate("request-1")
    with acting(lambda: CALLER):
        store.functions.replace(renamed(A_FUNCTION), A_FUNCTION)

    entry = entries(store)[-1]

    assert entry.document == {
        "when_ms": NOW_MS,
        "who": {"key_id": "1" * 32, "account_id": OTHER_ACCOUNT, "address": "192.0.2.7"},
        "account_id": ACCOUNT,
        "what": "function.updated",
        "target": {"type": "function", "id": FUNCTION},
        "before": {
            "name": "hello",
            "function_js": digest_of(SOURCE),
            "files": {"lib.js": digest_of(SOURCE)},
            "enabled": True,
            "language_pack": "javascript",
            "revision": 1,
        },
        "after": {
            "name": "renamed",
            "function_js": digest_of(SOURCE),
            "files": {"lib.js": digest_of(SOURCE)},
            "enabled": True,
            "language_pack": "javascript",
            "revision": 2,
        },
        "correlation_id": "request-1",
    }


@pytest.mark.parametrize(
    ("actor", "who"),
    [
        (Actor(operator="ada"), {"operator": "ada"}),
        (Actor(), {"platform": True}),
        (
            Actor(operator="a" * 70_000, address="b" * 70_000),
            {"operator": "a" * 128, "address": "b" * 128},
        ),
    ],
    ids=["an operator", "the platform", "one with long names"],
)
def test_an_operator_and_the_platform_act_without_a_key(
    store: Store, actor: Actor, who: dict[str, object]
) -> None:
    with acting(lambda: actor):
        store.functions.add(A_FUNCTION)

    assert entries(store)[0].who == who


def test_an_account_that_is_made_or_removed_is_in_the_audit_above_it(store: Store) -> None:
    store.accounts.add(TOP)
    store.accounts.add(BELOW)
    changed = BELOW.changed({**BELOW.document, "name": "renamed"}, 5)
    store.accounts.replace(changed, BELOW)
    store.accounts.remove(changed)

    above = [(entry.what, entry.target["id"]) for entry in entries(store)]
    assert above == [
        ("account.created", ACCOUNT),
        ("account.created", CHILD),
        ("account.removed", CHILD),
    ]
    assert [entry.what for entry in entries(store, CHILD)] == ["account.updated"]


@pytest.mark.parametrize(
    "document",
    [
        {"name": "n" * 65_536},
        {"name": "\ud83d\ude00" * 10_000},
        {"name": "n", "notes": {"deep": ["x" * 100] * 1_000}},
        {"name": "n", **{f"key {number}": number for number in range(5_000)}},
    ],
    ids=["a long name", "a long name of surrogates", "a long value", "many keys"],
)
def test_an_entry_is_never_longer_than_it_may_be(store: Store, document: dict[str, Any]) -> None:
    long = replace(A_FUNCTION, document={**A_FUNCTION.document, **document})
    store.functions.add(long)
    store.functions.replace(renamed(long, f"{document['name']}!"), long)

    for entry in entries(store):
        assert len(dump(entry.document)) <= AUDIT_ENTRY_BYTES
        assert entry.what.startswith("function.")


def test_a_value_that_is_too_long_has_a_hash_in_its_place_and_the_others_stay(store: Store) -> None:
    name = "n" * 65_536
    store.functions.add(replace(A_FUNCTION, document={**A_FUNCTION.document, "name": name}))

    [entry] = entries(store)

    assert entry.after is not None
    assert entry.after["name"] == digest_of(name)
    assert entry.after["language_pack"] == "javascript"


def test_custom_keys_however_many_hide_nothing_that_means_something(store: Store) -> None:
    many = {f"key {number}": "n" * 90 for number in range(500)}
    hosts = [f"{number}.example.com" for number in range(100)]
    document = {**A_FUNCTION.document, "net": {"allow": hosts}, **many}
    store.functions.add(replace(A_FUNCTION, document=document))

    [entry] = entries(store)

    assert entry.after is not None
    assert entry.after["net"] == {"allow": hosts}
    assert entry.after["*"] == digest_of(many)


def test_entries_are_paged_in_the_order_of_changes_both_ways(store: Store) -> None:
    change(store, 7)
    whole = entries(store)

    down = list(store.audit.iterate(ACCOUNT, NOW, at_once=3))
    behind = list(store.audit.iterate(ACCOUNT, NOW, whole[2].id, descending=False, at_once=2))

    assert [entry.id for entry in whole] == sorted(entry.id for entry in whole)
    assert down == whole[::-1]
    assert behind == whole[3:]


def test_entries_keep_their_order_when_the_clock_is_set_back(store: Store, clock: SetClock) -> None:
    function = change(store, 2)
    clock.time_ms -= 3_600_000
    store.functions.replace(renamed(function, "later"), function)

    found = entries(store)

    assert [entry.id for entry in found] == sorted(entry.id for entry in found)
    assert names(store)[-1] == "later"
    assert found[-1].when_ms == NOW_MS - 3_600_000


@pytest.mark.parametrize(
    "cursor",
    ["", "0", "~", "ENTRY#", f"{OTHER_ACCOUNT}", f"AUDIT#{OTHER_ACCOUNT}", "\U0010ffff", "'"],
)
def test_a_cursor_leads_to_no_other_account(store: Store, cursor: str) -> None:
    change(store, 1)
    change(store, 1, replace(A_FUNCTION, account_id=OTHER_ACCOUNT))
    theirs = entries(store, OTHER_ACCOUNT)[0].id

    for after in (cursor, theirs):
        for descending in (True, False):
            found = store.audit.iterate(ACCOUNT, NOW, after, descending=descending, at_once=1)
            assert {entry.account_id for entry in found} <= {ACCOUNT}


@pytest.mark.usefixtures("few")
def test_the_oldest_entries_go_when_there_are_as_many_as_there_may_be(store: Store) -> None:
    function = change(store, LIMIT - 1)
    assert len(entries(store)) == LIMIT

    for number in range(3 * LIMIT):
        changed = renamed(function, f"later {number}")
        store.functions.replace(changed, function)
        function = changed
        assert len(entries(store)) <= LIMIT
        assert names(store)[-1] == f"later {number}"
    other = replace(A_FUNCTION, account_id=OTHER_ACCOUNT)
    change(store, 1, other)
    assert len(entries(store, OTHER_ACCOUNT)) == 2


@pytest.mark.usefixtures("few")
def test_a_write_that_is_refused_is_so_also_where_the_audit_is_full(store: Store) -> None:
    function = change(store, LIMIT - 1)
    store.functions.replace(renamed(function, "winner"), function)

    with pytest.raises(RevisionConflictError):
        store.functions.replace(renamed(function, "loser"), function)

    assert "loser" not in names(store)
    assert names(store)[-1] == "winner"


def test_an_entry_is_there_for_as_many_days_as_it_is_kept(store: Store, clock: SetClock) -> None:
    function = change(store, 0)
    clock.time_ms += AUDIT_DAYS * _DAY_S * 1_000
    assert names(store, clock.now()) == ["hello"]

    clock.time_ms += _DAY_S * 1_000
    store.functions.replace(renamed(function), function)

    assert names(store, clock.now()) == ["renamed"]


@pytest.mark.usefixtures("few")
def test_what_has_expired_takes_no_room(store: Store, clock: SetClock) -> None:
    function = change(store, LIMIT - 1)
    clock.time_ms += (AUDIT_DAYS + 1) * _DAY_S * 1_000

    for number in range(LIMIT):
        changed = renamed(function, f"later {number}")
        store.functions.replace(changed, function)
        function = changed

    assert names(store, clock.now()) == [f"later {number}" for number in range(LIMIT)]


def race(calls: Sequence[Callable[[], object]]) -> list[type[Exception] | None]:
    """Make the calls at once, each in a thread, and return what refused each."""
    start = Barrier(len(calls))

    def made(call: Callable[[], object]) -> type[Exception] | None:
        start.wait()
        try:
            call()
        except RevisionConflictError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(made, calls))


@pytest.mark.slow
def test_of_many_changes_at_once_the_one_that_wins_leaves_the_one_entry(
    two_of_one_store: tuple[Store, Store], clock: SetClock
) -> None:
    here, there = two_of_one_store
    function = change(here, 0)
    clock.time_ms += 1_000

    def rival(number: int) -> Callable[[], None]:
        store = (here, there)[number % 2]
        return lambda: store.functions.replace(renamed(function, f"rival {number}"), function)

    refused = race([rival(number) for number in range(6)])

    assert refused.count(None) == 1
    assert names(here) == ["hello", f"rival {refused.index(None)}"]


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_many_who_change_at_once_where_the_audit_is_full_all_leave_an_entry_or_make_room(
    two_of_one_store: tuple[Store, Store], clock: SetClock
) -> None:
    here, there = two_of_one_store
    change(here, LIMIT)
    clock.time_ms += 1_000
    functions = [replace(A_FUNCTION, id=f"{number:032x}") for number in range(4)]

    def adding(number: int) -> Callable[[], None]:
        store = (here, there)[number % 2]
        return lambda: store.functions.add(functions[number])

    assert race([adding(number) for number in range(4)]) == [None] * 4

    found = entries(here)
    assert len(found) <= LIMIT
    assert {entry.target["id"] for entry in found[-4:]} == {function.id for function in functions}
