"""CodeMash: a function is executed in any way that its SDKs and curl ask for it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.ids import dashed
from isolambda_core.domain.json_text import to_utf8

Script = Callable[[ExecutionResult | Exception], None]


@pytest.fixture
def path(function_id: str) -> str:
    return f"/v2/serverless/functions/{function_id}/execute"


@pytest.mark.parametrize("version", ["/v1", "/v2", ""])
@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("end", ["", "/"])
def test_versions_and_verbs_are_all_alike(
    client: TestClient, function_id: str, version: str, verb: str, end: str
) -> None:
    answer = client.request(verb, f"{version}/serverless/functions/{function_id}/execute{end}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == {"Result": "{}", "result": "{}"}


def test_the_npm_client(
    client: TestClient, path: str, account_id: str, key: str, executed: list[ExecutionRequest]
) -> None:
    answer = client.post(
        path,
        headers={
            "x-auth-token": "",
            "authorization": f"Bearer {key}",
            "x-cm-projectid": dashed(account_id),
        },
        json={
            "data": '{"total": 12.50}',
            "qualifier": "$LATEST",
            "meta": {"a": "b"},
            "tokens": {"c": "d"},
        },
    )

    assert answer.json()["result"] == '{"total": 12.50}'
    assert executed[0].input == b'{"total": 12.50}'
    context = json.loads(executed[0].context)
    assert (context["meta"], context["tokens"]) == ({"a": "b"}, {"c": "d"})
    assert context["trigger"] == "codemash"


def test_the_php_client(client: TestClient, path: str, function_id: str) -> None:
    body = {"id": dashed(function_id), "template": '{"a":1}', "qualifier": None}

    assert client.post(path, json=body).json()["result"] == '{"a":1}'


@pytest.mark.parametrize("name", ["Data", "data", "DATA", "Template", "template", "tEMPLATE"])
def test_names_are_read_in_any_case(client: TestClient, path: str, name: str) -> None:
    given = {name: '{"a":1}'}
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert client.post(path, json=given).json()["result"] == '{"a":1}'
    assert client.post(path, headers=form, content=urlencode(given)).json()["result"] == '{"a":1}'
    assert client.get(f"{path}?{urlencode(given)}").json()["result"] == '{"a":1}'


@pytest.mark.parametrize("names", [("Data", "Template"), ("tEMPLATE", "dATA")])
def test_data_wins_over_its_older_name(
    client: TestClient, path: str, names: tuple[str, str]
) -> None:
    given = {name: f'"{name.lower()}"' for name in names}

    assert client.post(path, json=given).json()["result"] == '"data"'
    assert client.get(path, params=given).json()["result"] == '"data"'


def test_the_older_name_counts_where_the_newer_one_says_nothing(
    client: TestClient, path: str
) -> None:
    given = {"data": None, "template": "1"}

    assert client.post(f"{path}?data=2", json=given).json()["result"] == "1"


@pytest.mark.parametrize("names", [("Meta", "Tokens"), ("meta", "tokens"), ("META", "tOKENS")])
def test_meta_and_tokens_are_objects_or_their_json(
    client: TestClient, path: str, executed: list[ExecutionRequest], names: tuple[str, str]
) -> None:
    values = ({"__proto__": "p", "": "\u017ealia"}, {"user": "u"})
    objects = dict(zip(names, values, strict=True))
    texts = {name: json.dumps(value) for name, value in objects.items()}

    client.post(path, json=objects)
    client.post(path, json=texts)
    client.post(path, data=texts)
    client.get(path, params=texts)

    contexts = [json.loads(request.context) for request in executed]
    assert [(context["meta"], context["tokens"]) for context in contexts] == [values] * 4


@pytest.mark.parametrize("nothing", [{}, {"meta": None}, {"meta": ""}, {"meta": " "}, {"meta": {}}])
def test_no_meta_is_an_empty_object(
    client: TestClient, path: str, executed: list[ExecutionRequest], nothing: dict[str, Any]
) -> None:
    assert client.post(path, json=nothing).status_code == 200

    context = json.loads(executed[0].context)
    assert (context["meta"], context["tokens"]) == ({}, {})


def test_curl_may_call_json_a_form(client: TestClient, path: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    answer = client.post(path, headers=form, content=' {"Template": "[1,2]"}')

    assert answer.json()["result"] == "[1,2]"


def test_json_needs_no_content_type(client: TestClient, path: str) -> None:
    assert client.post(path, content='{"Template": "[1]"}').json()["result"] == "[1]"


def test_the_body_wins_over_the_query(client: TestClient, path: str) -> None:
    assert client.post(f"{path}?Data=1", json={"data": "2"}).json()["result"] == "2"


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([1], "[1]"),
        (5, "5"),
        (True, "true"),
        ("5", "5"),
        (' "text" ', ' "text" '),
        ('{"a":"ž"}', '{"a":"ž"}'),
        ({"a": "ž\ud800"}, '{"a":"ž\ud800"}'),
        (None, "{}"),
        ("", "{}"),
        ("  ", "{}"),
    ],
)
def test_the_input_is_json_text_or_json(
    client: TestClient, path: str, executed: list[ExecutionRequest], data: Any, payload: str
) -> None:
    answer = client.post(path, content=json.dumps({"data": data}))

    assert answer.status_code == 200
    assert executed[0].input == to_utf8(payload)


@pytest.mark.parametrize("body", [b"", b"{}", b"  "])
def test_no_input_is_an_empty_object(
    client: TestClient, path: str, executed: list[ExecutionRequest], body: bytes
) -> None:
    assert client.post(path, content=body).status_code == 200
    assert executed[0].input == b"{}"


def test_undefined_is_an_empty_string(client: TestClient, path: str, script: Script) -> None:
    script(ExecutionResult("", Outcome.OK, None))

    assert client.post(path).json() == {"Result": "", "result": ""}


@pytest.mark.parametrize("result", ['"hello"', "null", "12.50", '"\\ud800 ž"', "[" * 10**6])
def test_the_result_is_the_text_as_it_came(
    client: TestClient, path: str, script: Script, result: str
) -> None:
    script(ExecutionResult("", Outcome.OK, result.encode()))

    assert client.post(path).json()["result"] == result


@pytest.mark.parametrize("form", [str, str.upper, dashed, lambda text: dashed(text).upper()])
def test_ids_may_have_dashes_and_capitals(
    client: TestClient, account_id: str, function_id: str, form: Callable[[str], str]
) -> None:
    answer = client.post(
        f"/v2/serverless/functions/{form(function_id)}/execute",
        headers={"X-CM-ProjectId": form(account_id)},
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["ProjectId", "projectid", "x-cm-projectid"])
def test_the_project_may_stand_in_the_query(
    client: TestClient, path: str, account_id: str, name: str
) -> None:
    assert client.get(f"{path}?{name}={account_id}").status_code == 200
    assert client.get(f"{path}?{name}={'0' * 32}").status_code == 404


@pytest.mark.parametrize("qualifier", ["$LATEST", "", None])
def test_latest_may_be_named(client: TestClient, path: str, qualifier: str | None) -> None:
    assert client.post(path, json={"Qualifier": qualifier}).status_code == 200


def test_what_a_cached_client_adds_changes_nothing(client: TestClient, path: str) -> None:
    headers = {"if-none-match": "*", "culturecode": "lt-LT", "accept": "text/html"}

    answer = client.get(path, headers=headers)

    assert answer.status_code == 200
    assert answer.json()["result"] == "{}"


@pytest.mark.parametrize("name", ["apiKey", "apikey", "ApiKey"])
def test_the_secret_key_may_stand_in_the_query(
    anonymous: TestClient, path: str, key: str, name: str
) -> None:
    assert anonymous.get(path, params={name: key}).status_code == 200
    assert anonymous.get(path, params={name: "wrong"}).status_code == 401


@pytest.mark.parametrize("authorization", ["{}", "Bearer {}", "bearer {}"])
def test_the_secret_key_may_be_bare(
    anonymous: TestClient, path: str, key: str, authorization: str
) -> None:
    answer = anonymous.post(path, headers={"authorization": authorization.format(key)})

    assert answer.status_code == 200


@pytest.fixture
def versions(services: Services, account_id: str, function_id: str) -> None:
    """Versions 1 and 2, and an alias that gives half of its executions to each."""
    for _ in range(2):
        services.versions.publish(account_id, function_id, "")
        services.functions.patch(account_id, function_id, {"function_js": "return 2"})
    half = Target(1, 2, 0.5)
    services.aliases.create(account_id, function_id, "live", half, "")


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize(("qualifier", "version"), [("1", "1"), (2, "2"), (None, "$LATEST")])
def test_the_answer_names_the_version_that_was_executed(
    client: TestClient,
    path: str,
    executed: list[ExecutionRequest],
    qualifier: str | int | None,
    version: str,
) -> None:
    answer = client.post(path, json={"qualifier": qualifier})

    assert answer.headers["x-function-version"] == version
    context = json.loads(executed[0].context)
    assert context["function"]["version"] == version
    assert context["qualifier"] == str(qualifier or "$LATEST")


@pytest.mark.usefixtures("versions")
def test_an_affinity_key_always_gets_the_same_version(client: TestClient, path: str) -> None:
    def version_for(affinity: str) -> str:
        headers = {"x-affinity-key": affinity}
        answer = client.post(path, headers=headers, json={"qualifier": "live"})
        return answer.headers["x-function-version"]

    first = [version_for(f"user {n}") for n in range(20)]

    assert set(first) == {"1", "2"}
    assert [version_for(f"user {n}") for n in range(20)] == first


MARK = "\ufeff"


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_byte_order_mark_before_json_is_left_out(
    client: TestClient, path: str, media_type: str
) -> None:
    body = f'{MARK} {{"Data":{{"a":1}}}}'.encode()

    answer = client.post(path, headers={"content-type": media_type}, content=body)

    assert answer.json()["result"] == '{"a":1}'


def test_a_byte_order_mark_before_a_form_is_no_part_of_a_name(
    client: TestClient, path: str
) -> None:
    body = f'{MARK}Data={{"a":1}}&Qualifier=$LATEST'.encode()

    answer = client.post(
        path, headers={"content-type": "application/x-www-form-urlencoded"}, content=body
    )

    assert answer.json()["result"] == '{"a":1}'


@pytest.mark.parametrize("name", ["Data", "Template"])
def test_a_byte_order_mark_before_the_json_of_a_field_is_left_out(
    client: TestClient, path: str, name: str, executed: list[ExecutionRequest]
) -> None:
    given = {name: MARK + '{"a":1}', "Meta": MARK + '{"b":"c"}', "Tokens": MARK}

    for answer in (
        client.post(path, json=given),
        client.post(path, data=given),
        client.get(path, params=given),
    ):
        assert answer.json()["result"] == '{"a":1}'
        assert json.loads(executed[-1].context)["meta"] == {"b": "c"}


@pytest.mark.parametrize(
    "form",
    [
        "a=1",
        "flag&Data={}",
        "=1",
        "a[b]=1",
        "$a.b-c*d:e@f=1",
        "%22=1",
        "x'y=1",
        "n\u00e1=1",
        "a=1=2",
    ],
)
def test_a_real_form_is_taken_whatever_its_fields_are_called(
    client: TestClient, path: str, form: str
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}

    answer = client.post(path, headers=headers, content=form.encode())

    assert answer.json()["result"] == "{}"


@pytest.mark.parametrize(
    ("query", "body", "data"),
    [
        ({"Data": "1"}, {"Template": "2"}, "2"),
        ({"Template": "1"}, {"Data": "2"}, "2"),
        ({"Template": "1"}, {"Qualifier": "$LATEST"}, "1"),
        ({"Data": "1", "Template": "3"}, {}, "1"),
    ],
)
def test_the_body_wins_over_the_query_under_either_name(
    client: TestClient, path: str, query: dict[str, str], body: dict[str, str], data: str
) -> None:
    assert client.post(path, params=query, json=body).json()["result"] == data


def test_an_input_and_a_result_that_do_not_fit_their_schemas_name_the_path(
    client: TestClient,
    path: str,
    functions_path: str,
    function_id: str,
    executed: list[ExecutionRequest],
) -> None:
    schemas = {"input_schema": {"required": ["a"]}, "result_schema": {"required": ["b"]}}
    client.patch(f"{functions_path}/{function_id}", json={"data": schemas}).raise_for_status()

    refused = client.post(path, json={"Data": "{}"})
    assert refused.status_code == 400
    [field] = refused.json()["responseStatus"]["errors"]
    assert (field["fieldName"], field["message"]) == ("a", "is missing")
    assert executed == []

    failed = client.post(path, json={"Data": '{"a":1}'})
    assert failed.status_code == 500
    assert failed.json()["responseStatus"]["errorCode"] == "FunctionInvalidResult"
    assert failed.json()["responseStatus"]["message"] == "/b: is missing"
