"""Code of a language model calls functions as tools, on one machine and on AWS."""

import json
from typing import Any

from tests.support.hosts import Host
from tests.support.mcp_messages import OLD, headers_of

# What code asks for on a local AWS may begin with the start of another Lambda, in seconds.
PATIENT = {"wall_time_ms": 25_000}
_CODE = """
const greeted = await tools.greet_all({ names: ['Ada', 'Grace'] });
const failure = await tools.none().catch(({ cause }) => cause.code);
return [greeted, failure];
"""


def executed(host: Host, code: str) -> Any:
    """Return what code returns, and the id of its execution."""
    params = {"name": "execute", "arguments": {"code": code}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    path = f"/v2/accounts/{host.credentials['account_id']}/mcp/code"
    with host.client() as client:
        answer = client.post(path, json=message, headers=headers_of(OLD, "tools/call", params))
    result = answer.json()["result"]
    return result["content"][0]["text"], result["_meta"]["isolambda/execution_id"]


def test_code_calls_a_tool_that_calls_another(host: Host) -> None:
    greet = host.create(
        "return `Hello ${call.name}`",
        name="greet",
        tool={"description": "Greets one."},
        record="all",
        limits=PATIENT,
    )
    greet_all = host.create(
        "const { greet } = context.tools;\n"
        "return Promise.all(call.names.map((name) => greet({ name })));",
        name="greet all",
        tool={"description": "Greets all."},
        record="all",
        limits=PATIENT,
    )

    text, root = executed(host, _CODE)

    assert json.loads(text) == [["Hello Ada", "Hello Grace"], "unknown_tool"]
    with host.client() as client:
        of_account = f"/v2/accounts/{host.credentials['account_id']}/functions"
        [outer] = client.get(f"{of_account}/{greet_all}/executions").json()["data"]
        inner = client.get(f"{of_account}/{greet}/executions").json()["data"]
    assert outer["parent_id"] == root
    assert [each["parent_id"] for each in inner] == [outer["execution_id"]] * 2
    assert {each["trigger"] for each in (outer, *inner)} == {"tool"}
