"""Kazoo: lists hold only what every filter of the query lets through."""

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.limits import FILTERS
from tests.support.clocks import NOW

CREATED = NOW + 62_167_219_200


@pytest.fixture
def ids(services: Services, account_id: str) -> list[str]:
    """The ids of nine functions, in order; ``turn`` of each is its place among them, modulo 3."""
    ids = [f"{number:032x}" for number in range(9)]
    for number, function_id in enumerate(ids):
        services.functions.create(
            account_id,
            {
                "id": function_id,
                "name": f"function {number}",
                "function_js": "",
                "turn": number % 3,
                "dotted.key": {"tags": ["all", f"tag {number}"]},
            },
        )
    return ids


def listed(client: TestClient, path: str, query: str) -> list[str]:
    answer = client.get(f"{path}?ascending=true&{query}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]]


def test_filters_look_at_what_the_items_do_not_show(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    assert listed(client, functions_path, "filter_turn=1") == ids[1::3]
    assert listed(client, functions_path, "filter_not_turn=1") == sorted(ids[0::3] + ids[2::3])
    assert listed(client, functions_path, "filter_language_pack=javascript") == ids
    assert listed(client, functions_path, f"filter_id={ids[4]}") == [ids[4]]


def test_filters_are_all_meant(client: TestClient, functions_path: str, ids: list[str]) -> None:
    query = 'filter_turn=1&filter_name=["function 1", "function 2"]'

    assert listed(client, functions_path, query) == [ids[1]]


def test_a_dot_inside_a_key_is_escaped(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    query = 'filter_array_intersect_all_dotted%252Ekey.tags=["tag 3", "all"]'

    assert listed(client, functions_path, query) == [ids[3]]


def test_times_are_gregorian(client: TestClient, functions_path: str, ids: list[str]) -> None:
    query = f"created_from={CREATED}&modified_to={CREATED}"

    assert listed(client, functions_path, query) == ids
    assert listed(client, functions_path, f"created_from={CREATED + 1}") == []
    assert listed(client, functions_path, "created_from=soon") == []


def test_of_a_repeated_filter_one_value_counts(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    query = "filter_turn=0&filter_turn=1&has_key=absent&has_key=turn"

    assert listed(client, functions_path, query) == ids[1::3]


def test_pages_are_full_whatever_the_filter_passes_over(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    query = f"{functions_path}?ascending=true&page_size=2&filter_turn=2"
    first = client.get(query).json()
    second = client.get(f"{query}&start_key={first['next_start_key']}").json()

    assert [item["id"] for item in first["data"] + second["data"]] == ids[2::3]
    assert (first["page_size"], second["page_size"]) == (2, 1)
    assert "next_start_key" not in second


def test_a_page_may_end_before_anything_was_found(
    client: TestClient,
    functions_path: str,
    ids: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("isolambda_core.services.paging.EXAMINED_BYTES", 1_500)
    query = {"filter_id": ids[8], "ascending": "true"}
    pages = []
    start_key: dict[str, str] = {}
    while True:
        answer = client.get(functions_path, params={**query, **start_key}).json()
        pages.append([item["id"] for item in answer["data"]])
        if "next_start_key" not in answer:
            break
        start_key = {"start_key": answer["next_start_key"]}

    assert pages == [[], [], [ids[8]]]


def test_all_that_pass_come_in_one_answer_on_request(
    client: TestClient, functions_path: str, ids: list[str]
) -> None:
    answer = client.get(functions_path, params={"filter_turn": 0, "paginate": "false"})

    assert [item["id"] for item in answer.json()["data"]] == ids[0::3][::-1]
    assert "page_size" not in answer.json()


def test_one_answer_is_refused_when_too_much_would_be_examined(
    client: TestClient,
    functions_path: str,
    ids: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("isolambda_core.services.paging.EXAMINED_BYTES", 1_500)

    answer = client.get(functions_path, params={"filter_id": ids[0], "paginate": "false"})

    assert answer.status_code == 416


def test_too_many_filters_are_refused(client: TestClient, functions_path: str) -> None:
    query = {f"filter_{number}": "" for number in range(FILTERS + 1)}

    answer = client.get(functions_path, params=query)

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "filters": {
            "maxItems": {
                "message": f"The list is more than {FILTERS} items",
                "target": FILTERS,
                "value": FILTERS + 1,
            }
        }
    }


@pytest.mark.parametrize("has_account", [True, False], ids=["of an account", "of everybody"])
def test_samples_are_filtered_too(
    client: TestClient, functions_path: str, *, has_account: bool
) -> None:
    path = f"{functions_path}/samples" if has_account else "/v2/functions/samples"
    samples = client.get(path).json()["data"]

    found = client.get(path, params={"filter_name": samples[1]["name"]}).json()["data"]
    none = client.get(path, params={"key_missing": "function_js"}).json()["data"]

    assert found == [samples[1]]
    assert none == []
