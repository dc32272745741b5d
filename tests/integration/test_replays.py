"""A replay finds what a change changes, and nothing where it changes nothing.

Executions are recorded on a real server, with hosts, values and tools. A change of the source is
then replayed: 20 that matter, each of which is found, and 20 that do not, none of which is.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.support.http_server import HttpServer
from tests.support.mcp_messages import OLD, headers_of
from tests.support.servers import Server, starting
from tests.support.waiting import eventually

INPUTS = [
    {"number": number, "customer": f"c{number % 3}", "items": [["tea", 1.5 * number], ["cup", 7]]}
    for number in range(1, 24)
] + [{"number": 0, "customer": "c0", "items": []}]

CUSTOMER = "  fetch(`${URL}/customers/${call.customer}`).then((answer) => answer.json()),\n"
RATES = "  fetch(`${URL}/rates`).then((answer) => answer.json()),\n"
SOURCE = """
const rounded = (amount) => Math.round(amount * 100) / 100;
if (call.items.length === 0) throw new RangeError("an order has items");
const [customer, rates] = await Promise.all([
  fetch(`${URL}/customers/${call.customer}`).then((answer) => answer.json()),
  fetch(`${URL}/rates`).then((answer) => answer.json()),
]);
const lines = [];
for (const [name, price] of call.items) {
  lines.push({ name, price: rounded(price * rates.vat), tags: ["sold", name] });
}
const total = rounded(lines.reduce((sum, line) => sum + line.price, 0));
await context.kv.put(`order:${call.number}`, { total, customer: customer.name });
const orders = await context.kv.increment("orders");
await fetch(`${URL}/orders`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ number: call.number, total }),
});
console.log("ordered", total);
return {
  number: call.number,
  total,
  orders,
  discount: -customer.discount,
  lines,
  customer: { name: customer.name, since: null },
  id: crypto.randomUUID(),
  at: Date.now(),
  lot: Math.floor(Math.random() * 1e9),
  day: new Date().toISOString().slice(0, 10),
};
"""

CHANGED = {
    "a value": ("  total,\n  orders", "  total: total + 1,\n  orders"),
    "a key that is gone": ("  discount: -customer.discount,\n", ""),
    "a key that is new": ("  orders,\n", "  orders,\n  currency: 'EUR',\n"),
    "a type": ("number: call.number,\n  total", "number: `${call.number}`,\n  total"),
    "the order of an array": ("  lines,\n", "  lines: lines.reverse(),\n"),
    "a value deep inside": ('["sold", name]', '["sold", name.toUpperCase()]'),
    "a sign": ("discount: -customer", "discount: customer"),
    "null for a value": ("since: null", "since: 'today'"),
    "an error in the place of a result": (
        "const lines = [];",
        "if (call.number === 5) throw new Error('five');\nconst lines = [];",
    ),
    "another message of an error": ("an order has items", "an order needs items"),
    "another name of an error": ("new RangeError", "new TypeError"),
    "another outcome": ("return {\n", "if (call.number === 3) return 1n;\nreturn {\n"),
    "the URL of a request": ("${URL}/orders", "${URL}/orders?v=2"),
    "the method of a request": ('method: "POST"', 'method: "PUT"'),
    "a header of a request": ('"application/json" },', '"application/json", "x-v": "2" },'),
    "the body of a request": (
        "JSON.stringify({ number: call.number, total })",
        "JSON.stringify({ number: call.number, total, paid: false })",
    ),
    "one request more": ("const lines = [];", "await fetch(`${URL}/rates`);\nconst lines = [];"),
    "one request less": (
        "await context.kv.put(`order:${call.number}`, { total, customer: customer.name });",
        "",
    ),
    "a key in the store": ("`order:${call.number}`", "`orders/${call.number}`"),
    "a value in the store": ("customer: customer.name });", "customer: call.customer });"),
    "nothing for a result": ("return {\n", "if (call.number === 2) return;\nreturn {\n"),
}
"""What is found in the results or requests, as a text of the source and what takes its place."""

SLOWER = (
    "const lines = [];",
    "for (let n = 0, x = 0; n < 2e7; n++) x += n % 7;\nconst lines = [];",
)
LARGER = (
    "const lines = [];",
    "globalThis.held = new Float64Array(2e6).fill(0.5);\nconst lines = [];",
)

HARMLESS = {
    "another name": ("rounded", "inCents"),
    "another order of keys": (
        "  number: call.number,\n  total,\n  orders,\n",
        "  orders,\n  total,\n  number: call.number,\n",
    ),
    "comments": ("const lines = [];", "// All that is sold.\nconst lines = []; /* none yet */"),
    "formatting": (
        "  number: call.number,\n  total,\n  orders,\n",
        "number:call.number,total,orders,",
    ),
    "the clock, read in another way": ("at: Date.now()", "at: new Date().getTime()"),
    "other random numbers": ("Math.floor(Math.random() * 1e9)", "Math.floor(1e9 * Math.random())"),
    "an id, made in another way": (
        "id: crypto.randomUUID()",
        "id: [...crypto.getRandomValues(new Uint8Array(16))].join('-')",
    ),
    "the date, made in another way": (
        "new Date().toISOString().slice(0, 10)",
        "new Date(Date.now()).toISOString().split('T')[0]",
    ),
    "requests at once in another order": (
        f"[customer, rates] = await Promise.all([\n{CUSTOMER}{RATES}",
        f"[rates, customer] = await Promise.all([\n{RATES}{CUSTOMER}",
    ),
    "faster": (
        "for (const [name, price] of call.items) {",
        "for (let n = 0; n < call.items.length; n++) { const [name, price] = call.items[n];",
    ),
    "lines on the console": ('console.log("ordered", total);', 'console.warn("was", total, 1);'),
    "code that is never reached": ("return {\n", "if (false) return 1;\nreturn {\n"),
    "a helper": (
        "const total = rounded(lines.reduce((sum, line) => sum + line.price, 0));",
        """const sumOf = (all) => all.map(({ price }) => price).reduce((a, b) => a + b, 0);
