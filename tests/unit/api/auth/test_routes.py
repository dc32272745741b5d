"""Kazoo: coming in with a key, going on with a token, and leaving."""

import base64
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core import __version__
from isolambda_core.domain.accounts.api_keys import Scope

PLACES = [
    pytest.param({"headers": {"X-Auth-Token": "{}"}}, id="X-Auth-Token"),
    pytest.param({"params": {"auth_token": "{}"}}, id="query"),
    pytest.param({"headers": {"Authorization": "Bearer {}"}}, id="Bearer"),
    pytest.param({"headers": {"Authorization": "{}"}}, id="bare"),
    pytest.param({"params": {"authorization": "{}"}}, id="authorization in the query"),
    pytest.param({"headers": {"X-Auth-Token": "", "Authorization": "Bearer {}"}}, id="empty first"),
]


def token_of(client: TestClient, key: str) -> str:
    answer = client.put("/v2/api_auth", json={"data": {"api_key": key}})
    assert answer.status_code == 201
    token: str = answer.json()["auth_token"]
    return token


def filled(place: dict[str, dict[str, str]], credential: str) -> Any:
    return {
        kind: {name: value.format(credential) for name, value in named.items()}
        for kind, named in place.items()
    }


def test_a_key_gives_a_token_beside_the_data(
    anonymous: TestClient, account_id: str, key: str
) -> None:
    answer = anonymous.put("/v2/api_auth", json={"data": {"api_key": key}})

    body = answer.json()
    assert answer.status_code == 201
    assert body["auth_token"].count(".") == 2
    assert "auth_token" not in body["data"]
    assert body["revision"] == "automatic"
    assert body["version"] == __version__
    assert body["data"]["account_id"] == account_id
    assert body["data"]["account_name"] == "acme"


def test_an_empty_token_beside_the_key_does_no_harm(anonymous: TestClient, key: str) -> None:
    answer = anonymous.put(
        "/v2/api_auth", json={"data": {"api_key": key}}, headers={"x-auth-token": ""}
    )

    assert answer.status_code == 201


def test_an_unknown_key_is_not_found(anonymous: TestClient) -> None:
    answer = anonymous.put("/v2/api_auth", json={"data": {"api_key": "f" * 64}})

    assert answer.status_code == 404
    assert answer.json()["message"] == "bad identifier"
    assert answer.json()["data"] == ["api_key"]


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ({}, {"api_key": {"required"}}),
        ({"api_key": 1}, {"api_key": {"type"}}),
        ({"api_key": "f" * 63}, {"api_key": {"minLength"}}),
        ({"api_key": "f" * 65}, {"api_key": {"maxLength"}}),
        ({"api_key": "f" * 64, "more": 1}, {"more": {"additionalProperties"}}),
    ],
)
def test_what_is_no_key_breaks_a_rule(
    anonymous: TestClient, data: dict[str, Any], rules: dict[str, set[str]]
) -> None:
    answer = anonymous.put("/v2/api_auth", json={"data": data})

    assert answer.status_code == 400
    assert {path: set(found) for path, found in answer.json()["data"].items()} == rules


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("with_token", [True, False], ids=["token", "key"])
def test_a_token_or_key_is_found_wherever_it_is(
    bare: TestClient, functions_path: str, key: str, place: Any, *, with_token: bool
) -> None:
    credential = token_of(bare, key) if with_token else key

    answer = bare.get(functions_path, **filled(place, credential))

    assert answer.status_code == 200
    assert answer.json().get("auth_token") == (credential if with_token else None)


def test_a_token_is_found_in_the_envelope(bare: TestClient, functions_path: str, key: str) -> None:
    envelope = {"data": {"name": "n", "function_js": ""}, "auth_token": token_of(bare, key)}

    assert bare.put(functions_path, json=envelope).status_code == 201


def test_the_header_comes_before_every_other_place(
    bare: TestClient, functions_path: str, key: str
) -> None:
    headers = {"x-auth-token": "f" * 64, "authorization": f"Bearer {key}"}

    assert bare.get(functions_path, headers=headers).status_code == 401


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_basic_takes_the_account_and_its_key(
    bare: TestClient, functions_path: str, account_id: str, key: str
) -> None:
    assert bare.get(functions_path, headers=basic(account_id, key)).status_code == 200


