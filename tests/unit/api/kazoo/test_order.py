"""Kazoo: of several things that are wrong with a request, the first one in its order is reported.

Too many 429, bad token 401, path 404, verb 405, account 404, no token 401, not allowed 403, media
type 415 or 406, document 400 or 404, revision 412 (Kx: src/api_resource.erl). A body that cannot be
read, a 400, comes after what its sender may and before what else is wrong.
"""

from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services

ABSENT = "0" * 32
BAD_TOKEN = {"x-auth-token": "f" * 64}
TEXT = {"content-type": "text/plain"}


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_a_bad_token_comes_before_a_broken_body(bare: TestClient) -> None:
    answer = bare.put("/v2/nowhere", content=b"{", headers=BAD_TOKEN)

    assert error_of(answer) == (401, "invalid credentials")


def test_a_broken_body_comes_before_an_unknown_path_and_there_being_no_token(
    bare: TestClient, functions_path: str
) -> None:
    for path in ("/v2/nowhere", functions_path):
        assert error_of(bare.put(path, content=b"{")) == (400, "validation error")


def test_another_account_comes_before_a_broken_body(client: TestClient, services: Services) -> None:
    other, _ = services.accounts.create_top("other")

    answer = client.put(f"/v2/accounts/{other.id}/functions", content=b"{")

    assert error_of(answer) == (403, "forbidden")


def test_a_verb_that_a_path_does_not_have_comes_before_the_account(client: TestClient) -> None:
    answer = client.put(f"/v2/accounts/{ABSENT}/functions/{ABSENT}", json={"data": {}})

    assert error_of(answer) == (405, "invalid_method")


@pytest.mark.parametrize(
    ("verb", "path"),
    [("GET", "/v2/nowhere"), ("BREW", "/v2/functions/samples"), ("GET", "/v2/functions/samples")],
)
def test_a_bad_token_comes_before_the_path_and_the_verb(
    bare: TestClient, verb: str, path: str
) -> None:
    answer = bare.request(verb, path, headers=BAD_TOKEN)

    assert error_of(answer) == (401, "invalid credentials")
    assert answer.json()["data"] == {}


def test_the_path_and_the_verb_come_before_there_being_no_token(
    bare: TestClient, functions_path: str
) -> None:
    assert error_of(bare.get("/v2/nowhere")) == (404, "not_found")
    assert error_of(bare.delete(functions_path)) == (405, "invalid_method")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/accounts//functions", (404, "bad identifier")),
        ("/v2/accounts/x/functions", (404, "bad identifier")),
        (f"/v2/accounts/{ABSENT}/functions", (404, "bad_identifier")),
    ],
)
def test_the_account_comes_before_there_being_no_token(
    bare: TestClient, path: str, expected: tuple[int, str]
) -> None:
    assert error_of(bare.get(path)) == expected


def test_no_token_comes_before_the_media_type(bare: TestClient, functions_path: str) -> None:
    answer = bare.put(functions_path, content=b"x", headers=TEXT)

    assert error_of(answer) == (401, "invalid_credentials")
    assert answer.json()["data"] == {"message": "invalid credentials"}


def test_another_account_comes_before_the_media_type(
    client: TestClient, services: Services
) -> None:
    other, _ = services.accounts.create_top("other")

    answer = client.put(f"/v2/accounts/{other.id}/functions", content=b"x", headers=TEXT)

    assert error_of(answer) == (403, "forbidden")
    assert answer.json()["data"] == {"message": "forbidden"}


@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_the_media_type_comes_before_the_document(
    client: TestClient, functions_path: str, verb: str
) -> None:
    answer = client.request(verb, f"{functions_path}/{ABSENT}", content=b"x", headers=TEXT)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html", 406),
        ("text/html, image/png;q=0.8", 406),
        ("application/json", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/*", 200),
        ("", 200),
    ],
)
def test_who_would_not_take_json_gets_406(
    client: TestClient, functions_path: str, accept: str, status: int
) -> None:
    assert client.get(functions_path, headers={"accept": accept}).status_code == status
    assert client.get(functions_path, params={"accept": accept or "*/*"}).status_code == status


def test_the_rules_of_a_document_come_before_its_being_there(
    client: TestClient, functions_path: str
) -> None:
    assert client.post(f"{functions_path}/{ABSENT}", json={"data": {}}).status_code == 400
    assert client.patch(f"{functions_path}/{ABSENT}", json={"data": {}}).status_code == 404


def test_the_document_comes_before_its_revision(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    path, stale = f"{functions_path}/{function_id}", {"if-match": '"9-other"'}

    assert client.post(path, json={"data": {}}, headers=stale).status_code == 400
    assert client.patch(path, json={"data": {"name": 1}}, headers=stale).status_code == 400
    assert client.delete(f"{functions_path}/{ABSENT}", headers=stale).status_code == 404


def test_a_page_size_comes_after_the_account(bare: TestClient, functions_path: str) -> None:
    assert bare.get(functions_path, params={"page_size": "0"}).status_code == 401