const total = rounded(sumOf(lines));""",
    ),
    "another await": ("const lines = [];", "const lines = await (async () => [])();"),
    "a Map for an object": (
        "customer: { name: customer.name, since: null }",
        "customer: Object.fromEntries(new Map([['name', customer.name], ['since', null]]))",
    ),
    "a Set that keeps the order": (
        'tags: ["sold", name]',
        'tags: [...new Set(["sold", name, "sold"])]',
    ),
    "a round trip by JSON": ("  lines,\n", "  lines: JSON.parse(JSON.stringify(lines)),\n"),
    "another kind of text": ("`order:${call.number}`", '"order:" + call.number'),
    "an early return": (
        "const lines = [];",
        "if (call.items.length > 99) return null;\nconst lines = [];",
    ),
    "a default parameter": (
        "const rounded = (amount) => Math.round(amount * 100) / 100;",
        "const rounded = (amount, by = 100) => Math.round(amount * by) / by;",
    ),
}


class World:
    """A host that counts what it is asked, and answers otherwise each time."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        while (await receive()).get("more_body"):
            pass
        answers = {
            "/rates": {"vat": round(1 + random.random(), 3)},  # noqa: S311 - no secret
            "/orders": {},
        }
        customer = {"name": f"name {self.asked}", "discount": self.asked}
        body = json.dumps(answers.get(scope["path"], customer)).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with starting(tmp_path_factory.mktemp("replays")) as start:
        yield start("--workers", "2", "--private-fetch", "--bucket-tokens", "1000000")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def source(world: World) -> Iterator[str]:
    """The source of the old version."""
    with HttpServer(world) as host:
        yield f"const URL = {json.dumps(host.url)};\n{SOURCE}"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def url(server: Server, client: httpx2.Client, source: str) -> str:
    """A function whose version 1 has executed all inputs."""
    function = server.create(
        source,
        record="replayable",
        net={"allow": ["127.0.0.1"]},
        kv=["orders"],
        limits={"wall_time_ms": 25_000},
    )
    url = server.functions_url(function)
    publish(client, url)
    for payload in INPUTS:
        executed = client.post(
            f"{url}/execute", params={"qualifier": "1"}, json={"data": payload}
        ).json()["data"]
        assert executed["outcome"] == ("ok" if payload["items"] else "exception"), executed
    return url


