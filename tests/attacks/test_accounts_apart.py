"""What one account leaves in a worker reaches no other account, on any route."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.hosts import Host
from tests.support.processes import children
from tests.support.servers import Server
from tests.support.tenants import Tenant
from tests.support.waiting import eventually

VICTIM = "return {module: 'tts', data: {text: String(parseInt('7'))}}"
PLANTED = {
    "a declaration in a source that does not compile": (
        "}); function parseInt() { return 666; } (function () {"
    ),
    "a lexical declaration": "}); let parseInt = () => 666; (function () {",
    "a declaration behind an await": "await 1; }); class parseInt {} (async function () {",
    "a global": "globalThis.parseInt = () => 666; return 1",
    "a built-in's method": "String.prototype.toString = () => 'x'; parseInt = () => 666; return 1",
    "a getter of all objects": (
        "Object.defineProperty(Object.prototype, 'data', {get: () => 666, set() {}}); return 1"
    ),
    "a timer": "setTimeout(() => { globalThis.parseInt = () => 666; }, 1); return 1",
}


def by_execute(host: Host, function: str) -> Any:
    return host.execute(function)["result"]


def by_call(host: Host, function: str) -> Any:
    return host.call(function).json()


def by_codemash(host: Host, function: str) -> Any:
    with host.client() as client:
        return client.post(f"/v2/serverless/functions/{function}/execute").json().get("result")


def by_queue(host: Host, function: str) -> Any:
    with host.client() as client:
        url = f"{host.functions_url(function)}/execute"
        taken = client.post(url, json={"data": {}}, headers={"Prefer": "respond-async"})

        def look() -> Any:
            record = client.get(taken.headers["location"]).json()["data"]
            return record if record["status"] in ("succeeded", "failed") else None

        return eventually(look).get("result")


FORK_SERVER_WORKER_AND_SPARE = 3
WAYS: list[Callable[[Host, str], Any]] = [by_execute, by_call, by_codemash, by_queue]


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
@pytest.mark.parametrize("way", WAYS)
def test_what_one_account_plants_another_does_not_meet(
    mallory: Tenant, alice: Tenant, way: Callable[[Host, str], Any], planted: str
) -> None:
    victim = alice.create(VICTIM)
    attack = mallory.create(planted)

    for _ in range(3):
        way(mallory, attack)
        found = way(alice, victim)
        assert "7" in str(found)
        assert "666" not in str(found)


@pytest.mark.parametrize("isolation", ["version", "fresh"])
@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_nor_does_another_function_of_the_same_account(
    mallory: Tenant, planted: str, isolation: str
) -> None:
    attack = mallory.create(planted, isolation=isolation)

    for n in range(4):
        mallory.execute(attack)
        victim = mallory.create(f"{VICTIM} // {n}", isolation=isolation)
        assert mallory.execute(victim)["result"]["data"]["text"] == "7"


def tenant_of_child(parent: Tenant) -> Tenant:
    with parent.client() as client:
        url = f"/v2/accounts/{parent.account_id}"
        made = client.put(url, json={"data": {"name": "below"}}).json()["data"]["id"]
        shown = client.get(f"/v2/accounts/{made}/api_key").json()["data"]
    return Tenant(parent.host, made, shown["api_key"])


@pytest.mark.parametrize("of", ["a stranger", "an account below"])
def test_a_worker_process_serves_one_account(
    server: Server, mallory: Tenant, alice: Tenant, of: str
) -> None:
    """As seen from outside: for each turn of another account there is a process more."""
    other = alice if of == "a stranger" else tenant_of_child(mallory)
    functions = [(tenant, tenant.create("return 1")) for tenant in (mallory, other)]
    seen: set[int] = set()

    def settled() -> set[int] | None:
        # The worker of before has made way, and there is a spare that was not there before.
        found = set(children(server.process.pid))
        return found if len(found) == FORK_SERVER_WORKER_AND_SPARE and found - seen else None

    for tenant, function in functions * 3:
        tenant.execute(function)
        seen |= eventually(settled)

    workers = len(functions) * 3
    assert len(seen) >= workers - 1 + FORK_SERVER_WORKER_AND_SPARE
