"""Code of a language model calls tools as its key may, so many, so deep, and no others."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.mcp_messages import OLD, headers_of
from tests.support.servers import Server
from tests.support.tenants import Tenant
from tests.support.waiting import eventually

_SAYS = "return { said: call.text ?? null, trigger: context.trigger };"
_NESTS = "return 1 + await context.tools.nests().catch(({ message }) => message);"
_CALLS = """
let failed = 0, last;
for (let n = 0; n < call.times; n++) {
  await context.tools.says({}).catch(({ cause }) => { failed++; last = cause });
}
return { failed, last };
"""


def ask(tenant: Tenant, method: str, params: Any, key: str | None = None) -> Any:
    """Return the answer of an account in code mode."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with tenant.client(authorization=f"Bearer {key or tenant.api_key}") as client:
        path = f"/v2/accounts/{tenant.account_id}/mcp/code"
        headers = headers_of(OLD, method, params)
        return client.post(path, json=message, headers=headers).json()


def answered(tenant: Tenant, name: str, key: str | None = None, **arguments: Any) -> str:
    """Return the text of the answer of one of the three tools."""
    answer = ask(tenant, "tools/call", {"name": name, "arguments": arguments}, key)
    text: str = answer["result"]["content"][0]["text"]
    return text


def executed(tenant: Tenant, code: str, key: str | None = None) -> Any:
    """Return what code returns."""
    text = answered(tenant, "execute", key, code=code)
    return json.loads(text) if text[:1] in '{["0123456789tfn' else text


def add(tenant: Tenant, name: str, source: str, **document: Any) -> str:
    """Create a function that is a tool, and return its id."""
    document = {"tool": {"description": f"It {name}."}, "record": "all", **document}
    return tenant.create(source, name=name, **document)


@contextmanager
def limited_key(tenant: Tenant, **data: Any) -> Iterator[tuple[str, str]]:
    """Make another key of an account, and remove it: its id and itself."""
    path = f"/v2/accounts/{tenant.account_id}/api_keys"
    with tenant.client() as client:
        made = client.put(path, json={"data": data}).json()["data"]
        yield made["id"], made["api_key"]
        client.delete(f"{path}/{made['id']}")


@pytest.fixture(scope="module")
def says(alice: Tenant) -> str:
    return add(alice, "says", _SAYS)


@pytest.fixture(scope="module", autouse=True)
def others(alice: Tenant, mallory: Tenant, says: str) -> None:
    add(alice, "nests", _NESTS)
    add(alice, "calls", _CALLS, limits={"wall_time_ms": 25_000})
    add(alice, "throws", "throw new RangeError('not now')")
    add(alice, "sleeps", "while (true);", limits={"wall_time_ms": 100})
    add(alice, "asks", "return 1", tool={"description": "It asks.", "approval": True})
    add(alice, "off", "return 1", enabled=False)
    add(alice, "returns", "return 'x'.repeat(call.length)")
    add(mallory, "hers", "return 'secret'")
    assert says


def test_code_calls_tools_and_returns_what_it_made_of_them(alice: Tenant) -> None:
    code = """
        const all = await Promise.all(['a', 'b', 'c'].map((text) => tools.says({ text })));
        return all.map(({ said, trigger }) => said + trigger);
    """

    assert executed(alice, code) == ["atool", "btool", "ctool"]


def test_a_called_tool_has_a_record_that_names_who_called_it(alice: Tenant, says: str) -> None:
    params = {"name": "execute", "arguments": {"code": "return tools.says({ text: 'r' })"}}
    answer = ask(alice, "tools/call", params)

    root = answer["result"]["_meta"]["isolambda/execution_id"]
    with alice.client() as client:
        path = f"/v2/accounts/{alice.account_id}/functions/{says}/executions"
        assert client.get(path).json()["data"][0]["parent_id"] == root


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("hers()", ["Error", "unknown_tool", "there is no tool 'hers'"]),
        ("off()", ["Error", "unknown_tool", "there is no tool 'off'"]),
        (
            "asks()",
            ["Error", "approval_required", "'asks' was not called: a person has to approve"],
        ),
        ("execute({ code: '' })", ["Error", "unknown_tool", "there is no tool 'execute'"]),
        ("throws()", ["RangeError", "exception", "not now"]),
        ("says([1])", ["Error", "invalid", "the input of a tool is an object"]),
        (
            "sleeps()",
            ["WallTimeExceeded", "exceeded_wall_time", "the limit wall_time_ms is 100 ms"],
        ),
        (
            "says({ text: 'x'.repeat(300_000) })",
            ["Error", "exceeded_tools", "bytes of the arguments: 300011; the limit is 262144"],
        ),
        (
            "says({ text: 'x'.repeat(2 ** 20) })",
            ["RangeError", None, "the limit operation_message_characters is 1048576"],
        ),
        (
            "returns({ length: 300_000 })",
            ["Error", "exceeded_tools", "bytes of the result: 300002; the limit is 262144"],
        ),
    ],
)
def test_what_is_refused_or_fails_is_an_error_of_the_call(
    alice: Tenant, call: str, expected: list[str]
) -> None:
    code = f"""
        const shown = ({{ name, message, cause }}) => [name, cause?.code ?? null, message];
        return tools.{call}.catch(shown);
    """

    name, cause, message = executed(alice, code)

    assert [name, cause] == expected[:2]
    assert message.startswith(expected[2])