def publish(client: httpx2.Client, url: str) -> str:
    made = client.put(f"{url}/versions", json={"data": {}})
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["version"])


def replayed(
    client: httpx2.Client, url: str, source: str, change: tuple[str, str]
) -> list[dict[str, Any]]:
    """Return the reports of a replay on the source with a change of it.

    One is enough, unless the machine is so busy that its time is over before.
    """
    old, new = change
    assert old in source
    answer = client.patch(url, json={"data": {"function_js": source.replace(old, new)}})
    assert answer.status_code == 200, answer.text
    reports: list[dict[str, Any]] = []
    wanted = {"from": "1", "to": "$LATEST"}
    while True:
        answer = client.post(f"{url}/replays", json={"data": wanted})
        assert answer.status_code == 200, answer.text
        reports.append(answer.json()["data"])
        if "next_start_key" not in reports[-1]:
            break
        wanted["start_key"] = reports[-1]["next_start_key"]
    assert sum(each["summary"]["compared"] for each in reports) == len(INPUTS), reports
    return reports


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_change_that_matters_is_found(
    client: httpx2.Client, url: str, source: str, world: World, change: tuple[str, str]
) -> None:
    asked = world.asked

    found = replayed(client, url, source, change)

    assert any(report["summary"]["different"] > 0 for report in found)
    assert world.asked == asked


@pytest.mark.parametrize(("name", "change"), [("cpu_ms", SLOWER), ("memory_mb", LARGER)])
def test_a_version_that_takes_more_is_found(
    client: httpx2.Client, url: str, source: str, name: str, change: tuple[str, str]
) -> None:
    def found() -> bool:  # where enough of them were compared at once
        reports = replayed(client, url, source, change)
        return any(report["summary"][name]["more"] for report in reports)

    assert eventually(found)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_change_that_does_not_matter_is_not_flagged(
    client: httpx2.Client, url: str, source: str, world: World, change: tuple[str, str]
) -> None:
    asked = world.asked

    found = replayed(client, url, source, change)

    executions = [each for report in found for each in report["executions"]]
    assert [each for each in executions if each["verdict"] == "different"] == []
    for name in ("cpu_ms", "memory_mb"):
        assert [report for report in found if report["summary"][name]["more"]] == []
    assert world.asked == asked


def test_another_argument_of_a_tool_is_found(server: Server, client: httpx2.Client) -> None:
    source = "return (await context.tools.price({ item: call.item })) * call.count;"
    of_both: Any = {"tool": {"description": "It is."}, "record": "replayable"}
    server.create("return call.item.length;", name="price", **of_both)
    url = server.functions_url(server.create(source, name="sum", **of_both))
    publish(client, url)
    code = "return tools.sum({ item: 'tea', count: 2 });"
    params = {"name": "execute", "arguments": {"code": code}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    path = f"/v2/accounts/{server.credentials['account_id']}/mcp/code"
    called = client.post(path, json=message, headers=headers_of(OLD, "tools/call", params)).json()
    assert called["result"]["content"][0]["text"] == "6", called

    def replayed(new: str) -> Any:
        client.patch(url, json={"data": {"function_js": new}}).raise_for_status()
        data = {"data": {"from": "1", "to": "$LATEST"}}
        [execution] = client.post(f"{url}/replays", json=data).json()["data"]["executions"]
        return execution

    same = replayed(f"{source} // as it was")
    other = replayed(source.replace("item: call.item", "item: call.item, vat: true"))

    assert (same["verdict"], same["reason"]) == ("equal", None)
    assert other["differences"] == []
    [request] = other["requests"]
    assert (request["path"], request["new"]) == ("/requests/tool price/0/arguments/vat", True)
