"""Code that calls many tools, and stays for none of them, is a burden to its own account alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import OPERATIONS_AT_ONCE, TOOL_CALLS
from tests.attacks.test_code_mode import add, executed
from tests.support.mcp_messages import OLD, headers_of
from tests.support.servers import Server
from tests.support.tenants import Tenant, tenant_at_the_top, tenant_of
from tests.support.waiting import eventually

LONG = {"wall_time_ms": 25_000}
_FIRES = f"""
for (let n = 0; n < {OPERATIONS_AT_ONCE}; n++) context.tools.works({{}});
await new Promise((sent) => setTimeout(sent, 20));
"""
"""Begins calls, and ends."""
_WORKS = "const end = Date.now() + 8_000; while (Date.now() < end);"
_PARALLEL = """
const settled = await Promise.allSettled(Array.from({ length: %d }, () => tools.again({})));
const found = {};
for (const { status, value, reason } of settled) {
  const name = status === 'fulfilled' ? 'calls' : reason.cause?.code ?? reason.name;
  found[name] = (found[name] ?? 0) + (value ?? 1);
}
return found;
"""
_AGAIN = """
const calls = Array.from({ length: 20 }, () => context.tools.again({}));
const settled = await Promise.allSettled(calls);
return settled.reduce((sum, { value }) => sum + (value ?? 0), 1);
"""


def test_calls_that_code_leaves_behind_keep_no_operation_of_others_waiting(server: Server) -> None:
    mallory, alice = tenant_at_the_top(server), tenant_at_the_top(server)
    add(mallory, "works", _WORKS, limits=LONG, record="none")
    add(mallory, "fires", _FIRES, limits=LONG, record="none")
    source = "await context.kv.put('key', 1); return context.kv.get('key')"
    reads = alice.create(source, kv=["default"], limits={"wall_time_ms": 5_000})
    assert alice.execute(reads)["outcome"] == "ok"

    executed(mallory, "for (let n = 0; n < 8; n++) await tools.fires({}); return 1")
    for _ in range(6):
        executed(mallory, _FIRES.replace("context.", ""))

    assert alice.execute(reads)["result"] == 1


@pytest.mark.parametrize("length", [150, 5_000])
def test_calls_at_once_are_counted_with_those_that_they_make(alice: Tenant, length: int) -> None:
    add(alice, "again", _AGAIN, limits=LONG, record="none")

    found = executed(alice, _PARALLEL % length)

    assert found.pop("calls") <= TOOL_CALLS
    assert set(found) <= {"exceeded_tools", "unavailable"}


def test_clients_that_go_leave_a_server_that_serves(server: Server) -> None:
    mallory, alice = tenant_at_the_top(server), tenant_at_the_top(server)
    add(mallory, "works", "const end = Date.now() + 500; while (Date.now() < end);", limits=LONG)
    params = {"name": "execute", "arguments": {"code": "return tools.works({})"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = headers_of(OLD, "tools/call", params)
    path = f"/v2/accounts/{mallory.account_id}/mcp/code"

    def go() -> None:
        authorization = f"Bearer {mallory.api_key}"
        gone = suppress(httpx2.TimeoutException)
        with mallory.client(authorization=authorization) as client, gone:
            client.post(path, json=message, headers=headers, timeout=0.2)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: go(), range(8)))

    assert [executed(alice, "return 1"), executed(mallory, "return 2")] == [1, 2]


def _disable_tool(tenant: Tenant, tool: str) -> None:
    with tenant.client() as client:
        path = f"/v2/accounts/{tenant.account_id}/functions/{tool}"
        client.patch(path, json={"data": {"enabled": False}}).raise_for_status()


def _disable_account(tenant: Tenant, _: str) -> None:
    with tenant.host.client() as client:
        path = f"/v2/accounts/{tenant.account_id}"
        client.patch(path, json={"data": {"enabled": False}}).raise_for_status()


@pytest.mark.parametrize(
    ("change", "code"), [(_disable_tool, "unknown_tool"), (_disable_account, "not_allowed")]
)
def test_what_is_disabled_meanwhile_is_called_no_more(
    server: Server, change: Callable[[Tenant, str], None], code: str
) -> None:
    tenant = tenant_of(server)
    marks = add(tenant, "marks", "return 1")
    loop = """
        for (let n = 0; n < 100; n++) {
            try { await tools.marks() } catch ({ cause }) { return [cause.code] }
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    """

    def has_begun() -> Any:
        with tenant.client() as client:
            path = f"/v2/accounts/{tenant.account_id}/functions/{marks}/executions"
            return client.get(path).json()["data"]

    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(partial(executed, tenant, loop))
        eventually(has_begun)
        change(tenant, marks)
        assert found.result() == [code]