def test_a_person_lets_code_call_a_tool_once(alice: Tenant) -> None:
    code = """
        const calls = [1, 2, 3].map(() => tools.asks({ n: 1 }).catch(({ cause }) => cause));
        return Promise.all(calls);
    """
    first = executed(alice, code)
    [approval_id] = {cause["approval_id"] for cause in first}
    with alice.client() as person:
        path = f"/v2/accounts/{alice.account_id}/approvals/{approval_id}/approve"
        person.post(path).raise_for_status()

    second = executed(alice, code)

    assert second.count(1) == 1
    codes = {cause["code"] for cause in second if cause != 1}
    assert codes == {"approval_required"}


def test_calls_end_at_the_depth(alice: Tenant) -> None:
    ending = "depth of calls of tools: 5; the limit is 4"

    assert executed(alice, "return [await tools.nests()]") == [f"1111{ending}"]


def test_a_hundred_calls_are_made_whoever_makes_them(alice: Tenant) -> None:
    code = """
        const own = await tools.calls({ times: 60 });
        const more = await tools.calls({ times: 60 });
        return { own, more };
    """

    found = executed(alice, code)

    assert found["own"] == {"failed": 0}
    assert found["more"]["failed"] == 22
    limit = {"code": "exceeded_tools", "limit": "tool_calls", "value": 100, "used": 101}
    assert found["more"]["last"] == limit


def test_a_key_that_is_for_one_function_calls_that_alone(alice: Tenant, says: str) -> None:
    code = """
        const error = await tools.throws().catch(({ cause }) => cause.code);
        return [(await tools.says({ text: 'mine' })).said, error];
    """
    with limited_key(alice, scopes=["execute"], function_id=says) as (_, key):
        assert executed(alice, code, key) == ["mine", "unknown_tool"]
        assert answered(alice, "search", key, query="") == "says: It says."


def test_a_key_that_is_removed_meanwhile_calls_nothing_more(alice: Tenant) -> None:
    marks = add(alice, "marks", "return 1")
    code = """
        for (;;) {
            try { await tools.marks() } catch ({ cause, message }) { return [cause.code, message] }
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    """

    def has_begun() -> bool:
        with alice.client() as client:
            path = f"/v2/accounts/{alice.account_id}/functions/{marks}/executions"
            return bool(client.get(path).json()["data"])

    with ThreadPoolExecutor(1) as threads:
        with limited_key(alice, scopes=["execute"]) as (_, key):
            found = threads.submit(executed, alice, code, key)
            eventually(has_begun)
        assert found.result() == ["not_allowed", "the key of the caller is valid no more"]


def test_functions_that_are_executed_otherwise_have_no_tools(alice: Tenant) -> None:
    function = alice.create("return [typeof tools, typeof context.tools]")

    assert alice.execute(function)["result"] == ["undefined", "undefined"]


def test_calls_that_nothing_waits_for_harm_no_later_execution(
    alice: Tenant, server: Server
) -> None:
    for _ in range(3):
        assert executed(alice, "tools.says({}); tools.sleeps(); return 1") == 1
    assert executed(alice, "return (await tools.says({ text: 'still' })).said") == "still"
    assert server.process.poll() is None


def test_three_tools_are_listed_and_describe_the_others(alice: Tenant) -> None:
    listed = ask(alice, "tools/list", {})["result"]["tools"]
    assert [each["name"] for each in listed] == ["search", "describe", "execute"]

    assert answered(alice, "search", query="who says it").startswith("says: It says.")
    assert answered(alice, "describe", names=["says", "hers"]) == (
        "/** It says. */\ntools.says(input: Record<string, unknown>): Promise<unknown>\n\n"
        "// there is no tool 'hers'"
    )
