"""The endpoint of the Model Context Protocol, by the messages that clients send."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.limits import MCP_MESSAGE_BYTES, MCP_RESULT_BYTES, TOOLS_PAGE
from tests.support.mcp_messages import META, MODERN, OLD, Ask

Add = Callable[..., str]
Script = Callable[[ExecutionResult | Exception], None]
BOTH = pytest.mark.parametrize("version", [OLD, MODERN])
ECHO = {"name": "say_hi", "arguments": {"name": "Ada"}}


@pytest.mark.parametrize(
    ("asked", "agreed"), [(OLD, OLD), ("2025-06-18", "2025-06-18"), ("1999-01-01", OLD)]
)
def test_initialize_agrees_on_the_version_of_the_client_or_names_the_newest(
    ask: Ask, asked: str, agreed: str
) -> None:
    info = {"name": "test", "version": "1"}
    params = {"protocolVersion": asked, "capabilities": {}, "clientInfo": info}

    answer = ask("initialize", params)

    assert answer.status_code == 200
    assert "mcp-session-id" not in answer.headers
    result = answer.json()["result"]
    assert (result["protocolVersion"], result["serverInfo"]["name"]) == (agreed, "isolambda")
    tasks: Any = {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}
    expected = {"tasks": tasks} if agreed == OLD else {}
    assert result["capabilities"] == {"tools": {"listChanged": False}, **expected}


def test_a_client_discovers_the_version_that_each_request_names(ask: Ask) -> None:
    result = ask("server/discover", {}, MODERN).json()["result"]

    assert result["supportedVersions"] == [MODERN]
    assert (result["resultType"], result["cacheScope"], result["ttlMs"]) == (
        "complete",
        "private",
        0,
    )


def test_a_ping_is_answered_with_nothing_in_it(ask: Ask) -> None:
    assert ask("ping").json() == {"jsonrpc": "2.0", "id": 1, "result": {}}


@BOTH
@pytest.mark.usefixtures("function_id")
def test_a_function_that_says_what_it_is_for_is_a_tool(ask: Ask, add: Add, version: str) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    result = {"type": "object", "properties": {"hi": {"type": "string"}}}
    annotations = {"title": "Hi", "readOnlyHint": True}
    add(input_schema=schema, result_schema=result, tool={"annotations": annotations})

    answer = ask("tools/list", {}, version).json()["result"]

    assert answer["tools"] == [
        {
            "name": "say_hi",
            "title": "Hi",
            "description": "Says hi.",
            "inputSchema": schema,
            "outputSchema": result,
            "annotations": annotations,
            **({"execution": {"taskSupport": "optional"}} if version == OLD else {}),
        }
    ]
    assert "nextCursor" not in answer


@BOTH
def test_a_call_executes_the_function_with_the_arguments(
    ask: Ask, add: Add, executed: list[ExecutionRequest], version: str
) -> None:
    function_id = add()

    result = ask("tools/call", ECHO, version).json()["result"]

    assert result["content"] == [{"type": "text", "text": '{"name":"Ada"}'}]
    assert result["isError"] is False
    [request] = executed
    assert (request.function_id, json.loads(request.input)) == (function_id, {"name": "Ada"})
    assert result["_meta"] == {
        "isolambda/execution_id": request.execution_id,
        "isolambda/outcome": "ok",
    }


def test_a_result_with_a_schema_is_structured_content(ask: Ask, add: Add) -> None:
    add(result_schema={"type": "object"})

    result = ask("tools/call", ECHO).json()["result"]

    assert result["structuredContent"] == {"name": "Ada"}
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


@pytest.mark.parametrize(("version", "is_there"), [(OLD, False), (MODERN, True)])
def test_results_that_are_no_objects_are_structured_since_the_version_that_has_them(
    ask: Ask, add: Add, script: Script, version: str, is_there: bool
) -> None:
    add(result_schema={"type": "array"})
    script(ExecutionResult("", Outcome.OK, b"[1,2]"))

    [tool] = ask("tools/list", {}, version).json()["result"]["tools"]
    result = ask("tools/call", ECHO, version).json()["result"]

    assert ("outputSchema" in tool) is is_there
    assert result.get("structuredContent") == ([1, 2] if is_there else None)


@pytest.mark.parametrize(
    ("result", "text"), [(b'"a\\nb"', "a\nb"), (b"[1]", "[1]"), (b"null", "null"), (None, "null")]
)
def test_a_text_comes_as_it_is_and_all_else_as_json(
    ask: Ask, add: Add, script: Script, result: bytes | None, text: str
) -> None:
    add()
    script(ExecutionResult("", Outcome.OK, result))

    [content] = ask("tools/call", ECHO).json()["result"]["content"]

    assert content["text"] == text


@BOTH
def test_an_execution_that_fails_is_a_result_that_the_model_can_read(
    ask: Ask, add: Add, script: Script, version: str
) -> None:
    add()
    error = ExecutionError("TypeError", "no such customer", "at function.js:3:9")
    script(ExecutionResult("", Outcome.EXCEPTION, error=error))

    answer = ask("tools/call", ECHO, version)

    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["isError"] is True
    text = "exception: TypeError: no such customer\nat function.js:3:9"
    assert result["content"] == [{"type": "text", "text": text}]
    assert result["_meta"]["isolambda/outcome"] == "exception"


def test_a_result_that_is_too_long_for_a_model_is_an_error_that_names_the_limit(
    ask: Ask, add: Add, script: Script
) -> None:
    add()
    script(ExecutionResult("", Outcome.OK, b'"%b"' % (b"x" * MCP_RESULT_BYTES)))

    result = ask("tools/call", ECHO).json()["result"]

    assert result["isError"] is True
    assert str(MCP_RESULT_BYTES) in result["content"][0]["text"]


def test_an_input_that_is_no_object_is_the_argument_input(
    ask: Ask, add: Add, executed: list[ExecutionRequest]
) -> None:
    add(input_schema={"type": "array", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {}}})

    [tool] = ask("tools/list").json()["result"]["tools"]
    ask("tools/call", {"name": "say_hi", "arguments": {"input": [1]}})
    missing = ask("tools/call", {"name": "say_hi", "arguments": {}}).json()["result"]

    inner = {"type": "array", "items": {"$ref": "#/properties/input/$defs/n"}, "$defs": {"n": {}}}
    assert tool["inputSchema"] == {
        "type": "object",
        "properties": {"input": inner},
        "required": ["input"],
    }
    assert [json.loads(request.input) for request in executed] == [[1]]
    assert missing["isError"] is True
    assert "'input' is required" in missing["content"][0]["text"]


def test_the_version_behind_live_is_the_tool_where_there_is_one(
    ask: Ask, add: Add, services: Services, account_id: str, executed: list[ExecutionRequest]
) -> None:
    function_id = add(input_schema={"type": "object", "title": "draft"})
    assert ask("tools/call", ECHO).json()["result"]["isError"] is False
    services.versions.publish(account_id, function_id, "")
    services.aliases.create(account_id, function_id, "live", Target(1), "")

    ask("tools/call", ECHO)

    assert [request.version for request in executed] == ["$LATEST", "1"]


@BOTH
def test_tools_come_in_pages(ask: Ask, add: Add, version: str) -> None:
    for number in range(TOOLS_PAGE + 3):
        add(f"tool {number}")

    first = ask("tools/list", {}, version).json()["result"]
    second = ask("tools/list", {"cursor": first["nextCursor"]}, version).json()["result"]

    assert (len(first["tools"]), len(second["tools"])) == (TOOLS_PAGE, 3)
    assert "nextCursor" not in second
    every = {tool["name"] for tool in (*first["tools"], *second["tools"])}
    assert every == {f"tool_{number}" for number in range(TOOLS_PAGE + 3)}


@pytest.mark.parametrize("cursor", ["", "x", "A" * 22 + "A", "%%%"])
def test_a_cursor_that_no_page_had_is_refused(ask: Ask, cursor: str) -> None:
    assert ask("tools/list", {"cursor": cursor}).json()["error"]["code"] == -32602


@pytest.mark.usefixtures("function_id")
@pytest.mark.parametrize(("version", "status"), [(OLD, 200), (MODERN, 400)])
def test_a_tool_that_there_is_not_is_an_error_of_the_parameters(
    ask: Ask, add: Add, version: str, status: int
) -> None:
    add("off", enabled=False)

    for name in ("nothing", "off", "x" * 500):
        answer = ask("tools/call", {"name": name}, version)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == -32602


@pytest.mark.parametrize(("version", "status"), [(OLD, 200), (MODERN, 404)])
@pytest.mark.parametrize("method", ["prompts/list", "resources/list", "tools/delete", "x"])
def test_a_method_that_there_is_not_is_said_to_be_none(
    ask: Ask, method: str, version: str, status: int
) -> None:
    answer = ask(method, {}, version)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, -32601)


@pytest.mark.parametrize("params", [{}, {"name": 1}, {"name": "x", "arguments": [1]}])
def test_parameters_of_another_form_are_refused_by_name(ask: Ask, params: Any) -> None:
    error = ask("tools/call", params).json()["error"]

    assert error["code"] == -32602
    assert error["message"].startswith(("params.name", "params.arguments"))


@BOTH
def test_arguments_that_do_not_fit_are_a_result_that_the_model_can_read(
    ask: Ask, add: Add, script: Script, version: str
) -> None:
    add()
    fault = InvalidDocumentError([Violation(("name",), "type", None, None, "no string")])
    fault.args = ("the input does not fit its schema: /name: no string",)
    script(fault)

    result = ask("tools/call", ECHO, version).json()["result"]

    assert result["isError"] is True
    assert result["content"][0]["text"] == "the input does not fit its schema: /name: no string"


def test_arguments_that_lie_about_identity_are_arguments(
    ask: Ask, add: Add, services: Services, executed: list[ExecutionRequest], account_id: str
) -> None:
    add()
    lie = {"account_id": "0" * 32, "caller": {"key_id": "root"}, "_meta": {"key_id": "root"}}

    ask("tools/call", {"name": "say_hi", "arguments": lie})

    [request] = executed
    assert request.account_id == account_id
    assert json.loads(request.input) == lie
    [own] = services.keys.list(account_id)
    context = json.loads(request.context)
    assert (context["trigger"], context["caller"]) == ("mcp", {"key_id": own.id})


def test_other_executions_are_told_no_caller(
    client: TestClient, functions_path: str, function_id: str, executed: list[ExecutionRequest]
) -> None:
    client.post(f"{functions_path}/{function_id}/execute", json={"data": {}})

    assert "caller" not in json.loads(executed[0].context)


def test_of_two_functions_with_one_name_the_first_is_the_tool_and_the_other_is_warned(
    ask: Ask, client: TestClient, functions_path: str
) -> None:
    def save(function_id: str) -> list[dict[str, str]]:
        tool = {"description": f"The tool of {function_id}.", "name": "same"}
        document = {"id": function_id, "name": "n", "function_js": "return 1", "tool": tool}
        saved = client.put(functions_path, json={"data": document}).json()["data"]
        warnings: list[dict[str, str]] = saved.get("_read_only", {}).get("warnings", [])
        return warnings

    first, second = "1" * 32, "2" * 32
    warned = [save(first), save(second)]

    assert warned[0] == []
    [warning] = warned[1]
    assert (warning["field"], warning["code"]) == ("tool", "name_taken")
    assert first in warning["message"]
    [tool] = ask("tools/list").json()["result"]["tools"]
    assert tool["description"] == f"The tool of {first}."


# --- What is let in -------------------------------------------------------------------------


def test_a_key_may_come_in_the_header_that_other_routes_take(ask: Ask, key: str) -> None:
    assert ask("ping", authorization="", x_auth_token=key).status_code == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Bearer " + "0" * 64])
def test_without_a_good_key_there_is_no_answer_but_how_to_show_one(ask: Ask, value: str) -> None:
    answer = ask("tools/list", authorization=value)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == -32000


@pytest.mark.parametrize(
    "query", ["auth_token={}", "api_key={}", "authorization=Bearer {}", "x={}"]
)
def test_a_key_in_the_query_is_refused(bare: TestClient, path: str, key: str, query: str) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"authorization": f"Bearer {key}"}

    answer = bare.post(f"{path}?{query.format(key)}", json=message, headers=headers)

    assert answer.status_code == 400
    assert "Authorization" in answer.json()["error"]["message"]
    assert key not in answer.text


def test_a_key_without_the_scope_neither_lists_nor_calls(
    ask: Ask, services: Services, account_id: str
) -> None:
    _, other = services.keys.create(account_id, [Scope.MANAGE], None)

    assert ask("tools/list", authorization=f"Bearer {other}").status_code == 403


def test_a_key_for_one_function_has_one_tool(
    ask: Ask, add: Add, services: Services, account_id: str
) -> None:
    add("other")
    function_id = add("mine")
    _, own = services.keys.create(account_id, [Scope.EXECUTE], function_id)
    bearer = {"authorization": f"Bearer {own}"}

    listed = ask("tools/list", **bearer).json()["result"]["tools"]
    other = ask("tools/call", {"name": "other"}, **bearer).json()
    mine = ask("tools/call", {"name": "mine"}, **bearer).json()

    assert [tool["name"] for tool in listed] == ["mine"]
    assert other["error"]["code"] == -32602
    assert mine["result"]["isError"] is False


def test_the_tools_of_another_account_are_not_there(ask: Ask, add: Add, services: Services) -> None:
    add()
    _, stranger = services.accounts.create_top("stranger")

    assert ask("tools/call", ECHO, authorization=f"Bearer {stranger}").status_code == 403


def test_an_account_that_there_is_not_is_not_found(bare: TestClient, key: str) -> None:
    headers = {"authorization": f"Bearer {key}"}
    for account in ("0" * 32, "x"):
        answer = bare.post(f"/v2/accounts/{account}/mcp", json={}, headers=headers)
        assert answer.status_code == 404


@pytest.mark.parametrize("verb", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"])
def test_messages_come_by_post_alone(bare: TestClient, path: str, verb: str) -> None:
    answer = bare.request(verb, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:6274", 200),
        ("http://127.0.0.1", 200),
        ("http://[::1]:80", 200),
        ("http://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://testserver", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
def test_a_page_of_another_origin_is_refused_whatever_name_it_came_by(
    ask: Ask, origin: str, status: int
) -> None:
    assert ask("ping", origin=origin, host="evil.example").status_code == status


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("accept", "text/html", 406),
        ("accept", "text/event-stream", 406),
        ("accept", "application/json", 200),
        ("accept", "*/*", 200),
        ("content_type", "text/plain", 415),
        ("content_type", "", 415),
        ("content_type", "application/json; charset=utf-8", 200),
        ("content_encoding", "gzip", 415),
        ("mcp_protocol_version", "2099-01-01", 400),
        ("mcp_protocol_version", "2025-03-26", 400),
        ("mcp_session_id", "made-up", 200),
    ],
)
def test_headers_are_held_to_the_protocol(ask: Ask, header: str, value: str, status: int) -> None:
    answer = ask("ping", **{header: value})

    assert answer.status_code == status
    if header == "mcp_protocol_version":
        error = answer.json()["error"]
        assert error["code"] == -32022
        assert error["data"] == {"supported": ["2025-06-18", OLD, MODERN], "requested": value}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("mcp_protocol_version", OLD),
        ("mcp_method", "tools/list"),
        ("mcp_name", "other"),
        ("mcp_name", "=?base64?!?="),
    ],
)
def test_headers_that_contradict_the_message_are_refused(
    ask: Ask, add: Add, executed: list[ExecutionRequest], header: str, value: str
) -> None:
    add()

    answer = ask("tools/call", ECHO, MODERN, **{header: value})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
    assert executed == []


def test_a_name_may_come_encoded_in_its_header(ask: Ask, add: Add) -> None:
    add()

    answer = ask("tools/call", ECHO, MODERN, mcp_name="=?base64?c2F5X2hp?=")

    assert answer.json()["result"]["isError"] is False


@pytest.mark.parametrize("lacking", META)
def test_a_request_that_lacks_what_each_has_to_say_is_refused(
    bare: TestClient, path: str, key: str, lacking: str
) -> None:
    meta = {name: value for name, value in META.items() if name != lacking}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    headers = {
        "authorization": f"Bearer {key}",
        "mcp-protocol-version": MODERN,
        "mcp-method": "tools/list",
    }

    answer = bare.post(path, json=message, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)
    assert lacking in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600),
        (b'"ping"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":1}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{}}', -32600),
    ],
)
def test_a_body_that_is_no_message_is_refused(
    bare: TestClient, path: str, key: str, body: bytes, code: int
) -> None:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    answer = bare.post(path, content=body, headers=headers)

    assert answer.status_code == 400
    assert (answer.json()["id"], answer.json()["error"]["code"]) == (None, code)


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "x"])
def test_a_notification_is_taken_and_answered_with_nothing(
    bare: TestClient, path: str, key: str, method: str
) -> None:
    message = {"jsonrpc": "2.0", "method": method}

    answer = bare.post(path, json=message, headers={"authorization": f"Bearer {key}"})

    assert (answer.status_code, answer.content) == (202, b"")


def test_a_million_bytes_of_arguments_go_through_and_more_than_the_limit_is_refused(
    ask: Ask, add: Add, executed: list[ExecutionRequest]
) -> None:
    add()

    taken = ask("tools/call", {"name": "say_hi", "arguments": {"x": "x" * 1_000_000}})
    refused = ask("tools/call", {"name": "say_hi", "arguments": {"x": "x" * MCP_MESSAGE_BYTES}})

    assert taken.json()["result"]["isError"] is False
    assert refused.status_code == 413
    assert str(MCP_MESSAGE_BYTES) in refused.json()["error"]["message"]
    assert len(executed) == 1
