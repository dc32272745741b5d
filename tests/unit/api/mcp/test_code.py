"""Code mode: three tools in the place of all."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.limits import CODE_CHARACTERS
from tests.support.mcp_messages import MODERN, OLD, Ask

TOKEN_BYTES = 4
"""How many bytes of JSON a token of a model stands for, about; `tests.clients` counts tokens."""


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/mcp/code"


@pytest.fixture
def text(ask: Ask) -> Callable[..., str]:
    """Return the text of the answer of one of the tools."""

    def text(name: str, **arguments: Any) -> str:
        answer = ask("tools/call", {"name": name, "arguments": arguments}).json()["result"]
        return str(answer["content"][0]["text"])

    return text


@pytest.mark.parametrize("version", [OLD, MODERN])
def test_two_hundred_tools_take_no_more_of_a_context_than_three(
    ask: Ask, add: Callable[..., str], version: str
) -> None:
    for number in range(200):
        schema = {"type": "object", "properties": {"a": {"type": "string"}}}
        add(f"tool {number}", tool={"description": "Does it. " * 20}, input_schema=schema)

    listed = ask("tools/list", version=version).json()["result"]["tools"]

    assert [each["name"] for each in listed] == ["search", "describe", "execute"]
    assert len(json.dumps(listed)) / TOKEN_BYTES <= 1_500


def test_tools_are_found_by_words_of_name_and_description(
    text: Callable[..., str], add: Callable[..., str]
) -> None:
    add("list_orders", tool={"description": "Lists what customers ordered."})
    add("refund", tool={"description": "Pays an order back;\n see list_orders."})
    add("weather", tool={"description": "Tells the weather."})

    assert text("search", query="ORDERS list") == (
        "list_orders: Lists what customers ordered.\nrefund: Pays an order back; see list_orders."
    )
    assert text("search", query="moon") == "no tool has any of these words"
    assert len(text("search", query="").splitlines()) == 3


def test_a_search_ends_and_says_so(text: Callable[..., str], add: Callable[..., str]) -> None:
    for number in range(25):
        add(f"tool {number}")

    *found, rest = text("search", query="tool").splitlines()
    assert (len(found), rest) == (20, "and 5 more: search by other words")


def test_tools_are_described_as_code_calls_them(
    text: Callable[..., str], add: Callable[..., str]
) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
    tool = {"name": "get-order", "description": "Gets */ one."}
    add("a", tool=tool, input_schema=schema, result_schema={"type": ["string", "null"]})

    described = text("describe", names=["get-order", "a'b"])

    assert described.startswith('/** Gets * / one. */\ntools["get-order"](input: {')
    assert "Promise<string | null>" in described
    assert described.endswith('// there is no tool "a\'b"')


def test_the_description_of_a_tool_says_that_a_person_approves_its_calls(
    text: Callable[..., str], add: Callable[..., str]
) -> None:
    add("pay", tool={"description": "Pays.", "approval": True})

    described = text("describe", names=["pay"])

    assert "A person approves each call" in described
    assert "tools.pay(input: " in described


def test_code_is_executed_with_the_rights_of_the_key_and_nothing_else(
    text: Callable[..., str], executed: list[ExecutionRequest], account_id: str
) -> None:
    assert text("execute", code="return 1") == "null"

    [request] = executed
    assert (request.account_id, request.source) == (account_id, "return 1")
    assert (request.isolation, request.features) == ("fresh", ("tools",))
    assert (request.net, request.secrets, request.kv) == ((), (), None)
    assert isinstance(request.tools, ToolGrant)
    assert (request.tools.depth, request.tools.root_id) == (0, request.execution_id)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search", {}),
        ("search", {"query": 1}),
        ("describe", {"names": "a"}),
        ("describe", {"names": ["a"] * 21}),
        ("describe", {"names": []}),
        ("describe", {"names": [["a"]]}),
        ("describe", {"names": [{}]}),
        ("execute", {}),
        ("execute", {"code": ["return 1"]}),
        ("execute", {"code": "x" * (CODE_CHARACTERS + 1)}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_other_arguments_are_for_the_model_to_mend(
    ask: Ask, name: str, arguments: Any, executed: list[ExecutionRequest]
) -> None:
    answer = ask("tools/call", {"name": name, "arguments": arguments}).json()["result"]

    assert answer["isError"] is True
    assert f"the arguments are not those of inputSchema of {name}" in answer["content"][0]["text"]
    assert executed == []


def test_there_is_no_other_tool_and_no_page(ask: Ask, add: Callable[..., str]) -> None:
    add("greet")
    for method, params in (
        ("tools/call", {"name": "greet", "arguments": {}}),
        ("tools/list", {"cursor": "AAAA"}),
    ):
        assert ask(method, params).json()["error"]["code"] == -32602
