"""``isolambda mcp``: messages on stdin, answers on stdout, and nothing else there."""

import json
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import MCP_MESSAGE_BYTES
from tests.unit.cli.fake_api import KEY, FakeApi
from tests.unit.cli.installations import isolambda

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
NEW_META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}


def answers(*messages: Any) -> list[Any]:
    """Return what comes back, in the order of the ids, for messages that are sent as lines."""
    lines = [m if isinstance(m, str) else json.dumps(m) for m in messages]
    ended = isolambda("mcp", stdin="\n".join(lines))
    assert (ended.exit_code, ended.stderr) == (0, "")
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    return sorted(found, key=lambda answer: answer["id"] or 0)


def echo(request: httpx2.Request) -> httpx2.Response:
    message = json.loads(request.content)
    if "id" not in message:
        return httpx2.Response(202)
    result = {"protocolVersion": "2025-11-25", "of": message["method"]}
    return httpx2.Response(200, json={"jsonrpc": "2.0", "id": message["id"], "result": result})


def test_each_message_is_answered_and_a_notification_with_nothing(fake: FakeApi) -> None:
    fake.handlers["POST mcp"] = echo

    found = answers(PING, {"jsonrpc": "2.0", "method": "notifications/initialized"}, "", PING)

    assert [answer["result"]["of"] for answer in found] == ["ping", "ping"]
    assert len(fake.requests) == 3
    assert {request.headers["x-auth-token"] for request in fake.requests} == {KEY}


def test_headers_say_what_the_protocol_has_there(fake: FakeApi) -> None:
    fake.handlers["POST mcp"] = echo
    params = {"name": "žalia", "_meta": NEW_META}

    answers({**PING, "method": "tools/call", "params": params})

    [request] = fake.requests
    assert request.headers["mcp-protocol-version"] == "2026-07-28"
    assert request.headers["mcp-method"] == "tools/call"
    assert request.headers["mcp-name"] == "=?base64?xb5hbGlh?="


def test_what_is_no_message_is_an_error_and_the_next_line_is_read(fake: FakeApi) -> None:
    fake.handlers["POST mcp"] = echo

    found = answers("{", "x" * (MCP_MESSAGE_BYTES * 2 + 5), PING)

    assert [answer.get("error", {}).get("code") for answer in found] == [-32700, -32700, None]
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (httpx2.ConnectError("refused"), "is not reached"),
        (httpx2.Response(502, text="<html>"), "does not answer as Isolambda does"),
        (httpx2.Response(301, headers={"location": "https://x.example"}), "x.example"),
    ],
)
def test_a_server_that_does_not_answer_is_an_error_of_the_request(
    fake: FakeApi, reply: Any, text: str
) -> None:
    fake.handlers["POST mcp"] = reply

    [answer] = answers(PING)

    assert (answer["id"], answer["error"]["code"]) == (1, -32000)
    assert text in answer["error"]["message"]


def test_a_refusal_of_the_server_is_of_the_request_that_it_refused(fake: FakeApi) -> None:
    error = {"code": -32000, "message": "the key may not do this"}
    body = {"jsonrpc": "2.0", "id": None, "error": error}
    fake.handlers["POST mcp"] = httpx2.Response(403, json=body)

    assert answers(PING) == [{**body, "id": 1}]
