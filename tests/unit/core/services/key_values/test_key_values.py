"""What an execution asks of the key-value store, and what it learns."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from typing_extensions import override

from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.operations import Fields, read_operation
from isolambda_core.domain.key_values.values import ItemKey, KeyValue
from isolambda_core.domain.limits import KV_EXAMINED
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite.key_values import SqliteKeyValueRepository
from tests.support.clocks import SetClock

ACCOUNT, OTHER = "a" * 32, "b" * 32
NAMESPACES = ("orders", "carts")


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def service(store: SqliteStore, clock: SetClock) -> KeyValueService:
    return KeyValueService(store.key_values, clock)


def asked(service: KeyValueService, op: str, **fields: JsonValue) -> Fields:
    return service.perform(ACCOUNT, NAMESPACES, {"op": op, "namespace": "orders", **fields})


def test_each_operation_has_its_reply(service: KeyValueService) -> None:
    assert asked(service, "get", key="a") == {}
    assert asked(service, "put", key="a", value=None) == {}
    assert asked(service, "get", key="a") == {"value": None}
    assert asked(service, "compareAndSet", key="a", expected=None, value=1) == {"value": True}
    assert asked(service, "compareAndSet", key="a", value=2) == {"value": False}
    assert asked(service, "increment", key="a") == {"value": 2}
    assert asked(service, "increment", key="a", by=-5) == {"value": -3}
    assert asked(service, "list") == {
        "value": {"items": [{"key": "a", "value": -3}], "next_start_key": None}
    }
    assert asked(service, "delete", key="a") == {"value": True}
    assert asked(service, "delete", key="a") == {"value": False}


def test_a_value_is_there_for_its_time_to_live(service: KeyValueService, clock: SetClock) -> None:
    asked(service, "put", key="a", value=1, ttl_s=10)
    asked(service, "compareAndSet", key="b", value=1, ttl_s=20)

    clock.time_ms += 10_000
    assert asked(service, "get", key="a") == {}
    assert asked(service, "get", key="b") == {"value": 1}

    clock.time_ms += 10_000
    assert asked(service, "get", key="b") == {}
    assert asked(service, "list") == {"value": {"items": [], "next_start_key": None}}


def test_a_list_goes_on_behind_the_last_key_of_a_page(service: KeyValueService) -> None:
    for number in range(5):
        asked(service, "put", key=f"k{number}", value=number)
    asked(service, "put", key="l", value=9)

    seen, start_key = [], None
    while True:
        more: dict[str, JsonValue] = {} if start_key is None else {"start_key": start_key}
        value = asked(service, "list", prefix="k", limit=2, **more)["value"]
        assert isinstance(value, dict)
        seen.append([each["key"] for each in value["items"]])
        start_key = value["next_start_key"]
        if start_key is None:
            break

    assert seen == [["k0", "k1"], ["k2", "k3"], ["k4"]]


@pytest.mark.parametrize(
    ("start_key", "expected"),
    [("a", ["k0", "k1"]), ("k0", ["k1"]), ("k00", ["k1"]), ("k9", []), ("z", [])],
)
def test_a_list_may_start_behind_any_key(
    service: KeyValueService, start_key: str, expected: list[str]
) -> None:
    for key in ("a", "k0", "k1", "z"):
        asked(service, "put", key=key, value=1)

    value = asked(service, "list", prefix="k", start_key=start_key)["value"]

    assert isinstance(value, dict)
    assert [each["key"] for each in value["items"]] == expected
    assert value["next_start_key"] is None


def test_a_page_is_bounded_by_its_bytes(service: KeyValueService) -> None:
    for number in range(6):
        asked(service, "put", key=f"{number}", value="x" * 65_000)

    value = asked(service, "list")["value"]

    assert isinstance(value, dict)
    assert (len(value["items"]), value["next_start_key"]) == (4, "3")


def test_a_page_looks_at_so_many_values_that_have_expired(
    service: KeyValueService, store: SqliteStore
) -> None:
    class Expired(SqliteKeyValueRepository):
        @override
        def iterate(self, *_: object, **__: object) -> Iterator[KeyValue]:
            for number in range(10 * KV_EXAMINED):
                assert number <= KV_EXAMINED
                yield KeyValue(f"{number:05}", read_operation(PUT).value, 1)  # type: ignore[arg-type]

    service = replace(service, values=Expired(store.database))

    value = asked(service, "list")["value"]

    assert value == {"items": [], "next_start_key": f"{KV_EXAMINED - 1:05}"}


PUT: dict[str, JsonValue] = {"op": "put", "namespace": "orders", "key": "a", "value": 1}


def test_a_namespace_that_was_not_granted_is_refused_and_so_is_another_account(
    service: KeyValueService, store: SqliteStore
) -> None:
    reply = asked(service, "put", key="a", value=1, namespace="secret")
    assert reply == {
        "error": {
            "code": "not_allowed",
            "message": "the namespace 'secret' is not in kv of the function's document",
        }
    }
    assert list(store.key_values.namespaces(ACCOUNT)) == []

    service.perform(OTHER, NAMESPACES, {**PUT, "account_id": ACCOUNT})
    assert asked(service, "get", key="a") == {}


def test_a_quota_is_told_with_its_value_and_what_is_used(
    service: KeyValueService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, Quota.KV_ITEMS, replace(RULES[Quota.KV_ITEMS], limit=1))
    asked(service, "put", key="a", value=1)

    assert asked(service, "put", key="b", value=1) == {
        "error": {
            "code": "exceeded_quota",
            "message": "there are 1 values of the tenant; the limit is 1",
            "limit": "kv_items",
            "value": 1,
            "used": 1,
        }
    }


def test_a_store_that_does_not_answer_is_told_without_its_reason(
    service: KeyValueService, store: SqliteStore
) -> None:
    class Silent(SqliteKeyValueRepository):
        @override
        def get(self, item: ItemKey, now: int) -> KeyValue | None:
            raise StoreUnavailableError from OSError("/data/isolambda.db")

    service = replace(service, values=Silent(store.database))

    assert asked(service, "get", key="a") == {
        "error": {"code": "unavailable", "message": "the store is not available"}
    }
