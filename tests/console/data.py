"""What accounts hold that a console has to bear."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from isolambda_local.data_directory import DATABASE_NAME
from tests.support.servers import Server
from tests.support.tenants import Tenant

MARKUP = "<img src=x onerror=document.title='markup'>"
RIGHT_TO_LEFT = "פונקציה ראשונה"
EMOJI = "👩‍👩‍👧‍👦 family 🏳️‍🌈"
OVERRIDE = "a\u202egnp.exe"  # an override turns around what stands behind it
LONGEST = "n" * 128
HOSTILE_NAMES = (MARKUP, RIGHT_TO_LEFT, EMOJI, OVERRIDE, LONGEST, "</script><script>", "{{x}}")
DEEP = 30
"""How deep a nested result is: deeper than a person reads, and less deep than JSON may be."""

_JSON = {"content-type": "application/json"}
_COPY = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
INSERT INTO functions (
    account_id, id, revision, created_at, modified_at, deleted, breakers, document, source
)
SELECT account_id, printf('%032x', n), revision, created_at, modified_at, deleted, breakers,
    json_set(document, '$.name', printf('function %05d', n)), source
FROM functions, numbers WHERE account_id = ? AND id = ?
"""


def fill_with_functions(server: Server, account: Tenant, count: int) -> None:
    """Make many functions, called ``function 00001`` and so on, by one statement.

    A request for each would take minutes, and no tenant may have so many by itself.
    """
    pattern = account.create("return 1", name="pattern")
    path = server.data_dir / DATABASE_NAME
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        connection.execute(_COPY, (count, account.account_id, pattern))
    with account.client() as client:
        client.delete(account.functions_url(pattern)).raise_for_status()


def nested(depth: int) -> str:
    """Return the source of a function whose result is nested."""
    return (
        f"let value = {{ at: {depth} }};"
        f" for (let n = {depth} - 1; n >= 0; n--) value = {{ at: n, below: [value] }};"
        " return value"
    )


def logs(lines: int, characters: int) -> str:
    """Return the source of a function that writes long lines to the console."""
    text = json.dumps("x" * characters)
    return f"for (let n = 0; n < {lines}; n++) console.log(n + {text}); return {lines}"


@dataclass(frozen=True)
class Furnished:
    """Ids in an account that has something for every view to show."""

    function: str
    failing: str
    execution: str
    failure: str
    trigger: str


def furnish(account: Tenant) -> Furnished:
    """Give an account something of all that the console shows."""
    greet = account.create(
        "console.log('hello', call.name);\nreturn { text: `hello ${call.name}`, at: [1, 2, 3] };",
        name="greet",
        record="all",
        tool={"description": "Greets people by name.", "approval": True},
    )
    failing = account.create(
        "const order = call.order;\nconsole.warn('no order');\nreturn order.total;",
        name="total of an order",
        record="all",
    )
    account.create("return 1", name="off", enabled=False)
    execution = account.execute(greet, {"name": "Ada"})["execution_id"]
    failure = account.execute(failing)["execution_id"]
    with account.client() as client:

        def put(path: str, /, **data: Any) -> dict[str, Any]:
            url = f"/v2/accounts/{account.account_id}/{path}"
            made: dict[str, Any] = client.put(url, json={"data": data}).json()
            return made

        put(f"functions/{greet}/versions", description="the first")
        source = "return `hi ${call.name}`;"
        change = {"function_js": source, "input_schema": {"required": ["name"]}}
        client.patch(account.functions_url(greet), json={"data": change}).raise_for_status()
        put(f"functions/{greet}/versions", description="shorter")
        put(f"functions/{greet}/aliases", name="live", version=1, contract="enforced")
        daily = {"name": "daily", "type": "schedule", "schedule": "rate(1 day)"}
        trigger = put(f"functions/{greet}/triggers", **daily)["data"]["id"]
        put(f"functions/{greet}/triggers", name="page", type="http", path="page",
            auth={"type": "none"})  # fmt: skip
        for name, text in (("greets", "hello Ada"), ("waves", "bye Ada")):
            saved = {"input": {"name": "Ada"}, "expect": {"subset": {"text": text}}}
            put(f"functions/{greet}/calls/{name}", **saved)
        put("secrets/STRIPE_KEY", value="correct horse battery", hosts=["api.stripe.com"])
        put("api_keys", scopes=["execute"])
    call_tool(account, "greet", {"name": "Ada"})
    return Furnished(greet, failing, execution, failure, trigger)


def call_tool(account: Tenant, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a tool as a language model's client does, and return what came of it."""
    call = {"name": tool, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {
        "authorization": f"Bearer {account.api_key}",
        "mcp-protocol-version": "2025-11-25",
    }
    with account.client(**headers) as client:
        url = f"/v2/accounts/{account.account_id}/mcp"
        answered = client.post(url, content=json.dumps(message), headers=_JSON)
    result: dict[str, Any] = answered.json()["result"]
    return result
