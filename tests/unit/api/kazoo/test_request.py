"""Kazoo: what a request's envelope and query say beside the data."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

HELLO = {"name": "say hi", "function_js": "return 1;"}
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name", ["data", "Data", "DATA"])
def test_the_keys_of_an_envelope_come_in_any_case(
    client: TestClient, functions_path: str, name: str
) -> None:
    assert client.put(functions_path, json={name: HELLO}).status_code == 201


def test_what_else_an_envelope_holds_does_no_harm(client: TestClient, functions_path: str) -> None:
    envelope = {"data": HELLO, "accept_charges": True, "ui_metadata": {"ui": "monster-ui"}}

    assert client.put(functions_path, json=envelope).json()["data"].items() >= HELLO.items()


@pytest.mark.parametrize("media_type", [None, FORM, "application/json; charset=utf-8"])
def test_json_is_read_whatever_curl_calls_it(
    client: TestClient, functions_path: str, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    body = json.dumps({"data": {**HELLO, "name": "a&data=1"}})

    answer = client.put(functions_path, content=body, headers=headers)

    assert answer.json()["data"]["name"] == "a&data=1"


def test_a_form_can_hold_an_envelope(bare: TestClient, functions_path: str, key: str) -> None:
    form = {"data": json.dumps(HELLO), "auth_token": key, "verb": "put"}

    answer = bare.post(functions_path, data=form)

    assert answer.status_code == 201
    assert answer.json()["data"]["name"] == "say hi"


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("a=1&b=2", {"json"}),
        ("data=no+json", {"data"}),
        (b"data=%ff", {"json"}),
    ],
)
def test_a_form_that_holds_none_is_refused_as_json(
    client: TestClient, functions_path: str, form: str | bytes, data: set[str]
) -> None:
    answer = client.put(functions_path, content=form, headers={"content-type": FORM})

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == data


@pytest.mark.parametrize("body", ["{}", "[]", "1", '{"name": "x"}'])
def test_a_body_without_data_is_refused_where_one_is_required(
    client: TestClient, functions_path: str, body: str
) -> None:
    answer = client.put(functions_path, content=body)

    assert answer.status_code == 400
    assert answer.json()["data"]["data"]["required"]["value"] == json.loads(body)


@pytest.mark.parametrize("verb", ["PUT", "put"])
def test_a_post_can_stand_for_another_verb_in_its_query(
    bare: TestClient, functions_path: str, key: str, verb: str
) -> None:
    answer = bare.post(
        functions_path,
        params={"verb": verb},
        json={"data": HELLO},
        headers={"x-auth-token": key},
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(("verb", "data"), [("PATCH", {"custom": 1}), ("DELETE", {}), ("GET", {})])
def test_a_post_can_stand_for_another_verb_in_its_envelope(
    bare: TestClient, functions_path: str, function_id: str, key: str, verb: str, data: Any
) -> None:
    path = f"{functions_path}/{function_id}"

    answer = bare.post(path, json={"data": data, "verb": verb}, headers={"x-auth-token": key})

    assert answer.status_code == 200
    assert answer.json()["data"].get("_read_only") == (
        {"deleted": True} if verb == "DELETE" else None
    )


@pytest.mark.parametrize("verb", ["BREW", "OPTIONS", "put put", "3"])
def test_a_verb_that_is_none_is_not_allowed(
    bare: TestClient, functions_path: str, key: str, verb: str
) -> None:
    answer = bare.post(functions_path, params={"verb": verb}, headers={"x-auth-token": key})

    assert answer.status_code == 405


def test_only_a_post_stands_for_another_verb(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    answer = client.get(f"{functions_path}/{function_id}", params={"verb": "DELETE"})

    assert answer.json()["data"]["id"] == function_id
    assert client.get(f"{functions_path}/{function_id}").status_code == 200


@pytest.mark.parametrize("name", ["cb", "jQuery123_45", "a.$b._c"])
def test_jsonp_gives_the_answer_to_a_function(
    bare: TestClient, functions_path: str, key: str, name: str
) -> None:
    answer = bare.get(functions_path, params={"jsonp": name, "auth_token": key})

    assert answer.headers["content-type"].startswith("application/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text.startswith(f"{name}(")
    assert answer.text.endswith(");")
    assert json.loads(answer.text[len(name) + 1 : -2])["data"] == []


def test_jsonp_gives_errors_to_the_function_too(bare: TestClient, functions_path: str) -> None:
    answer = bare.get(functions_path, params={"jsonp": "cb"})

    assert answer.status_code == 401
    assert json.loads(answer.text[3:-2])["error"] == "401"


@pytest.mark.parametrize("name", ["", "alert(1)//", "a b", "1a", "a..b", "é", "x" * 200])
def test_jsonp_takes_no_code(client: TestClient, functions_path: str, name: str) -> None:
    answer = client.get(functions_path, params={"jsonp": name})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["data"]["jsonp"].keys() == {"pattern"}


@pytest.mark.parametrize(
    ("params", "headers"),
    [({"pretty_print": "true"}, {}), ({}, {"x-pretty-print": "true"})],
)
def test_an_answer_is_indented_for_who_asks(
    client: TestClient, functions_path: str, params: dict[str, str], headers: dict[str, str]
) -> None:
    plain = client.get(functions_path).text
    pretty = client.get(functions_path, params=params, headers=headers).text

    assert "\n" not in plain
    assert pretty.startswith('{\n    "data"')
    assert json.loads(pretty)["data"] == json.loads(plain)["data"]


def test_a_path_may_end_with_a_slash(client: TestClient, functions_path: str) -> None:
    assert client.put(f"{functions_path}/", json={"data": HELLO}).status_code == 201


def test_account_stands_for_the_account_of_the_token(
    bare: TestClient, function_id: str, key: str
) -> None:
    answer = bare.get(f"/v2/account/functions/{function_id}", headers={"x-auth-token": key})

    assert answer.json()["data"]["id"] == function_id
    assert bare.get("/v2/account/functions").status_code == 401


@pytest.mark.parametrize("request_id", ["mine.1", "0" * 128])
def test_a_request_id_is_adopted(client: TestClient, functions_path: str, request_id: str) -> None:
    answer = client.get(functions_path, headers={"x-request-id": request_id})

    assert answer.json()["request_id"] == answer.headers["x-request-id"] == request_id