@pytest.mark.parametrize(
    ("user", "password"),
    [
        pytest.param("0" * 32, None, id="another account"),
        pytest.param("", None, id="no account"),
        pytest.param(None, "0cc175b9c0f1b6a831c399e269772661", id="an md5, as Kazoo has it"),
        pytest.param(None, "", id="no key"),
    ],
)
def test_basic_takes_nothing_else(
    bare: TestClient,
    functions_path: str,
    account_id: str,
    key: str,
    user: str | None,
    password: str | None,
) -> None:
    headers = basic(account_id if user is None else user, key if password is None else password)

    assert bare.get(functions_path, headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["Basic", "Basic =", "Basic /w==", "Bearer", "Bearer  "])
def test_what_is_no_credential_is_refused(
    bare: TestClient, functions_path: str, header: str
) -> None:
    assert bare.get(functions_path, headers={"authorization": header}).status_code == 401


def test_a_token_tells_whose_it_is(bare: TestClient, account_id: str, key: str) -> None:
    token = token_of(bare, key)

    answer = bare.get("/v2/token_auth", headers={"x-auth-token": token})

    assert answer.json()["data"]["account_id"] == account_id


def test_a_key_shows_what_it_may_do_and_until_when_and_not_itself(
    bare: TestClient, client: TestClient, functions_path: str
) -> None:
    keys_path = functions_path.replace("functions", "api_keys")
    asked = {"scopes": ["execute"], "name": "CI", "expires": 70_000_000_000}
    made = client.put(keys_path, json={"data": asked}).json()["data"]

    by_key = bare.get("/v2/token_auth", headers={"x-auth-token": made["api_key"]})
    token = token_of(bare, made["api_key"])
    by_token = bare.get("/v2/token_auth", headers={"x-auth-token": token})

    assert by_key.json()["data"]["key"] == {**asked, "id": made["id"], "function_id": None}
    assert by_token.json()["data"]["key"] == by_key.json()["data"]["key"]
    assert made["api_key"] not in by_key.text


def test_a_token_is_good_no_more_after_logging_out(
    bare: TestClient, functions_path: str, key: str
) -> None:
    token, other = token_of(bare, key), token_of(bare, key)

    assert bare.delete("/v2/token_auth", headers={"x-auth-token": token}).status_code == 200

    assert bare.get(functions_path, headers={"x-auth-token": token}).status_code == 401
    assert bare.get(functions_path, headers={"x-auth-token": other}).status_code == 200


def test_a_key_cannot_log_out(client: TestClient) -> None:
    answer = client.delete("/v2/token_auth")

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"auth_token"}


def test_users_are_refused_with_what_to_do(anonymous: TestClient) -> None:
    credentials = {"credentials": "0cc175b9c0f1b6a831c399e269772661", "account_name": "acme"}

    answer = anonymous.put("/v2/user_auth", json={"data": credentials})

    assert answer.status_code == 401
    assert "api_auth" in answer.json()["data"]["message"]


def test_a_key_that_may_only_execute_manages_nothing(
    bare: TestClient, services: Services, account_id: str, function_id: str
) -> None:
    _, key = services.keys.create(account_id, [Scope.EXECUTE], None)
    headers, path = {"x-auth-token": key}, f"/v2/accounts/{account_id}/functions"

    refused = [
        bare.get(path, headers=headers),
        bare.delete(f"{path}/{function_id}", headers=headers),
        bare.get(f"/v2/accounts/{account_id}/api_key", headers=headers),
        bare.put("/v2/accounts", json={"data": {"name": "x"}}, headers=headers),
    ]

    assert {answer.status_code for answer in refused} == {403}
    assert refused[0].json()["data"]["cause"] == "access denied by token restrictions"
    assert bare.post(f"{path}/{function_id}/execute", headers=headers).status_code == 200


def test_a_key_that_may_only_manage_executes_nothing(
    bare: TestClient, services: Services, account_id: str, function_id: str
) -> None:
    _, key = services.keys.create(account_id, [Scope.MANAGE], None)
    path = f"/v2/accounts/{account_id}/functions/{function_id}"

    assert bare.get(path, headers={"x-auth-token": key}).status_code == 200
    assert bare.post(f"{path}/execute", headers={"x-auth-token": key}).status_code == 403


def test_a_key_for_one_function_executes_no_other_in_either_dialect(
    bare: TestClient, services: Services, account_id: str, function_id: str, disabled_id: str
) -> None:
    _, key = services.keys.create(account_id, [Scope.EXECUTE], function_id)
    headers, path = {"x-auth-token": key}, f"/v2/accounts/{account_id}/functions"

    for asked, status in ((function_id, 200), (disabled_id, 403)):
        kazoo = bare.post(f"{path}/{asked}/execute", headers=headers)
        codemash = bare.post(f"/v2/serverless/functions/{asked}/execute", headers=headers)
        assert (kazoo.status_code, codemash.status_code) == (status, status)
