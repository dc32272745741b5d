"""Kazoo: revisions as ETags, and writes that start from none but the expected one."""

import pytest
from starlette.testclient import TestClient

HELLO = {"name": "say hi", "function_js": "return 1;"}
WRITES = [("POST", HELLO), ("PATCH", {"custom": 1}), ("DELETE", {})]


@pytest.fixture
def path(functions_path: str, function_id: str) -> str:
    return f"{functions_path}/{function_id}"


def etag_of(client: TestClient, path: str) -> str:
    return client.get(path).headers["etag"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_revision_gets_no_body(client: TestClient, path: str, form: str) -> None:
    etag = etag_of(client, path)

    answer = client.get(path, headers={"if-none-match": form.format(etag)})

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag


def test_who_has_another_revision_gets_the_document(client: TestClient, path: str) -> None:
    etag = etag_of(client, path)
    client.patch(path, json={"data": {"custom": 1}})

    answer = client.get(path, headers={"if-none-match": etag})

    assert answer.json()["data"]["custom"] == 1
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"' != etag


def test_a_list_that_is_still_the_same_has_no_body(
    client: TestClient, functions_path: str, path: str
) -> None:
    etag = etag_of(client, functions_path)

    assert client.get(functions_path, headers={"if-none-match": etag}).status_code == 304
    client.patch(path, json={"data": {"name": "another"}})
    assert client.get(functions_path, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize(("verb", "data"), WRITES)
def test_a_write_from_another_revision_is_refused_and_changes_nothing(
    client: TestClient, path: str, verb: str, data: dict[str, object]
) -> None:
    before = client.get(path)

    answer = client.request(verb, path, json={"data": data}, headers={"if-match": '"9-other"'})

    assert answer.status_code == 412
    assert answer.json()["error"] == "412"
    assert client.get(path).json()["data"] == before.json()["data"]
    assert etag_of(client, path) == before.headers["etag"]


@pytest.mark.parametrize(("verb", "data"), WRITES)
def test_a_write_from_the_expected_revision_is_made(
    client: TestClient, path: str, verb: str, data: dict[str, object]
) -> None:
    answer = client.request(
        verb, path, json={"data": data}, headers={"if-match": etag_of(client, path)}
    )

    assert answer.status_code == 200
    assert answer.json()["revision"].startswith("2-")


def test_the_revision_of_an_envelope_does_as_well(client: TestClient, path: str) -> None:
    revision = client.get(path).json()["revision"]

    answer = client.patch(path, json={"data": {"a": 1}}, headers={"if-match": revision})

    assert answer.status_code == 200


def test_a_star_is_any_revision(client: TestClient, path: str) -> None:
    assert client.patch(path, json={"data": {}}, headers={"if-match": "*"}).status_code == 200


def test_of_an_account_the_same_holds(client: TestClient, account_id: str) -> None:
    path = f"/v2/accounts/{account_id}"
    etag = etag_of(client, path)

    assert client.get(path, headers={"if-none-match": etag}).status_code == 304
    assert (
        client.patch(path, json={"data": {"a": 1}}, headers={"if-match": '"0-x"'}).status_code
        == 412
    )
    assert client.patch(path, json={"data": {"a": 1}}, headers={"if-match": etag}).is_success
