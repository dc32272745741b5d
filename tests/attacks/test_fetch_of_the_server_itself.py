"""A function that fetches from the server that executes it has no more rights than a stranger."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.domain.limits import FETCH_HOPS
from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_at_the_top

FETCHES = """
    const {url, method} = call;
    const headers = {authorization: 'Bearer x', 'isolambda-function': '0', via: '::1'};
    try {
        return (await fetch(url, {method, headers, redirect: 'manual'})).status;
    } catch (error) {
        return error.cause.code;
    }
"""
ROUTES = {
    "the store of functions": ("/internal/kv", "POST"),
    "accounts": ("/v2/accounts/{account}", "GET"),
    "keys": ("/v2/accounts/{account}/api_keys", "PUT"),
    "secrets": ("/v2/accounts/{account}/secrets", "GET"),
    "an execution": ("/v2/accounts/{account}/functions/{function}/execute", "POST"),
    "CodeMash's execution": ("/v2/serverless/functions/{function}/execute", "POST"),
    "a call": ("/pivot/{account}/{function}", "POST"),
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets functions reach its machine, and so itself."""
    with starting(tmp_path_factory.mktemp("own")) as start:
        yield start("--workers", "2", "--private-fetch")


def fetched(tenant: Tenant, path: str, method: str) -> Any:
    function = tenant.create(FETCHES, net={"allow": ["127.0.0.1", "localhost", "[::1]"]})
    named = path.format(account=tenant.account_id, function=function)
    asked = {"url": f"{tenant.credentials['url']}{named}", "method": method}
    return tenant.execute(function, asked)["result"]


@pytest.mark.parametrize(("path", "method"), ROUTES.values(), ids=ROUTES)
def test_a_server_does_not_let_functions_reach_itself(
    mallory: Tenant, path: str, method: str
) -> None:
    assert fetched(mallory, path, method) == "private_address"


@pytest.mark.parametrize(("path", "method"), ROUTES.values(), ids=ROUTES)
def test_a_server_that_does_takes_a_function_for_a_stranger(
    own: Server, path: str, method: str
) -> None:
    assert fetched(tenant_at_the_top(own), path, method) == 401


def test_an_http_function_that_asks_itself_without_end_keeps_no_other_tenant_waiting(
    own: Server,
) -> None:
    mallory, alice = tenant_at_the_top(own), tenant_at_the_top(own)
    function = mallory.create(
        "const asked = Array.from({length: 50}, () => fetch(call.url).then((it) => it.text()));"
        "await Promise.allSettled(asked); return 'all'",
        net={"allow": ["127.0.0.1"]},
        limits={"wall_time_ms": 2_000},
    )
    trigger = {"name": "n", "type": "http", "path": "again", "auth": {"type": "none"}}
    with mallory.client() as client:
        client.put(f"{mallory.functions_url(function)}/triggers", json={"data": trigger})
        answer = client.get(f"/http/{mallory.account_id}/again")

    assert answer.status_code in {200, 504}
    assert alice.execute(alice.create("return 1"))["result"] == 1


def test_an_http_function_that_asks_itself_once_more_each_time_is_refused_in_the_end(
    tmp_path: Path,
) -> None:
    workers = str(FETCH_HOPS + 1)
    with starting(tmp_path) as start:
        server = start("--workers", workers, "--tenant-executions", workers, "--private-fetch")
        mallory = tenant_at_the_top(server)
        function = mallory.create(
            "const answer = await fetch(call.url, {headers: {'cdn-loop': 'isolambda; hops=0'}});"
            "if (answer.status !== 200) return {status: answer.status, depth: 1};"
            "const {status, depth} = await answer.json(); return {status, depth: depth + 1}",
            net={"allow": ["127.0.0.1"]},
        )
        trigger = {"name": "n", "type": "http", "path": "again", "auth": {"type": "none"}}
        with mallory.client() as client:
            client.put(f"{mallory.functions_url(function)}/triggers", json={"data": trigger})
            answer = client.get(f"/http/{mallory.account_id}/again")

    assert answer.json() == {"status": 508, "depth": FETCH_HOPS + 1}
