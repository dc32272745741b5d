"""Kazoo: lists come in pages, the highest id first."""

import base64
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.limits import PAGE_SIZE, PAGE_SIZE_MAX
from isolambda_local.sqlite import SqliteStore


@pytest.fixture
def ids(services: Services, account_id: str) -> list[str]:
    """The ids of five functions, in order."""
    document: Document = {"name": "a", "function_js": "return 1;", "custom": 1}
    return sorted(services.functions.create(account_id, document).id for _ in range(5))


def iterate(client: TestClient, path: str, query: str) -> list[list[str]]:
    """Follow ``next_start_key`` to the end; return the ids on each page."""
    pages = []
    start_key = ""
    while True:
        answer = client.get(f"{path}?{query}{start_key}").json()
        pages.append([item["id"] for item in answer["data"]])
        assert answer["page_size"] == len(pages[-1])
        if "next_start_key" not in answer:
            return pages
        start_key = f"&start_key={answer['next_start_key']}"


def test_an_item_is_a_summary(client: TestClient, functions_path: str, function_id: str) -> None:
    answer = client.get(functions_path).json()

    assert answer["data"] == [
        {
            "id": function_id,
            "name": "say hi",
            "function_js": "return {hi: call.name};",
            "enabled": True,
        }
    ]


def test_an_account_without_functions_has_an_empty_page(
    client: TestClient, functions_path: str
) -> None:
    answer = client.get(functions_path).json()

    assert answer["data"] == []
    assert answer["page_size"] == 0
    assert "next_start_key" not in answer


@pytest.mark.parametrize(
    "query", ["page_size=2", "page_size=2&descending=true", "page_size=2&ascending=false"]
)
def test_pages_descend(client: TestClient, functions_path: str, ids: list[str], query: str) -> None:
    down = ids[::-1]

    assert iterate(client, functions_path, query) == [down[:2], down[2:4], down[4:]]


@pytest.mark.parametrize("query", ["page_size=2&ascending=true", "page_size=2&descending=false"])
def test_pages_ascend_on_request(
    client: TestClient, functions_path: str, ids: list[str], query: str
) -> None:
    assert iterate(client, functions_path, query) == [ids[:2], ids[2:4], ids[4:]]


@pytest.mark.parametrize("direction", ["ascending=true", "ascending=false"])
def test_a_page_can_be_asked_for_again_by_its_start_key(
    client: TestClient, functions_path: str, ids: list[str], direction: str
) -> None:
    query = f"{functions_path}?page_size={len(ids) - 1}&{direction}"
    first = client.get(query).json()

    again = client.get(f"{query}&start_key={first['start_key']}").json()

    assert again["data"] == first["data"]
    assert again["revision"] == first["revision"]


@pytest.mark.parametrize("ascending", ["true", "false"])
@pytest.mark.parametrize("kind", ["functions", "functions kept", "accounts", "versions"])
def test_a_page_goes_on_behind_an_item_that_was_deleted_meanwhile(
    client: TestClient, functions_path: str, account_id: str, kind: str, ascending: str
) -> None:
    listed, made = five_of(client, functions_path, account_id, kind)
    query = {"page_size": "2", "ascending": ascending}
    first = client.get(listed, params=query).json()
    shown = [made_of(item, kind) for item in first["data"]]
    where = listed.replace(f"/v2/accounts/{account_id}/children", "/v2/accounts")
    keep = "true" if kind == "functions kept" else "false"

    # The cursor's own item, the one before it, and the one after it.
    ordered = made if ascending == "true" else made[::-1]
    for gone in ordered[:3]:
        deleted = client.delete(f"{where}/{gone}", params={"should_soft_delete": keep})
        assert deleted.status_code == 200
    second = client.get(listed, params={**query, "start_key": first["next_start_key"]}).json()

    assert shown == ordered[:2]
    assert [made_of(item, kind) for item in second["data"]] == ordered[3:]
    assert "next_start_key" not in second


def five_of(
    client: TestClient, functions_path: str, account_id: str, kind: str
) -> tuple[str, list[str]]:
    """Make five of a kind; return where they are listed, and what they are called, in order."""
    document = {"name": "n", "function_js": "return 0;"}
    if kind == "accounts":
        for _ in range(5):
            client.put("/v2/accounts", json={"data": {"name": "n"}})
        listed = f"/v2/accounts/{account_id}/children"
    elif kind == "versions":
        function = client.put(functions_path, json={"data": document}).json()["data"]["id"]
        listed = f"{functions_path}/{function}/versions"
        for number in range(5):
            source = {"function_js": f"return {number};"}
            client.patch(f"{functions_path}/{function}", json={"data": source})
            client.put(listed, json={"data": {}})
    else:
        for _ in range(5):
            client.put(functions_path, json={"data": document})
        listed = functions_path
    items = client.get(listed, params={"ascending": "true"}).json()["data"]
    return listed, [made_of(item, kind) for item in items]


def made_of(item: dict[str, Any], kind: str) -> str:
    return str(item["version" if kind == "versions" else "id"])


def test_a_start_key_is_opaque(client: TestClient, functions_path: str, ids: list[str]) -> None:
    key = client.get(f"{functions_path}?page_size=1").json()["next_start_key"]

    assert key not in ids
    assert not set(key) & set("+/=")


