"""Kazoo: what is written is kept, and the answer says what it is likely not meant to be."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.accounts import schemas as account_schemas
from isolambda_api.functions import schemas
from isolambda_api.triggers import schemas as trigger_schemas
from isolambda_core.domain.accounts import accounts
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions import functions
from isolambda_core.domain.triggers.documents import keys_of
from tests.support.fakes import ScriptedExecutor

FAULT = ExecutionError("SyntaxError", "Unexpected token ';'", line=1, column=13)
NOT_COMPILED = ExecutionResult("", Outcome.EXCEPTION, b'"module"', FAULT)
BROKEN = {"name": "broken", "function_js": "exports.x = ;"}


def warnings_of(answer: Any) -> list[tuple[str, str]]:
    """Return the field and the code of each warning in an answer."""
    assert answer.status_code in (200, 201)
    read_only = answer.json()["data"].get("_read_only", {})
    return [(warning["field"], warning["code"]) for warning in read_only.get("warnings", [])]


@pytest.fixture
def broken(client: TestClient, compiler: ScriptedExecutor, functions_path: str) -> str:
    """The path of a function that does not compile."""
    compiler.ends(NOT_COMPILED)
    made = client.put(functions_path, json={"data": BROKEN})
    return f"{functions_path}/{made.json()['data']['id']}"


def test_a_source_that_does_not_compile_is_kept_and_reported(
    client: TestClient, compiler: ScriptedExecutor, functions_path: str
) -> None:
    compiler.ends(NOT_COMPILED)

    answer = client.put(functions_path, json={"data": BROKEN})

    assert answer.status_code == 201
    data = answer.json()["data"]
    syntax, hint = data["_read_only"]["warnings"]
    assert syntax == {
        "field": "function_js",
        "code": "compile_error",
        "message": "SyntaxError: Unexpected token ';'",
        "line": 1,
        "column": 13,
    }
    assert hint.keys() == {"field", "code", "message"}
    assert hint["code"] == "module"
    assert data["function_js"] == "exports.x = ;"


@pytest.mark.parametrize("verb", ["post", "patch"])
def test_a_source_that_is_changed_is_compiled(
    client: TestClient, compiler: ScriptedExecutor, functions_path: str, function_id: str, verb: str
) -> None:
    compiler.ends(NOT_COMPILED)

    answer = getattr(client, verb)(f"{functions_path}/{function_id}", json={"data": BROKEN})

    assert warnings_of(answer) == [("function_js", "compile_error"), ("function_js", "module")]
    assert [request.source for request in compiler.requests] == ["exports.x = ;"]


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("post", {**BROKEN, "name": "another"}),
        ("patch", {"name": "another"}),
        ("patch", BROKEN),
        ("patch", {}),
    ],
)
def test_a_source_that_stays_is_not_compiled_again(
    client: TestClient, compiler: ScriptedExecutor, broken: str, verb: str, data: dict[str, str]
) -> None:
    compiler.requests.clear()

    assert warnings_of(getattr(client, verb)(broken, json={"data": data})) == []
    assert compiler.requests == []


def test_only_the_answer_to_the_write_has_warnings(
    client: TestClient, broken: str, functions_path: str
) -> None:
    fetched = client.get(broken).json()["data"]
    [listed] = client.get(functions_path).json()["data"]

    assert "_read_only" not in fetched
    assert "_read_only" not in listed


def test_a_write_that_is_refused_compiles_nothing(
    client: TestClient, compiler: ScriptedExecutor, functions_path: str, function_id: str
) -> None:
    path = f"{functions_path}/{function_id}"

    assert client.put(functions_path, json={"data": {"function_js": "{"}}).status_code == 400
    assert client.patch(path, json={"data": {"function_js": 5}}).status_code == 400
    refused = client.post(path, json={"data": BROKEN}, headers={"if-match": '"1-x"'})
    assert refused.status_code == 412
    assert compiler.requests == []


@pytest.mark.parametrize("trouble", [ExecutorBusyError(), ExecutorUnavailableError()])
def test_without_an_executor_a_source_is_kept_and_published(
    client: TestClient, compiler: ScriptedExecutor, functions_path: str, trouble: Exception
) -> None:
    compiler.ends(trouble)

    answer = client.put(functions_path, json={"data": BROKEN})

    assert warnings_of(answer) == []
    path = f"{functions_path}/{answer.json()['data']['id']}"
    assert client.put(f"{path}/versions", json={"data": {}}).status_code == 201


def test_a_source_that_does_not_compile_is_not_published(client: TestClient, broken: str) -> None:
    answer = client.put(f"{broken}/versions", json={"data": {}})

    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "function_js": {
            "error": {
                "message": "SyntaxError: Unexpected token ';', at line 1, column 13",
                "line": 1,
                "column": 13,
            }
        }
    }
    assert client.get(f"{broken}/versions").json()["data"] == []


def test_a_key_that_is_nearly_known_is_kept_and_reported(
    client: TestClient, functions_path: str
) -> None:
    data = {"name": "n", "function_js": "return 1", "wall_time_ms": 100, "enable": False}

    answer = client.put(functions_path, json={"data": data})

    assert warnings_of(answer) == [("wall_time_ms", "unknown_key"), ("enable", "unknown_key")]
    made = answer.json()["data"]
    assert (made["wall_time_ms"], made["enable"], made["enabled"]) == (100, False, True)
    path = f"{functions_path}/{made['id']}"
    assert warnings_of(client.patch(path, json={"data": {"name": "m"}})) == []
    assert warnings_of(client.patch(path, json={"data": {"functionjs": ""}})) == [
        ("functionjs", "unknown_key")
    ]
    assert warnings_of(client.patch(path, json={"data": {"functionjs": None}})) == []


def test_a_host_beyond_a_ceiling_is_kept_and_reported(client: TestClient, account_id: str) -> None:
    below = {"name": "n", "net": {"allow": ["*.example.com"]}}
    child = client.put(f"/v2/accounts/{account_id}", json={"data": below})
    functions_of_child = f"/v2/accounts/{child.json()['data']['id']}/functions"
    net = {"allow": ["a.example.com", "example.com", "example.org"]}
    data = {"name": "n", "function_js": "return 1", "net": net}

    answer = client.put(functions_of_child, json={"data": data})

    assert warnings_of(answer) == [("net", "beyond_ceiling")] * 2
    made = answer.json()["data"]
    assert made["net"] == net
    messages = [warning["message"] for warning in made["_read_only"]["warnings"]]
    assert ["`example.com`" in messages[0], "`example.org`" in messages[1]] == [True, True]
    url = f"{functions_of_child}/{made['id']}"
    assert warnings_of(client.patch(url, json={"data": {"name": "m"}})) == []
    patched = client.patch(url, json={"data": {"net": {"allow": ["a.example.com"]}}})
    assert warnings_of(patched) == []


def test_triggers_tell_of_such_keys(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    path = f"{functions_path}/{function_id}/triggers"
    data = {"name": "n", "type": "schedule", "schedule": "rate(1 hour)", "time_zone": "Asia/Tokyo"}

    made = client.put(path, json={"data": data})

    assert warnings_of(made) == [("time_zone", "unknown_key")]
    assert made.json()["data"]["time_zone"] == "Asia/Tokyo"
    one = f"{path}/{made.json()['data']['id']}"
    assert warnings_of(client.get(one)) == []
    assert warnings_of(client.patch(one, json={"data": {"enable": False}})) == [
        ("enable", "unknown_key")
    ]
    assert warnings_of(client.post(one, json={"data": data})) == [("time_zone", "unknown_key")]


def test_a_secret_under_another_key_is_reported(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    data = {"name": "n", "type": "webhook", "secrit": "correct horse"}

    answer = client.put(f"{functions_path}/{function_id}/triggers", json={"data": data})

    [warning] = answer.json()["data"]["_read_only"]["warnings"]
    assert warning["field"] == "secrit"
    assert "correct horse" not in warning["message"]


def test_accounts_tell_of_such_keys(client: TestClient, account_id: str) -> None:
    path = f"/v2/accounts/{account_id}"
    made = client.put(path, json={"data": {"name": "below", "enable": True}})

    assert warnings_of(made) == [("enable", "unknown_key")]
    below = f"/v2/accounts/{made.json()['data']['id']}"
    assert warnings_of(client.get(below)) == []
    assert warnings_of(client.patch(below, json={"data": {"nam": "x"}})) == [("nam", "unknown_key")]
    assert warnings_of(client.post(below, json={"data": {"name": "x", "Enabled": 1}})) == [
        ("Enabled", "unknown_key")
    ]


def test_known_keys_are_those_that_are_documented() -> None:
    limits = {f"limits.{name}" for name in schemas.FunctionLimits.model_json_schema()["properties"]}
    described = schemas.FunctionInput.model_json_schema()["properties"]
    keys_of_tool = described["tool"]["properties"]
    tool = {f"tool.{name}" for name in keys_of_tool}
    tool |= {f"tool.annotations.{name}" for name in keys_of_tool["annotations"]["properties"]}
    assert set(functions.KEYS) == {*described, *limits, *tool, "net.allow"}
    account = account_schemas.AccountInput.model_json_schema()["properties"]
    assert set(accounts.KEYS) == set(account)
    for trigger_type, model in trigger_schemas.MODELS.items():
        assert set(keys_of(trigger_type)) == set(model.model_json_schema()["properties"])


@pytest.mark.parametrize("trouble", [ExecutorBusyError(), ExecutorUnavailableError()])
def test_without_an_executor_modules_are_not_kept(
    client: TestClient, compiler: ScriptedExecutor, functions_path: str, trouble: Exception
) -> None:
    compiler.ends(trouble)
    modules = {"name": "m", "function_js": "import './a.js';", "files": {"a.js": ""}}

    answer = client.put(functions_path, json={"data": modules})

    assert answer.status_code in (502, 503)
    assert client.get(functions_path).json()["data"] == []
