"""Code of a language model calls functions as tools, on one machine and on AWS."""

import json

from tests.support.hosts import Host
from tests.support.mcp_messages import OLD, headers_of
from tests.support.waiting import eventually

# What code asks for on AWS may begin with the start of another Lambda, which takes seconds.
PATIENT = {"wall_time_ms": 25_000}
_GREETS = "await tools.greet_all({ names: %s });"
_ASKS_FOR_NONE = "await tools.none().catch(({ cause }) => cause.code)"
_CODE = f"const greeted = {_GREETS} return [greeted, {_ASKS_FOR_NONE}];"


def executed(host: Host, code: str) -> tuple[str, str]:
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

    # Each of these starts Lambdas that the one before did not need, so that none waits for all.
    for code in ("return 1;", _GREETS % "[]", _GREETS % '["Ada"]'):
        executed(host, code)

    def in_time() -> tuple[str, str] | None:
        """Execute the code. If it waited too long for Lambdas to start, the next time has them."""
        text, root = executed(host, _CODE % '["Ada", "Grace"]')
        return None if text.startswith("exceeded_wall_time") else (text, root)

    text, root = eventually(in_time)

    assert json.loads(text) == [["Hello Ada", "Hello Grace"], "unknown_tool"]
    with host.client() as client:
        of_account = f"/v2/accounts/{host.credentials['account_id']}/functions"
        outers = client.get(f"{of_account}/{greet_all}/executions").json()["data"]
        inners = client.get(f"{of_account}/{greet}/executions").json()["data"]
    [outer] = [each for each in outers if each["parent_id"] == root]
    inner = [each for each in inners if each["parent_id"] == outer["execution_id"]]
    assert len(inner) == 2
    assert {each["trigger"] for each in (outer, *inner)} == {"tool"}