@pytest.mark.parametrize(
    "start_key",
    ["x", "%", "%00", "%FF", "ž", "a" * 5000, base64.urlsafe_b64encode(b"\xff" * 9).decode()],
)
def test_a_start_key_that_does_not_decode_is_used_raw(
    client: TestClient, functions_path: str, ids: list[str], start_key: str
) -> None:
    answer = client.get(f"{functions_path}?start_key={start_key}")

    assert answer.status_code == 200
    assert {item["id"] for item in answer.json()["data"]} <= set(ids)


def test_a_raw_id_is_a_start_key_too(
    client: TestClient, functions_path: str, services: Services, account_id: str
) -> None:
    ids = sorted(
        services.functions.create(account_id, {"name": "a", "function_js": ""}).id for _ in range(3)
    )

    answer = client.get(f"{functions_path}?ascending=true&start_key={ids[0]}~")

    assert [item["id"] for item in answer.json()["data"]] == ids[1:]


def test_a_page_holds_fifty_by_default_and_never_more_than_the_limit(
    client: TestClient, functions_path: str, services: Services, account_id: str
) -> None:
    for _ in range(PAGE_SIZE_MAX + 1):
        services.functions.create(account_id, {"name": "a", "function_js": ""})

    assert client.get(functions_path).json()["page_size"] == PAGE_SIZE
    too_many = f"{functions_path}?page_size={PAGE_SIZE_MAX + 1}"
    assert client.get(too_many).json()["page_size"] == PAGE_SIZE_MAX


@pytest.mark.parametrize(
    ("page_size", "message"),
    [
        ("0", "page size must be at least 1"),
        ("-1", "page size must be at least 1"),
        ("x", "invalid page size"),
        ("", "invalid page size"),
        ("1.5", "invalid page size"),
        ("1_0", "invalid page size"),
        ("9" * 5000, "invalid page size"),
    ],
)
def test_a_senseless_page_size_is_a_faulty_request(
    client: TestClient, functions_path: str, page_size: str, message: str
) -> None:
    answer = client.get(f"{functions_path}?page_size={page_size}")

    assert answer.status_code == 404
    assert answer.json()["message"] == "faulty_request"
    assert answer.json()["data"] == {"message": message}


def test_a_page_ends_early_where_long_functions_fill_it(
    client: TestClient, functions_path: str, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.services.paging.PAGE_BYTES", 1_500)

    assert iterate(client, functions_path, "page_size=50") == [ids[:2:-1], ids[2:0:-1], ids[:1]]


@pytest.mark.parametrize("page_size", ["", "&page_size=2"])
def test_all_functions_come_in_one_answer_on_request(
    client: TestClient, functions_path: str, ids: list[str], page_size: str
) -> None:
    down = client.get(f"{functions_path}?paginate=false{page_size}").json()
    up = client.get(f"{functions_path}?paginate=false&ascending=true{page_size}").json()

    assert [item["id"] for item in down["data"]] == ids[::-1]
    assert [item["id"] for item in up["data"]] == ids
    assert not {"page_size", "start_key", "next_start_key"} & set(down)


def test_more_than_a_page_holds_does_not_come_in_one_answer(
    client: TestClient, functions_path: str, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = f"{functions_path}?paginate=false"
    monkeypatch.setattr("isolambda_core.services.paging.PAGE_BYTES", 5 * 700)
    assert len(client.get(whole).json()["data"]) == len(ids)
    monkeypatch.setattr("isolambda_core.services.paging.PAGE_BYTES", 5 * 512)

    answer = client.get(whole)

    assert answer.status_code == 416
    assert answer.json()["message"] == "range not satisfiable"
    assert answer.json()["data"] == {}


def test_an_item_says_why_the_platform_disabled_it(
    client: TestClient,
    functions_path: str,
    function_id: str,
    services: Services,
    store: SqliteStore,
    account_id: str,
) -> None:
    function = services.functions.fetch(account_id, function_id)
    disabled = function.with_breakers({"$LATEST": Breaker.opened("too many failures", 5)}, 5)
    store.functions.replace(disabled, function)

    (item,) = client.get(functions_path).json()["data"]

    assert (item["enabled"], item["disable_reason"]) == (False, "too many failures")


def test_wishes_for_chunks_change_nothing(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    answer = client.get(f"{functions_path}?is_chunked=true&chunk_size=2").json()

    assert [item["id"] for item in answer["data"]] == ids[::-1]


def test_of_a_repeated_parameter_one_value_counts(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    query = "page_size=x&page_size=2&ascending=false&ascending=true"

    assert client.get(f"{functions_path}?{query}").json()["page_size"] == 2
    assert iterate(client, functions_path, query)[0] == ids[:2]


def test_the_revision_of_a_list_changes_with_its_functions_alone(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    first = client.get(functions_path)
    second = client.get(functions_path)
    client.patch(f"{functions_path}/{function_id}", json={"data": {"name": "other"}})
    third = client.get(functions_path)

    assert first.json()["revision"] == second.json()["revision"]
    assert first.headers["etag"] == f'"{first.json()["revision"]}"'
    assert third.json()["revision"] != first.json()["revision"]
