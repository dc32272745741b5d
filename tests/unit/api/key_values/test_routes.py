"""Who manages an account reads and writes what its functions keep."""

from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.key_values.values import ItemKey
from isolambda_core.domain.limits import KV_NAMESPACES, KV_VALUE_BYTES
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import NOW, SetClock

GREGORIAN = 62_167_219_200


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/kv"


def put(client: TestClient, path: str, value: Any, **data: Any) -> Any:
    return client.put(path, json={"data": {"value": value, **data}})


def test_a_value_is_written_read_and_removed(
    client: TestClient, path: str, account_id: str, store: SqliteStore
) -> None:
    written = put(client, f"{path}/orders/17", {"state": "open"}, ttl_s=60)
    expected = {"key": "17", "value": {"state": "open"}, "expires": NOW + 60 + GREGORIAN}
    assert (written.status_code, written.json()["data"]) == (200, expected)
    assert client.get(f"{path}/orders/17").json()["data"] == expected
    assert store.key_values.get(ItemKey(account_id, "orders", "17"), NOW) is not None

    removed = client.delete(f"{path}/orders/17")
    assert removed.json()["data"] == {"key": "17", "_read_only": {"deleted": True}}
    for verb in ("GET", "DELETE"):
        answer = client.request(verb, f"{path}/orders/17")
        assert (answer.status_code, answer.json()["data"]["cause"]) == (404, "17")


def test_a_value_without_a_time_to_live_stays(
    client: TestClient, path: str, clock: SetClock
) -> None:
    put(client, f"{path}/orders/17", None)
    put(client, f"{path}/orders/18", 1, ttl_s=60)
    clock.time_ms += 10**12

    assert client.get(f"{path}/orders/17").json()["data"]["expires"] is None
    assert client.get(f"{path}/orders/18").status_code == 404


@pytest.mark.parametrize("name", ["a/b", "a b", "a/../b", "%", "é#?", "kv/orders/17"], ids=ascii)
def test_a_key_may_have_any_characters(client: TestClient, path: str, name: str) -> None:
    at = f"{path}/orders/{quote(name, safe='')}"
    assert put(client, at, name).json()["data"]["key"] == name

    assert client.get(at).json()["data"]["value"] == name
    assert [each["key"] for each in client.get(f"{path}/orders").json()["data"]] == [name]


def test_values_are_listed_page_by_page(client: TestClient, path: str) -> None:
    for key in ("a", "k1", "k2", "k3", "z"):
        put(client, f"{path}/orders/{key}", key)

    first = client.get(f"{path}/orders?prefix=k&page_size=2").json()
    assert [each["value"] for each in first["data"]] == ["k1", "k2"]
    assert (first["page_size"], first["next_start_key"]) == (2, "k2")

    rest = client.get(f"{path}/orders?prefix=k&page_size=2&start_key=k2").json()
    assert [each["key"] for each in rest["data"]] == ["k3"]
    assert "next_start_key" not in rest
    assert client.get(f"{path}/orders?page_size=0").status_code == 404


def test_the_namespaces_with_values_are_told(client: TestClient, path: str) -> None:
    put(client, f"{path}/orders/17", 1)
    put(client, f"{path}/carts/17", 1)

    assert client.get(path).json()["data"] == {"namespaces": ["carts", "orders"]}


@pytest.mark.parametrize(
    ("at", "data", "code", "words"),
    [
        ("Orders/1", {"value": 1}, "invalid", "a namespace has 1 to 64 of"),
        ("orders/%00", {"value": 1}, "invalid", "the key has a control character"),
        (f"orders/{'k' * 513}", {"value": 1}, "too_large", "bytes of the key: 513; the limit"),
        ("orders/1", {}, "invalid", "there is no value"),
        ("orders/1", {"value": 1, "ttl_s": 0}, "invalid", "the ttl is not an integer from 1"),
        ("orders/1", {"value": "x" * KV_VALUE_BYTES}, "too_large", "bytes of the value: 65538"),
    ],
)
def test_what_breaks_a_rule_is_told(
    client: TestClient, path: str, at: str, data: Any, code: str, words: str
) -> None:
    answer = client.put(f"{path}/{at}", json={"data": data})

    assert (answer.status_code, answer.json()["message"]) == (400, "invalid_request")
    assert answer.json()["data"]["code"] == code
    assert words in answer.json()["data"]["message"]


def test_the_body_names_no_other_key(client: TestClient, path: str) -> None:
    put(client, f"{path}/orders/17", 1, key="18", namespace="carts", op="delete")

    assert client.get(path).json()["data"] == {"namespaces": ["orders"]}
    assert client.get(f"{path}/orders/17").json()["data"]["value"] == 1


def test_one_namespace_too_many_is_told_with_the_limit(client: TestClient, path: str) -> None:
    for number in range(KV_NAMESPACES):
        put(client, f"{path}/n{number}/1", 1)

    answer = put(client, f"{path}/one-more/1", 1)

    assert answer.status_code == 429
    assert answer.json()["data"].items() >= {"limit": "kv_namespaces", "value": 100}.items()


def test_a_key_that_may_only_execute_sees_no_value(
    client: TestClient, anonymous: TestClient, path: str, account_id: str, services: Services
) -> None:
    put(client, f"{path}/orders/17", 1)
    _, executing = services.keys.create(account_id, [Scope.EXECUTE], None)
    anonymous.headers["x-auth-token"] = executing

    for verb, at in (("GET", ""), ("GET", "/orders"), ("GET", "/orders/17")):
        assert anonymous.request(verb, path + at).status_code == 403
    assert put(anonymous, f"{path}/orders/17", 2).status_code == 403
    assert anonymous.delete(f"{path}/orders/17").status_code == 403
