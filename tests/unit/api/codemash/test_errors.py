"""CodeMash: every error is a responseStatus with the code that its SDKs look for."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    exceeded,
)
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import BODY_BYTES, CONTEXT_BYTES, INPUT_DEPTH, PAYLOAD_BYTES

Script = Callable[[ExecutionResult | Exception], None]
ABSENT = "0" * 32
FORM = {"content-type": "application/x-www-form-urlencoded"}
LONG = "x" * CONTEXT_BYTES


@pytest.fixture
def path(function_id: str) -> str:
    return f"/v2/serverless/functions/{function_id}/execute"


def status_of(answer: Any, expected: int) -> Mapping[str, Any]:
    """Return the responseStatus of an answer with the status that is expected."""
    assert answer.status_code == expected
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json().keys() == {"responseStatus"}
    status: Mapping[str, Any] = answer.json()["responseStatus"]
    assert status.keys() == {"errorCode", "message", "errors", "meta"}
    assert status["message"]
    return status


@pytest.mark.parametrize("key", [None, "wrong", "0" * 64])
def test_no_key_or_a_bad_one_is_unauthorized(
    anonymous: TestClient, path: str, key: str | None
) -> None:
    headers = {} if key is None else {"authorization": f"Bearer {key}"}

    assert status_of(anonymous.post(path, headers=headers), 401)["errorCode"] == "Unauthorized"


def test_a_malformed_id_is_a_format_exception(client: TestClient) -> None:
    status = status_of(client.post("/v2/serverless/functions/x/execute"), 400)

    assert status["errorCode"] == "FormatException"
    assert status["errors"] == [
        {
            "errorCode": "FormatException",
            "fieldName": "Id",
            "message": "Id must be a GUID",
            "meta": {},
        }
    ]


@pytest.mark.parametrize("project", ["x", "0" * 31, "{" + ABSENT + "}"])
def test_a_malformed_project_is_a_format_exception(
    client: TestClient, path: str, project: str
) -> None:
    status = status_of(client.post(path, headers={"x-cm-projectid": project}), 400)

    assert status["errors"][0]["fieldName"] == "ProjectId"


def test_a_foreign_project_is_forbidden(client: TestClient, path: str, services: Services) -> None:
    foreign, _ = services.accounts.create_top("foreign")

    status = status_of(client.post(path, headers={"x-cm-projectid": foreign.id}), 403)

    assert status["errorCode"] == "UnauthorizedAccessException"


def test_an_unknown_project_is_not_found(client: TestClient, path: str) -> None:
    status = status_of(client.post(path, headers={"x-cm-projectid": ABSENT}), 404)

    assert (status["errorCode"], status["message"]) == ("ResourceNotFound", "Project was not found")


def test_an_unknown_function_is_not_found(client: TestClient) -> None:
    status = status_of(client.post(f"/v1/serverless/functions/{ABSENT}/execute"), 404)

    assert (status["errorCode"], status["message"]) == (
        "ResourceNotFound",
        "Function was not found",
    )


@pytest.mark.parametrize("qualifier", ["1", 1, "live"])
def test_an_unknown_qualifier_is_not_found(
    client: TestClient, path: str, qualifier: str | int
) -> None:
    status = status_of(client.post(path, json={"qualifier": qualifier}), 404)

    assert status["errorCode"] == "ResourceNotFound"


@pytest.mark.parametrize(
    "qualifier",
    [[], {}, True, 1.5, -1, 10**10, 10**300, "1.5", "a b", "$latest", "live\n", " ", "a" * 129],
    ids=lambda qualifier: repr(qualifier)[:20],
)
def test_a_qualifier_is_a_number_or_a_name(client: TestClient, path: str, qualifier: Any) -> None:
    status = status_of(client.post(path, json={"qualifier": qualifier}), 400)

    assert status["errorCode"] == "ArgumentException"
    assert status["errors"][0]["fieldName"] == "Qualifier"


@pytest.mark.parametrize("name", ["Meta", "Tokens"])
@pytest.mark.parametrize("given", [5, True, [], ["a"], {"a": 1}, {"a": None}, {"a": {}}, "5", "[]"])
def test_meta_and_tokens_are_objects_of_texts(
    client: TestClient, path: str, executed: list[ExecutionRequest], name: str, given: Any
) -> None:
    status = status_of(client.post(path, json={name.lower(): given}), 400)

    assert status["errorCode"] == "ArgumentException"
    assert status["message"] == f"{name} must be an object of texts"
    assert [field["fieldName"] for field in status["errors"]] == [name]
    assert executed == []


@pytest.mark.parametrize("name", ["Meta", "Tokens"])
@pytest.mark.parametrize("given", ["x", "{", '{"a": NaN}', "[" * 100_000])
def test_meta_and_tokens_that_are_not_json_are_named(
    client: TestClient, path: str, name: str, given: str
) -> None:
    status = status_of(client.post(path, data={name: given}), 400)

    assert status["errorCode"] == "SerializationException"
    assert [field["fieldName"] for field in status["errors"]] == [name]


def test_meta_and_tokens_over_the_limit_are_refused(
    client: TestClient, path: str, executed: list[ExecutionRequest]
) -> None:
    room = CONTEXT_BYTES - len('{"meta":{"a":""},"tokens":{"b":""}}')
    longest = {"meta": {"a": "x" * room}, "tokens": {"b": ""}}

    assert client.post(path, json=longest).status_code == 200
    answer = client.post(path, json={**longest, "tokens": {"b": "x"}})

    status = status_of(answer, 400)
    assert status["errorCode"] == "ArgumentException"
    assert status["meta"] == {
        "limit": "context_bytes",
        "value": str(CONTEXT_BYTES),
        "used": str(CONTEXT_BYTES + 1),
    }
    assert status["errors"][0]["fieldName"] == "Meta"
    assert len(executed) == 1


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"meta": {"a": LONG}}, ["Meta"]),
        ({"tokens": {"a": LONG}}, ["Tokens"]),
        ({"meta": {}, "tokens": {"a": LONG}}, ["Tokens"]),
        ({"meta": {"a": "b"}, "tokens": {"a": LONG}}, ["Tokens", "Meta"]),
        ({"META": json.dumps({"a": LONG}), "tokens": {"a": "b"}}, ["Meta", "Tokens"]),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"prefer": "respond-async"}])
def test_texts_that_are_too_long_are_named_the_longest_first(
    client: TestClient,
    path: str,
    given: dict[str, Any],
    named: list[str],
    headers: dict[str, str],
) -> None:
    status = status_of(client.post(path, json=given, headers=headers), 400)

    assert [field["fieldName"] for field in status["errors"]] == named
    assert status["message"].startswith(f"{' and '.join(named)} ")
    assert str(CONTEXT_BYTES) in status["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"[1]",
        b"{",
        b'{"data": NaN}',
        b'{"data": 1e999}',
        b'{"data": "\xff"}',
        b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"data": "hello"}',
        b'{"data": "{\\"a\\": }"}',
        b'{"data": "NaN"}',
        b'{"data": "' + b"[" * 100_000 + b'"}',
    ],
)
def test_what_is_not_json_is_a_serialization_exception(
    client: TestClient, path: str, executed: list[ExecutionRequest], body: bytes
) -> None:
    assert status_of(client.post(path, content=body), 400)["errorCode"] == "SerializationException"
    assert executed == []


@pytest.mark.parametrize("body", [b"Data=%FF", b"Data=\xff", b"Data=x", b"other=%FF"])
def test_a_form_must_be_utf_8_and_hold_json(client: TestClient, path: str, body: bytes) -> None:
    status = status_of(client.post(path, headers=FORM, content=body), 400)

    assert status["errorCode"] == "SerializationException"


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a":1}]',
        b"[]",
        b'[{"a": "b=c"},]',
        b'"Data={}"',
        b"'Data={}'",
        b"['a=b']",
        b"a sentence = none",
        b"null",
        b"5",
        b"nothing",
        b"<a b='c'/>",
        b"{'Data': 1}",
        b"{",
        b'--x\r\nContent-Disposition: form-data; name="Data"\r\n\r\n{}\r\n--x--',
        b"%7B%22Data%22%3A1%7D",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf[1]",
        b"\x1f\x8b\x08\x00",
    ],
)
@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "application/json"])
def test_what_is_neither_an_object_nor_a_form_is_not_executed(
    client: TestClient,
    path: str,
    executed: list[ExecutionRequest],
    body: bytes,
    media_type: str,
) -> None:
    answer = client.post(path, headers={"content-type": media_type}, content=body)

    assert status_of(answer, 400)["errorCode"] == "SerializationException"
    assert executed == []


FAULTY_TEXTS = [
    ("{oops", "Expecting property name enclosed in double quotes at line 1 column 2"),
    ("{'a':1}", "Expecting property name enclosed in double quotes at line 1 column 2"),
    ('"a\x01"', "Invalid control character at line 1 column 3"),
    ('{"a": 1e400}', "a number is too large"),
    (f"[{'9' * 400}]", "a number is too large"),
    ("NaN", "NaN is not JSON"),
    ("[" * 600 + "]" * 600, f"nested more than {INPUT_DEPTH} levels deep"),
]


@pytest.mark.parametrize(("text", "reason"), FAULTY_TEXTS, ids=lambda each: each[:20])
@pytest.mark.parametrize("name", ["Data", "Template", "Meta", "Tokens"])
@pytest.mark.parametrize("spelled", [str.lower, str.upper, str])
def test_a_field_that_is_not_json_is_named_however_it_comes(
    client: TestClient,
    path: str,
    executed: list[ExecutionRequest],
    name: str,
    spelled: Callable[[str], str],
    text: str,
    reason: str,
) -> None:
    given = {spelled(name): text}

    for answer in (
        client.post(path, json=given),
        client.post(path, data=given),
        client.get(path, params=given),
        client.post(path, params=given),
    ):
        status = status_of(answer, 400)
        assert status["message"] == f"{name} is not valid JSON: {reason}"
        assert status["errors"] == [
            {
                "errorCode": "SerializationException",
                "fieldName": name,
                "message": status["message"],
                "meta": {},
            }
        ]
    assert executed == []


@pytest.mark.parametrize("name", ["Data", "template", "META", "tokens", "Qualifier"])
@pytest.mark.parametrize(
    "value",
    [b"{'a': 1}", b"[1e400]", b"9" * 400, b'"a\x01"', b'"\xff"', b"NaN", b"[" * 700 + b"]" * 700],
    ids=lambda value: repr(value)[:20],
)
def test_a_field_whose_value_breaks_the_json_of_a_body_is_named(
    client: TestClient, path: str, name: str, value: bytes
) -> None:
    body = b'{"other": {"a": [1]}, "%b": %b, "another": 1}' % (name.encode(), value)

    status = status_of(client.post(path, content=body), 400)

    assert status["errorCode"] == "SerializationException"
    assert [field["fieldName"] for field in status["errors"]] == [name.capitalize()]
    assert status["message"].startswith(f"{name.capitalize()} is not valid JSON: ")


@pytest.mark.parametrize("name", ["Data", "Template", "Qualifier", "Meta", "Tokens"])
def test_a_field_of_a_form_that_is_not_utf_8_is_named(
    client: TestClient, path: str, name: str
) -> None:
    answer = client.post(path, headers=FORM, content=f"a=1&{name.lower()}=%22%FF%22".encode())

    [field] = status_of(answer, 400)["errors"]
    assert field["fieldName"] == name
    assert field["message"] == f"{name} is not valid JSON: not UTF-8 at byte 1"


def test_a_name_of_a_client_s_own_is_not_repeated(client: TestClient, path: str) -> None:
    status = status_of(client.post(path, content='{"hunter2": x}'), 400)

    assert status["errors"] == []
    assert "hunter2" not in status["message"]


def test_other_media_types_are_not_supported(client: TestClient, path: str) -> None:
    answer = client.post(path, headers={"content-type": "text/xml"}, content="<a/>")

    assert status_of(answer, 415)["errorCode"] == "NotSupportedException"


def test_a_body_over_the_limit_is_too_large(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b" " * (BODY_BYTES + 1))

    assert status_of(answer, 413)["meta"] == {"limit": "body_bytes", "value": "8000000"}


def test_an_input_over_the_limit_is_too_large(client: TestClient, path: str) -> None:
    answer = client.post(path, json={"data": '"' + "x" * PAYLOAD_BYTES + '"'})

    status = status_of(answer, 413)
    assert status["errorCode"] == "RequestEntityTooLarge"
    assert status["meta"] == {
        "limit": "payload_bytes",
        "value": str(PAYLOAD_BYTES),
        "used": str(PAYLOAD_BYTES + 2),
    }


@pytest.mark.parametrize("name", ["Data", "Template"])
@pytest.mark.parametrize("headers", [{}, {"prefer": "respond-async"}])
def test_an_input_that_is_too_long_is_named(
    client: TestClient, path: str, name: str, headers: dict[str, str]
) -> None:
    long = '"' + "x" * PAYLOAD_BYTES + '"'

    for answer in (
        client.post(path, json={name.upper(): long}, headers=headers),
        client.post(path, data={name: long}, headers=headers),
        client.post(path, json={name: ["x" * PAYLOAD_BYTES]}, headers=headers),
    ):
        status = status_of(answer, 413)
        assert [field["fieldName"] for field in status["errors"]] == [name]
        assert status["message"].startswith(f"{name} is ")


def test_a_disabled_function_is_forbidden(client: TestClient, disabled_id: str) -> None:
    answer = client.post(f"/v2/serverless/functions/{disabled_id}/execute")

    assert status_of(answer, 403)["errorCode"] == "FunctionDisabled"


def test_an_exception_reads_as_in_javascript(
    client: TestClient, path: str, script: Script, executed: list[ExecutionRequest]
) -> None:
    thrown = ExecutionError("RangeError", "too far", "at function_js:2:7", 2, 7)
    script(ExecutionResult("", Outcome.EXCEPTION, error=thrown))

    answer = client.post(path)

    assert answer.headers["x-function-version"] == "$LATEST"
    status = status_of(answer, 500)
    assert (status["errorCode"], status["message"]) == ("RangeError", "too far")
    assert status["meta"] == {
        "executionId": executed[0].execution_id,
        "line": "2",
        "column": "7",
        "stack": "at function_js:2:7",
    }


def test_what_an_error_carries_is_reported_as_texts(
    client: TestClient, path: str, script: Script
) -> None:
    carried: Mapping[str, JsonValue] = {
        "name": "SyntaxError",
        "message": "ą",
        "stack": "s",
        "line": 1,
        "column": 12,
    }
    details: Mapping[str, JsonValue] = {
        "fields": {"status": 404, "lone": "\ud800"},
        "cause": carried,
        "errors": [carried, {"value": 5}],
    }
    error = ExecutionError("Error", "no", details=details)
    script(ExecutionResult("", Outcome.EXCEPTION, error=error))

    meta = status_of(client.post(path), 500)["meta"]

    assert {key: json.loads(meta[key]) for key in details} == details
    assert "ą" in meta["cause"]


def test_an_exception_without_a_place_has_empty_strings(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("Error", "no")))

    meta = status_of(client.post(path), 500)["meta"]

    assert (meta["line"], meta["column"], meta["stack"]) == ("", "", "")


@pytest.mark.parametrize(
    ("outcome", "limit", "expected"),
    [
        (Outcome.EXCEEDED_WALL_TIME, "wall_time_ms", (504, "FunctionTimeout")),
        (Outcome.EXCEEDED_MEMORY, "memory_mb", (500, "FunctionOutOfMemory")),
        (Outcome.EXCEEDED_RESULT, "result_bytes", (500, "FunctionResultTooLarge")),
    ],
)
def test_an_exceeded_limit_is_reported_with_its_numbers(
    client: TestClient,
    path: str,
    script: Script,
    outcome: Outcome,
    limit: str,
    expected: tuple[int, str],
) -> None:
    script(ExecutionResult("", outcome, error=exceeded(limit, 10, 12)))

    status, code = expected
    answer = status_of(client.post(path), status)

    assert answer["errorCode"] == code
    assert is_id(answer["meta"]["executionId"])
    assert answer["meta"] == {
        "executionId": answer["meta"]["executionId"],
        "limit": limit,
        "value": "10",
        "used": "12",
    }


def test_what_was_refused_is_reported_without_a_number(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.EXCEEDED_MEMORY, error=exceeded("memory_mb", 64)))

    answer = status_of(client.post(path), 500)

    assert answer["message"] == "the limit memory_mb is 64 MB; more was asked for"
    assert answer["meta"].keys() == {"executionId", "limit", "value"}


def test_a_result_that_is_no_json_is_reported_with_its_place(
    client: TestClient, path: str, script: Script
) -> None:
    error = ExecutionError("Error", "no", "Error: no\n    at get a (function.js:2:9)", 2, 9)
    script(ExecutionResult("", Outcome.INVALID_RESULT, error=error))

    answer = status_of(client.post(path), 500)

    assert answer["errorCode"] == "FunctionInvalidResult"
    meta = answer["meta"]
    assert (meta["line"], meta["column"], meta["stack"]) == ("2", "9", error.stack)


def test_a_fault_of_ours_names_the_execution(
    client: TestClient, path: str, script: Script, executed: list[ExecutionRequest]
) -> None:
    died = ExecutionError("WorkerDied", "it died")
    script(ExecutionResult("", Outcome.INTERNAL_ERROR, error=died))

    status = status_of(client.post(path), 500)

    assert (status["errorCode"], status["message"]) == ("FunctionInternalError", "it died")
    assert status["meta"] == {"executionId": executed[0].execution_id}


def test_a_busy_executor_asks_for_patience(client: TestClient, path: str, script: Script) -> None:
    script(ExecutorBusyError())

    answer = client.post(path)

    assert status_of(answer, 503)["errorCode"] == "ServiceUnavailable"
    assert answer.headers["retry-after"] == "1"


def test_an_executor_out_of_reach_is_a_bad_gateway(
    client: TestClient, path: str, script: Script
) -> None:
    script(ExecutorUnavailableError())

    assert status_of(client.post(path), 502)["errorCode"] == "BadGateway"


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
def test_another_verb_is_not_supported(client: TestClient, path: str, verb: str) -> None:
    answer = client.request(verb, path)

    assert status_of(answer, 405)["errorCode"] == "NotSupportedException"
    assert answer.headers["allow"] == "GET, POST"


def test_the_key_is_looked_at_before_anything_else(anonymous: TestClient) -> None:
    answer = anonymous.post(
        "/v2/serverless/functions/x/execute", headers={"x-cm-projectid": "x"}, content="{"
    )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        {"Meta": {f"k{number}": "." * 40 for number in range(20_000)}},
        {"Meta": {"k": 1, "l" * 100_000: 2}},
        {"Qualifier": "q" * 100_000},
        {"Data": "{" * 100_000},
        {"Data": "d" * 100_000, "x" * 100_000: 1},
    ],
    ids=["meta", "texts", "qualifier", "data", "names"],
)
def test_a_refusal_is_short_however_long_what_it_refuses(
    client: TestClient, function_id: str, sent: Any
) -> None:
    answer = client.post(f"/v2/serverless/functions/{function_id}/execute", json=sent)

    assert answer.status_code == 400
    assert len(answer.content) <= 64 * 1_024
