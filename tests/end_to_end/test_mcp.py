"""Functions as tools, by the official client of the Model Context Protocol."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent, Tool

from isolambda_core.domain.limits import TOOLS_PAGE
from tests.support.commands import COMMAND
from tests.support.hosts import Host
from tests.support.mcp_messages import headers_of
from tests.support.tenants import Tenant, tenant_of
from tests.support.waiting import WAIT_S

T = TypeVar("T")
Use = Callable[[Client], Awaitable[T]]
OLD, MODERN = "2025-11-25", "2026-07-28"
VERSIONS = {"legacy": OLD, "auto": MODERN, MODERN: MODERN}
"""The version that each mode of the client ends up with."""
MODES = pytest.mark.parametrize("mode", VERSIONS)
CUSTOMER = {
    "type": "object",
    "properties": {"customer": {"type": "string"}},
    "required": ["customer"],
}
CENTS = {"type": "object", "properties": {"cents": {"type": "integer"}}, "required": ["cents"]}
BALANCE: dict[str, Any] = {
    "name": "balance of a customer",
    "tool": {"description": "Returns the balance of a customer.", "name": "get_balance"},
    "input_schema": CUSTOMER,
    "result_schema": CENTS,
}


def using(tenant: Tenant, mode: str, use: Use[T]) -> T:
    """Return what ``use`` returns of a client with the key of a tenant, or another key."""
    url = httpx2.URL(f"{tenant.credentials['url']}/v2/accounts/{tenant.account_id}/mcp")
    headers = {"authorization": f"Bearer {tenant.api_key}"}
    if url.host.endswith(".localhost"):  # a stack's, which an event loop asks the network for
        headers["host"] = url.netloc.decode()
        url = url.copy_with(host="127.0.0.1")

    async def main() -> T:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=WAIT_S) as http,
            Client(streamable_http_client(str(url), http_client=http), mode=mode) as client,
        ):
            return await use(client)

    return anyio.run(main)


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


@MODES
def test_the_client_lists_a_tool_and_calls_it(tenant: Tenant, mode: str) -> None:
    tenant.create("return {cents: call.customer.length}", **BALANCE)

    async def use(client: Client) -> tuple[str, list[Tool], CallToolResult]:
        listed = await client.list_tools()
        called = await client.call_tool("get_balance", {"customer": "Ada"})
        return client.protocol_version, listed.tools, called

    spoken, [tool], result = using(tenant, mode, use)

    assert spoken == VERSIONS[mode]
    assert (tool.name, tool.description) == ("get_balance", "Returns the balance of a customer.")
    assert (tool.input_schema, tool.output_schema) == (CUSTOMER, CENTS)
    assert result.is_error is False
    assert result.structured_content == {"cents": 3}
    assert json.loads(text_of(result)) == {"cents": 3}


@MODES
def test_the_client_sees_how_a_call_fails(tenant: Tenant, mode: str) -> None:
    tenant.create("throw new TypeError('no customer ' + call.customer)", **BALANCE)

    async def use(client: Client) -> tuple[CallToolResult, MCPError]:
        failed = await client.call_tool("get_balance", {"customer": "Ada"})
        with pytest.raises(MCPError) as caught:
            await client.call_tool("get_nothing", {})
        return failed, caught.value

    failed, unknown = using(tenant, mode, use)

    assert failed.is_error is True
    assert text_of(failed).startswith("exception: TypeError: no customer Ada")
    assert unknown.code == -32602
    assert "get_nothing" in unknown.message


def test_a_call_that_a_person_approves_is_executed_when_it_is_made_again(tenant: Tenant) -> None:
    tool = {"description": "Pays.", "name": "pay", "approval": True}
    tenant.create("return call.cents", name="pay", tool=tool)

    async def use(client: Client) -> CallToolResult:
        return await client.call_tool("pay", {"cents": 5})

    asked = using(tenant, MODERN, use)
    approval_id = (asked.meta or {})["isolambda/approval_id"]
    with tenant.client() as person:
        path = f"/v2/accounts/{tenant.account_id}/approvals/{approval_id}/approve"
        person.post(path).raise_for_status()
    paid, again = using(tenant, MODERN, use), using(tenant, MODERN, use)

    assert (asked.is_error, paid.is_error, again.is_error) == (True, False, True)
    assert text_of(asked).startswith("approval_required: 'pay' was not called")
    assert text_of(paid) == "5"


def test_a_call_as_a_task_is_answered_when_the_client_asks(tenant: Tenant) -> None:
    tenant.create("return {cents: call.customer.length}", **BALANCE)
    path = f"/v2/accounts/{tenant.account_id}/mcp"

    def ask(client: httpx2.Client, method: str, **params: Any) -> Any:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"mcp-protocol-version": OLD}
        return client.post(path, json=message, headers=headers).json()["result"]

    with tenant.client(authorization=f"Bearer {tenant.api_key}") as client:
        call = {"name": "get_balance", "arguments": {"customer": "Ada"}}
        task = ask(client, "tools/call", **call, task={"ttl": 60_000})["task"]
        result = ask(client, "tasks/result", taskId=task["taskId"])
        ended = ask(client, "tasks/get", taskId=task["taskId"])

    assert (task["status"], ended["status"]) == ("working", "completed")
    assert result["structuredContent"] == {"cents": 3}


@MODES
def test_the_client_repeats_arguments_in_headers_where_a_schema_says_so(
    tenant: Tenant, mode: str
) -> None:
    customer = {"type": "string", "x-mcp-header": "Customer"}
    schema = {"type": "object", "properties": {"customer": customer}}
    tenant.create(
        "return call.customer", **{**BALANCE, "input_schema": schema, "result_schema": {}}
    )

    async def use(client: Client) -> list[CallToolResult]:
        await client.list_tools()
        names = ("Ada", "Zoë ", "=?base64?QQ==?=")
        return [await client.call_tool("get_balance", {"customer": name}) for name in names]

    results = using(tenant, mode, use)

    assert [text_of(each) for each in results] == ["Ada", "Zoë ", "=?base64?QQ==?="]


@pytest.fixture(scope="module")
def many_tools(host: Host) -> tuple[Tenant, set[str]]:
    """An account with one tool more than a page holds, and the names of its tools."""
    tenant = tenant_of(host)
    names = {f"tool_{number}" for number in range(TOOLS_PAGE + 1)}
    for name in names:
        tenant.create("return 1", name=name, tool={"description": "Returns 1."})
    return tenant, names


@MODES
def test_the_client_pages_through_all_tools(many_tools: tuple[Tenant, set[str]], mode: str) -> None:
    tenant, expected = many_tools

    async def use(client: Client) -> list[list[str]]:
        pages: list[list[str]] = []
        cursor = None
        while not pages or cursor is not None:
            page = await client.list_tools(cursor=cursor)
            pages.append([tool.name for tool in page.tools])
            cursor = page.next_cursor
        return pages

    pages = using(tenant, mode, use)

    assert [len(page) for page in pages] == [TOOLS_PAGE, 1]
    assert {name for page in pages for name in page} == expected


@MODES
def test_a_program_serves_the_same_on_stdin_and_stdout(tenant: Tenant, mode: str) -> None:
    tenant.create("return {cents: call.customer.length}", **BALANCE)
    of_profile = {
        "ISOLAMBDA_URL": tenant.credentials["url"],
        "ISOLAMBDA_KEY": tenant.api_key,
    }
    server = StdioServerParameters(command=str(COMMAND), args=["mcp"], env=of_profile)

    async def main() -> tuple[str, list[CallToolResult]]:
        async with Client(server, mode=mode) as client:
            called = [await client.call_tool("get_balance", {"customer": "Ada"}) for _ in range(2)]
            return client.protocol_version, called

    spoken, results = anyio.run(main)

    assert spoken == VERSIONS[mode]
    assert [result.structured_content for result in results] == [{"cents": 3}] * 2


def test_a_key_that_is_none_gets_no_answer_of_the_protocol(tenant: Tenant, host: Host) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with host.client(Authorization="Bearer " + "0" * 64) as stranger:
        answer = stranger.post(f"/v2/accounts/{tenant.account_id}/mcp", json=message)

    assert answer.status_code == 401


def test_a_task_is_cancelled_before_it_has_ended(tenant: Tenant) -> None:
    """By messages: this client has no tasks any more."""
    source = "await new Promise((done) => setTimeout(done, 4_000))"
    tenant.create(source, name="sleep", tool={"description": "Sleeps."})

    with tenant.client(authorization=f"Bearer {tenant.api_key}") as client:

        def ask(method: str, **params: Any) -> Any:
            message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            headers = headers_of(OLD, method, params)
            path = f"/v2/accounts/{tenant.account_id}/mcp"
            return client.post(path, json=message, headers=headers).json()

        task_id = ask("tools/call", name="sleep", task={})["result"]["task"]["taskId"]
        cancelled = ask("tasks/cancel", taskId=task_id)["result"]
        again = ask("tasks/cancel", taskId=task_id)
        listed = ask("tasks/list")["result"]["tasks"]
        ended = ask("tasks/result", taskId=task_id)

    assert (cancelled["taskId"], cancelled["status"]) == (task_id, "cancelled")
    assert again["error"]["message"] == "the task has ended"
    assert listed == [cancelled]
    assert ended["error"]["message"] == "the task was cancelled"
