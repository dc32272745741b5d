"""What a client sends that is none, or wants none of us well: each message has an honest answer."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_core.domain.executions.execution import ExecutionRequest
from tests.support.mcp_messages import META, MODERN, OLD

HOSTILE: tuple[Any, ...] = (
    *(None, True, -1, 1.5, 10**300, 2**63, "", "\ud800", "\0", "é", "x" * 200_000),
    *([], [[]], {}, {"__proto__": 1}, {"a": [{}] * 1_000}),
)
"""Values that stand where something else is expected."""
INFO = {"protocolVersion": OLD, "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
CALL = {"name": "say_hi", "arguments": {}}
PLACES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("tools/call", CALL, "name"),
    ("tools/call", CALL, "arguments"),
    ("tools/call", CALL, "task"),
    ("tools/call", CALL, "_meta"),
    ("tools/list", {}, "cursor"),
    ("initialize", INFO, "protocolVersion"),
    ("initialize", INFO, "capabilities"),
    ("tasks/get", {}, "taskId"),
    ("tasks/result", {}, "taskId"),
    ("tasks/cancel", {}, "taskId"),
    ("tasks/list", {}, "cursor"),
)
"""A method, its parameters, and the one that is made up."""


def messages(value: Any) -> Iterator[dict[str, Any]]:
    """Yield messages that have a value in each place."""
    whole = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    for name in ("id", "method", "jsonrpc", "params"):
        yield {**whole, name: value}
    for method, params, name in PLACES:
        yield {**whole, "method": method, "params": {**params, name: value}}
    for name in META:
        params = {**CALL, "_meta": {**META, name: value}}
        yield {**whole, "method": "tools/call", "params": params}


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_each_message_is_answered_as_the_protocol_says(
    bare: TestClient, path: str, key: str, add: Callable[..., str], value: Any
) -> None:
    add()

    for message in messages(value):
        for version in ({}, {"mcp-protocol-version": MODERN, "mcp-method": "tools/call"}):
            headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            answer = bare.post(path, content=json.dumps(message), headers=headers | version)

            assert answer.status_code < 500, message
            if answer.status_code == 202:  # it had no id
                continue
            body = answer.json()
            assert (body["jsonrpc"], "result" in body) == ("2.0", "error" not in body)


def test_a_name_that_is_made_up_comes_back_as_long_as_names_are(
    bare: TestClient, path: str, key: str
) -> None:
    for method, params in (("tools/call", {"name": "😀" * 100_000}), ("😀" * 100_000, {})):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        for where in (path, f"{path}/code"):
            answer = bare.post(where, json=message, headers={"authorization": f"Bearer {key}"})
            assert len(answer.content) < 4_096


@pytest.mark.parametrize(
    "arguments",
    [
        b'{"to": "Ada", "to": "Mallory"}',
        b'{"__proto__": {"to": "Mallory"}, "constructor": 1}',
        b'{"to": "\\u0041da", "cents": 1e2, "none": -0}',
        b'{"to": "Ada\\u202e\\u0000\\ud800"}',
    ],
)
def test_what_a_person_approves_is_what_is_executed(
    bare: TestClient,
    client: TestClient,
    path: str,
    key: str,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
    arguments: bytes,
) -> None:
    add(tool={"approval": True})
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say_hi","arguments":%b}}'
    )
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    bare.post(path, content=body % arguments, headers=headers)
    approvals = path.removesuffix("mcp") + "approvals"
    [approval] = client.get(approvals).json()["data"]
    client.post(f"{approvals}/{approval['id']}/approve")
    bare.post(path, content=body % arguments, headers=headers)

    [request] = executed
    assert json.loads(request.input) == approval["arguments"]
