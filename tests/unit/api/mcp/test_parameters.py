"""Arguments that a client of 2026-07-28 repeats in headers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.executions.execution import ExecutionRequest
from tests.support.mcp_messages import META, MODERN, OLD, Ask, headers_of

Add = Callable[..., str]
Call = Callable[..., Any]
SCHEMA = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "count": {"type": "integer", "x-mcp-header": "Count"},
        "dry": {"type": "boolean", "x-mcp-header": "Dry"},
        "at": {
            "type": "object",
            "properties": {"zone": {"type": "string", "x-mcp-header": "Zone"}},
        },
        "free": {"type": "string"},
    },
}


@pytest.fixture
def call(ask: Ask, add: Add) -> Call:
    """Call the tool with a schema, arguments and headers, and return the answer."""

    def call(arguments: Any, headers: dict[str, str], schema: Any = SCHEMA) -> Any:
        add(input_schema=schema)
        params = {"name": "say_hi", "arguments": arguments}
        return ask("tools/call", params, MODERN, **headers)

    return call


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({"region": "eu"}, {"mcp_param_region": "eu"}),
        ({"region": "eu", "free": "x"}, {"MCP_PARAM_REGION": "eu", "mcp_param_other": "y"}),
        ({"region": "Zürich\n"}, {"mcp_param_region": "=?base64?WsO8cmljaAo=?="}),
        ({"region": "=?base64?"}, {"mcp_param_region": "=?base64?"}),
        ({}, {}),
        ({"count": 42}, {"mcp_param_count": "42"}),
        ({"count": 42.0}, {"mcp_param_count": "42"}),
        ({"count": -42}, {"mcp_param_count": "-42.0"}),
        ({"dry": True}, {"mcp_param_dry": "true"}),
        ({"dry": False}, {"mcp_param_dry": "false"}),
        ({"at": {"zone": "a"}}, {"mcp_param_zone": "a"}),
    ],
)
def test_a_call_whose_headers_have_the_arguments_reaches_the_function(
    call: Call, executed: list[ExecutionRequest], arguments: Any, headers: dict[str, str]
) -> None:
    answer = call(arguments, headers)

    assert answer.json()["result"]["isError"] is False
    assert json.loads(executed[0].input) == arguments


@pytest.mark.parametrize("region", [None, ["eu"]])
def test_an_argument_that_no_header_can_have_is_for_the_schema_to_refuse(
    call: Call, region: Any
) -> None:
    result = call({"region": region}, {}).json()["result"]

    assert result["isError"] is True
    assert "/region" in result["content"][0]["text"]


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({"region": "eu"}, {}),
        ({"region": "eu"}, {"mcp_param_region": "us"}),
        ({"region": "eu"}, {"mcp_param_region": "EU"}),
        ({"region": "eu"}, {"mcp_param_region": ""}),
        ({"region": "eu"}, {"mcp_param_region": "=?base64?!?="}),
        ({}, {"mcp_param_region": "eu"}),
        ({"region": None}, {"mcp_param_region": "null"}),
        ({"region": ["eu"]}, {"mcp_param_region": "eu"}),
        ({"count": 42}, {"mcp_param_count": "43"}),
        ({"count": 42}, {"mcp_param_count": "42.5"}),
        ({"count": 42}, {"mcp_param_count": "4e1"}),
        ({"count": 42}, {"mcp_param_count": "9" * 5_000}),
        ({"count": 1}, {"mcp_param_count": "true"}),
        ({"dry": True}, {"mcp_param_dry": "1"}),
        ({"at": {"zone": "a"}}, {}),
        ({"at": "a"}, {"mcp_param_zone": "a"}),
    ],
)
def test_a_call_whose_headers_say_otherwise_is_refused(
    call: Call, executed: list[ExecutionRequest], arguments: Any, headers: dict[str, str]
) -> None:
    answer = call(arguments, headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
    assert "the header Mcp-Param-" in answer.json()["error"]["message"]
    assert executed == []


@pytest.mark.parametrize("name", ["mcp-param-region", "mcp-name", "mcp-method"])
def test_a_header_that_comes_twice_is_no_value(
    bare: TestClient, path: str, key: str, add: Add, executed: list[ExecutionRequest], name: str
) -> None:
    add(input_schema=SCHEMA)
    params = {"name": "say_hi", "arguments": {"region": "eu"}, "_meta": META}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {**headers_of(MODERN, "tools/call", params), "mcp-param-region": "eu"}
    headers |= {"authorization": f"Bearer {key}"}

    once = bare.post(path, json=message, headers=headers)
    twice = bare.post(path, json=message, headers=[*headers.items(), (name, headers[name])])

    assert once.json()["result"]["isError"] is False
    assert (twice.status_code, twice.json()["error"]["code"]) == (400, -32020)
    assert len(executed) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"a": {"type": "string", "x-mcp-header": ""}},
        {"a": {"type": "string", "x-mcp-header": "a b"}},
        {"a": {"type": "string", "x-mcp-header": 1}},
        {"a": {"type": "number", "x-mcp-header": "A"}},
        {"a": {"x-mcp-header": "A"}},
        {
            "a": {"type": "string", "x-mcp-header": "A"},
            "b": {"type": "string", "x-mcp-header": "a"},
        },
        {
            "a": {"type": "string", "x-mcp-header": "A"},
            "b": {"type": "array", "items": {"type": "string", "x-mcp-header": "B"}},
        },
        {
            "a": {"type": "string", "x-mcp-header": "A"},
            "b": {"anyOf": [{"type": "string", "x-mcp-header": "B"}]},
        },
        {"x-mcp-header": {"type": "string"}, "a": {"enum": ["a", {"x-mcp-header": "A"}]}},
    ],
)
def test_a_schema_that_breaks_the_rules_names_no_header(call: Call, schema: Any) -> None:
    answer = call({"a": "a"}, {}, {"type": "object", "properties": schema})

    assert "result" in answer.json()


def test_an_input_that_is_no_object_is_named_as_the_argument_that_it_is(
    call: Call, executed: list[ExecutionRequest]
) -> None:
    schema = {"type": "string", "x-mcp-header": "Text"}

    assert call({"input": "a"}, {"mcp_param_text": "b"}, schema).status_code == 400
    assert call({"input": "a"}, {"mcp_param_text": "a"}, schema).status_code == 200
    assert [request.input for request in executed] == [b'"a"']


def test_other_versions_have_no_such_headers(ask: Ask, add: Add) -> None:
    add(input_schema=SCHEMA)

    answer = ask("tools/call", {"name": "say_hi", "arguments": {"region": "eu"}}, OLD)

    assert answer.json()["result"]["isError"] is False
